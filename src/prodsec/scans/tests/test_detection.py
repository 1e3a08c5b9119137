"""Formats are told by content alone and always the same; whatever is done to a report, it is read or refused (T16, T17, T18)."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import registry
from prodsec.scans.formats.inspecting import inspect
from prodsec.scans.formats.source import Member
from prodsec.scans.tests.reading import SAMPLES
from prodsec.scans.types import Limits, ReportError

KINDS = {".json", ".jsonl", ".xml", ".csv", ".sarif", ".nessus"}
REPORTS = sorted(path for path in SAMPLES.rglob("*") if path.suffix in KINDS)
JUNK = [
    b"",
    b"\x00",
    b"\xff",
    b'"',
    b"\\",
    b"{",
    b"]",
    b"<",
    b">",
    b"&x;",
    b",",
    b"null",
    b"NaN",
    b"1e999",
    b"-1",
    b"\xed\xa0\x80",
]


def told(path: Path) -> str:
    """The format of a file, or that it is refused."""
    try:
        return registry.detect(Member(path, path.name), Limits()).id
    except ReportError:
        return "refused"


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_neither_the_name_nor_the_order_of_formats_counts(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = told(report)
    neutral = tmp_path / "upload.bin"
    shutil.copy(report, neutral)
    assert told(neutral) == first
    shuffled = list(registry.formats().items())
    random.Random(report.name).shuffle(shuffled)
    monkeypatch.setattr(registry, "formats", lambda: dict(shuffled))
    assert told(neutral) == first


def test_most_samples_are_told() -> None:
    assert len(REPORTS) > 20
    assert sum(told(report) != "refused" for report in REPORTS) > 0.9 * len(REPORTS)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_a_spoilt_report_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(REPORTS)).read_bytes()[:200_000]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 40))
        junk = data.draw(st.sampled_from(JUNK)) * data.draw(st.sampled_from([1, 1, 3, 300]))
        again = text[at : at + data.draw(st.sampled_from([0, 0, 200]))]
        text = text[:at] + junk + again + text[at + gone :]
    spoilt = tmp_path / "spoilt"
    spoilt.write_bytes(text)
    refusal = ""
    try:
        reasons = [row.reason for row in inspect(spoilt).rejected]
    except ReportError as error:
        refusal, reasons = str(error), []
    assert all(reasons)
    assert not refusal or len(refusal) > 15
