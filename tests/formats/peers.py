"""Our reading of the archive of real reports beside DefectDojo's: how they are compared, and a table of what differs.

python -m tests.formats.peers                   every tool on one line
python -m tests.formats.peers acunetix zap …    every report of these tools, and what is left to explain
"""

import functools
import json
import os
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from prodsec.findings.rules.identity import identity_of
from prodsec.scans.formats.differences import counts_of, differences
from prodsec.scans.formats.registry import readings
from prodsec.scans.types import Observation, ReportError, Status
from prodsec.vocabulary.severity import Severity

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("PRODSEC_SHARED") or ROOT.parent / "shared") / "samples"
FACTS = ("cwe", "file", "component", "id")


@dataclass(frozen=True)
class Outcome:
    """What reading a report came to: rows by severity as `counts_of` writes them, or `refused` with the sentence, or `crashed`.

    merged      the same with each identity counted once, by its worst severity
    detected    of these, the ones that become findings: not what the tool itself calls fixed, suppressed or no finding
    hinted      it had to be told its format, as DefectDojo always is: an empty list names no tool
    facts       rows with a CWE, a file, a component, and distinct vulnerability ids, in the order of FACTS
    """

    format: str
    count: int
    read: str
    merged: str = ""
    detected: str = ""
    rejected: int = 0
    sentence: str = ""
    facts: tuple[int, ...] = (0, 0, 0, 0)
    hinted: bool = False


@dataclass(frozen=True)
class Expected:
    """What DefectDojo made of a report, in the words of `Outcome`."""

    report: str
    tool: str
    count: int
    read: str
    facts: tuple[int, ...]


@dataclass
class _Tally:
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    worst: dict[bytes, Severity] = field(default_factory=dict)
    open: dict[bytes, Severity] = field(default_factory=dict)
    facts: list[int] = field(default_factory=lambda: [0, 0, 0])
    ids: set[str] = field(default_factory=set)

    def add(self, row: Observation, tool: str) -> None:
        self.rows[row.severity.word] += 1
        secret = (row.secret or row.secret_hash).encode() if row.secret or row.secret_hash else None
        identity = identity_of(row, tool, secret_hash=secret)
        for seen in (self.worst, self.open) if row.status is Status.OPEN else (self.worst,):
            seen[identity] = max(row.severity, seen.get(identity, Severity.UNKNOWN))
        for number, filled in enumerate((row.cwes, row.place.file, row.component)):
            self.facts[number] += bool(filled)
        self.ids.update(row.ids)


def read_whole(path: Path, format: str | None = None) -> Outcome:  # noqa: A002
    """Read a whole report."""
    tally, rejected, told = _Tally(), 0, ""
    try:
        for reading in readings(path, format=format):
            told = told or reading.header.format
            for row in reading:
                if isinstance(row, Observation):
                    tally.add(row, reading.header.tool)
                else:
                    rejected += 1
    except ReportError as error:
        return Outcome("", 0, "refused", sentence=str(error))
    except Exception as error:  # noqa: BLE001 - that nothing else is raised is what is tested
        return Outcome("", 0, "crashed", sentence=repr(error))
    if not told:
        return Outcome("", 0, "refused", sentence=f"{path.name} holds no run of any tool")
    merged, detected = (counts_of(Counter(one.word for one in seen.values())) for seen in (tally.worst, tally.open))
    rows, facts = counts_of(tally.rows), (*tally.facts, len(tally.ids))
    return Outcome(told, sum(tally.rows.values()), rows, merged, detected, rejected, facts=facts)


def read_of(path: Path, tool: str) -> Outcome:
    """Read a report of the archive without a hint; where it is refused, or nothing is in it, as the first of its tool's formats that reads it."""
    found, own = read_whole(path), formats_of().get(tool, ())
    for name in own if found.read == "refused" or (found.format not in own and not found.count) else ():
        hinted = read_whole(path, name)
        if hinted.read != "refused" and not hinted.rejected:
            return replace(hinted, hinted=True)
    return found


def same(ours: str, theirs: str) -> bool:
    """Whether two counts agree; a row that is unknown here may have any severity there, where something has to be written."""
    if "refused" in (ours, theirs):
        return ours == theirs
    here, there = _numbers(ours), _numbers(theirs)
    return sum(here.values()) == sum(there.values()) and all(
        number <= there.get(word, 0) for word, number in here.items() if word != "unknown"
    )


def _numbers(counts: str) -> dict[str, int]:
    pairs = (part.rsplit(" ", 1) for part in counts.split(", ") if part != "none")
    return {word: int(number) for word, number in pairs}


def agrees(found: Outcome, peer: Expected) -> bool:
    """Whether a report was read as one of its tool's formats and has the rows that DefectDojo reads, or has them as findings."""
    of_tool = found.format in formats_of().get(peer.tool, ())
    return of_tool and any(same(ours, peer.read) for ours in (found.read, found.merged, found.detected))


def fewer(found: Outcome, peer: Expected) -> str:
    """The facts that fewer rows have here than there: `cwe 3 of 5, file 0 of 2`; empty when none."""
    pairs = zip(FACTS, found.facts, peer.facts, strict=True)
    return ", ".join(f"{name} {ours} of {theirs}" for name, ours, theirs in pairs if ours < theirs)


@functools.lru_cache(maxsize=1)
def formats_of() -> dict[str, tuple[str, ...]]:
    """The archive's folders and the formats that their reports may be told for; none where there is no format yet."""
    given = yaml.safe_load(Path(__file__).with_name("told.yaml").read_text(encoding="utf-8"))
    return {folder: tuple(names) for folder, names in given.items()}


def expectations(samples: Path) -> dict[str, Expected]:
    """What DefectDojo made of the reports that one of its parsers accepts."""
    found = {}
    for line in (samples / "peer-reports" / "expected.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["ok"]:
            counts = counts_of({word.lower(): number for word, number in row["severities"].items()})
            facts = tuple(
                row[name] for name in ("with_cwe", "with_file", "with_component", "distinct_vulnerability_ids")
            )
            found[row["file"]] = Expected(row["file"], row["file"].split("/")[0], row["count"], counts, facts)
    return found


def unpack(samples: Path, folder: Path) -> None:
    """Unpack the archive into a folder."""
    with tarfile.open(samples / "peer-reports" / "scanner-reports.tar.xz") as archive:
        archive.extractall(folder, filter="data")


def main(tools: list[str]) -> None:
    """Print the table."""
    folder = Path(tempfile.gettempdir()) / f"prodsec-peer-reports-{os.getuid()}"
    if not folder.is_dir():
        unpack(SHARED, folder)
    explained = {report: read for one in differences() for report, read in one.reports.items()}
    tallies: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for peer in expectations(SHARED).values():
        if tools and peer.tool not in tools:
            continue
        found = read_of(folder / peer.report, peer.tool)
        good, reason = agrees(found, peer), explained.get(peer.report) == found.read
        told = found.format in formats_of().get(peer.tool, ()) and not found.hinted
        for number, one in enumerate((True, told, good, good or reason)):
            tallies[peer.tool][number] += one
        if tools:
            sys.stdout.write("\n".join(_lines(found, peer, "agrees" if good else "explained" if reason else "DIFFERS")))
    sys.stdout.write(f"{'tool':40} reports  told  agree  agree or explained\n")
    tallies["all"] = [sum(tally[number] for tally in tallies.values()) for number in range(4)]
    for name, tally in tallies.items():
        mark = "" if tally[0] == tally[3] else "  <"
        sys.stdout.write(f"{name:40} {tally[0]:7} {tally[1]:5} {tally[2]:6} {tally[3]:6}{mark}\n")


def _lines(found: Outcome, peer: Expected, mark: str) -> list[str]:
    lacking = {report: facts for one in differences() for report, facts in one.fewer.items()}
    lines = [f"{mark:10} {peer.report}  [{found.format or found.sentence}]"]
    if mark != "agrees":
        lines.append(f"           ours   {found.read}  (merged: {found.merged}; {found.rejected} rejected)")
        lines.append(f"           theirs {peer.read}")
    less = fewer(found, peer) if found.read != "refused" else ""
    if less and lacking.get(peer.report) != less:
        lines.append(f"           FEWER  {less}")
    return [*lines, ""]


if __name__ == "__main__":
    main(sys.argv[1:])
