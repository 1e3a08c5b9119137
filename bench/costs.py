"""What a row costs in each format, beside what it costs in the others.

Of each format the sample with the most findings is read twice as it is and with its rows many times over: the difference in
computing, by the difference in rows, is what one more row costs. Opening, telling and the facts of the document cancel out.
Where the rows cannot be repeated the whole sample is what counts, opening included, and no ratio is told.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.grown import grown
from bench.measure import Book
from bench.reports import ROOT
from prodsec.scans.formats.reference import slow
from prodsec.scans.formats.registry import formats, readings
from prodsec.scans.formats.source import members
from prodsec.scans.types import Limits, Observation, ReportError

SECTION = "What a row costs, by format"
MOST = 2.0
_ROWS, _MOST_BYTES = 600, 3_000_000
_SAMPLES = ROOT / "tests" / "samples"


@dataclass(frozen=True)
class Cost:
    """What reading one more row of a format costs, and how many bytes of the report it stands for."""

    format: str
    microseconds: float
    kilobytes: float
    is_grown: bool


@dataclass(frozen=True)
class _Sample:
    path: Path
    pointers: list[str]


def run(book: Book, *, runs: int) -> None:
    """A line a format. Over twice the median needs a reason: one that is told in the reference, or rows that are that large."""
    found = list(costs(runs))
    told = [cost for cost in found if cost.is_grown]
    median = statistics.median(cost.microseconds for cost in told)
    per_kilobyte = statistics.median(cost.microseconds / cost.kilobytes for cost in told)
    for cost in sorted(found, key=lambda cost: -cost.microseconds):
        note, is_explained = _note(cost, median, per_kilobyte)
        budget = 0.0 if is_explained else MOST * median
        work = f"{cost.format}: a row of {cost.kilobytes:.2f} kB"
        book.add(SECTION, work, [cost.microseconds], budget, unit="µs", note=note)


def _note(cost: Cost, median: float, per_kilobyte: float) -> tuple[str, bool]:
    if not cost.is_grown:
        return "opening included: the rows of its sample cannot be repeated", True
    ratio = cost.microseconds / median
    if ratio <= MOST:
        return f"{ratio:.1f} × the median", False
    reason = slow().get(cost.format, "")
    if not reason and cost.microseconds / cost.kilobytes <= per_kilobyte:
        reason = "its rows are large, a kilobyte costs no more than in others"
    return f"{ratio:.1f} × the median" + (f": {reason}" if reason else ""), bool(reason)


def costs(runs: int) -> Iterator[Cost]:
    """Each format's, in the order of their ids."""
    for name, sample in sorted(_samples().items()):
        yield _cost(name, sample, runs)


def _samples() -> dict[str, _Sample]:
    """Of each format the sample with the most findings."""
    found: dict[str, _Sample] = {}
    for path in sorted(_SAMPLES.glob("*/*")):
        try:
            for reading in readings(path):
                pointers = [row.pointer for row in reading if isinstance(row, Observation)]
                name = reading.header.format
                if name not in found or len(found[name].pointers) < len(pointers):
                    found[name] = _Sample(path, pointers)
        except ReportError:
            continue  # a sample of what is refused
    return found


def _cost(name: str, sample: _Sample, runs: int) -> Cost:
    with members(sample.path, sample.path.name, Limits()) as found:
        data = found[0].path.read_bytes()
    times = max(min(_ROWS // max(len(sample.pointers), 1), _MOST_BYTES // len(data)), 4)
    few, many = (grown(data, formats()[name], sample.pointers, count) for count in (2, times))
    try:
        if few is not None and many is not None:
            short, fewer = _read(few, sample.path.name, name, runs)
            long, more = _read(many, sample.path.name, name, runs)
            rows = more - fewer
            if rows > fewer // 2:
                return Cost(name, (long - short) * 1e6 / rows, (len(many) - len(few)) / rows / 1e3, is_grown=True)
    except ReportError:
        pass  # what was made of it is no report any more; the sample itself is
    seconds, rows = _read(data, sample.path.name, name, runs)
    return Cost(name, seconds * 1e6 / max(rows, 1), len(data) / max(rows, 1) / 1e3, is_grown=False)


def _read(data: bytes, file_name: str, name: str, runs: int) -> tuple[float, int]:
    """The least computing that reading took, and how many rows came out."""
    seconds, rows = [], 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name
        path.write_bytes(data)
        for _ in range(runs):
            gc.collect()
            began = time.process_time()
            rows = sum(1 for reading in readings(path, format=name) for _ in reading)
            seconds.append(time.process_time() - began)
    return min(seconds), rows
