"""Formats are told by content and always the same; whatever is done to a report, it is read or refused (T16, T17, T18)."""

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

KINDS = {".json", ".jsonl", ".xml", ".html", ".csv", ".sarif", ".nessus"}
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


@pytest.mark.parametrize(
    ("name", "content", "format_"),
    [
        ("report.json", "null", "trivy"),  # as Trivy wrote it, without a newline
        ("report.json", "null\n", "refused"),  # as Gitleaks wrote it, and jq writes it of what is not there
        ("gitleaks-report.json", "null\n", "gitleaks"),
        ("gitleaks.json", "null", "gitleaks"),
        ("trivy.json", "null\n", "trivy"),
        ("report.json", "[]", "refused"),
        ("report.json", "{}", "refused"),
        ("prowler-output-1234-20260301.ocsf.json", "[]", "ocsf"),
        ("eslint.json", "[\n  \n]\n", "eslint"),
        ("Gitleaks.JSON", "[]\n", "gitleaks"),
        ("trufflehog3.json", "[]\n", "trufflehog3"),
        ("gl-code-quality-report.json", "[]", "code_climate"),
        ("gl-sast-report.json", "[]", "refused"),  # no GitLab report: those are objects
        ("gitleaks.json", "[1]", "refused"),
        ("gitleaks.json", '{"vulnerabilities": []}', "refused"),
        ("report.json", '{"vulnerabilities": []}', "refused"),
        ("gl-dast-report.json", '{"vulnerabilities": []}', "gitlab"),
        ("report.json", '{"version": "2.3", "vulnerabilities": [], "remediations": []}', "gitlab"),
        ("report.json", '{"results": []}', "osv"),
        ("osv.json", '{"results": [], "total": 0}', "refused"),
        ("report.json", '{"results": [], "experimental_config": {"licenses": {}}}', "osv"),
        ("report.json", '{"comments": []}', "shellcheck"),
        ("report.json", '{"comments": [], "page": 1}', "refused"),
        ("report.json", '{"matches": [], "source": {}, "descriptor": {"name": "grype"}}', "grype"),
        ("report.json", '{"matches": [], "source": {}, "descriptor": {"name": "[not provided]"}}', "grype"),
        ("grype.json", '{"matches": [], "source": {}, "descriptor": {"name": "xeol"}}', "xeol"),
        ("grype.json", '{"matches": [], "source": {}, "descriptor": {"name": "other"}}', "refused"),
        ("report.json", '{"jsonapi": {"version": "1.0"}, "data": [], "links": {}}', "snyk"),
        ("report.json", '{"jsonapi": {"version": "1.0"}, "data": [], "meta": {}}', "refused"),
        ("report.json", '{"findings": []}', "generic"),
        ("report.json", '{"findings": [], "tool": "ours", "complete": true}', "generic"),
        ("report.json", '{"findings": [], "project": {}}', "refused"),
        ("semgrep.json", '{"findings": []}', "semgrep_platform"),
    ],
)
def test_a_report_of_nothing_is_told_by_what_is_sure(tmp_path: Path, name: str, content: str, format_: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert told(path) == format_


def test_a_name_alone_tells_nothing(tmp_path: Path) -> None:
    """A report that says what it is stays that, whatever its file is called."""
    for name in ("gitleaks.json", "trivy.json", "semgrep.json", "gl-sast-report.json"):
        shutil.copy(SAMPLES / "bandit" / "bandit.json", tmp_path / name)
        assert told(tmp_path / name) == "bandit"


def test_what_many_tools_write_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("[]")
    with pytest.raises(ReportError, match=r"many tools write when they find nothing.*--format"):
        inspect(path)
    assert inspect(path, format="eslint").count == 0


def test_an_empty_report_is_one_of_the_tool_that_it_is_named_after(tmp_path: Path) -> None:
    path = tmp_path / "prowler-output.ocsf.json"
    path.write_text("[]")
    assert inspect(path).tool.name == "Prowler"


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
