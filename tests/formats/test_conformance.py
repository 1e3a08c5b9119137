"""Real reports of real tools are told apart without a hint and read as DefectDojo reads them, or the difference is explained.

Every difference stands in src/prodsec/scans/formats/differences/ together with what we read, so that a change is seen.
"""

import collections
import contextlib
import gzip
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.formats.peers import Expected, Outcome, agrees, fewer, formats_of

from prodsec.scans.formats import formats, readings
from prodsec.scans.formats.differences import differences
from prodsec.scans.types import Observation, ReportError

# Tools whose reports look like those of another tool, most of all when there is nothing in them.
ALIKE = {"anchore_engine", "apkleaks", "clair", "dependency_track", "hydra", "kubehunter", "mend", "mix_audit",
         "redhatsatellite", "talisman", "xeol", "xygeni"}  # fmt: skip
# How many of the reports have to be told, and read alike. Source: the promise of the project.
TOLD, AGREEING = 0.95, 0.90
# Reports of nothing that only their file's name tells.
NAMED_ONLY = 23
# What these tools write when they find nothing names no tool, and neither do these files' names; with the format given it is read.
# A file of no bytes is refused without one: a tool that failed leaves one too, and it would close everything.
NOTHING_FOUND = {
    "aws_prowler_v3plus/no_vuln.json": "prowler_3_json",
    "cycognito/no_vuln.json": "cycognito",
    "eslint/empty.json": "eslint",
    "gitleaks/no_findings.json": "gitleaks",
    "nsp/none.json": "nsp",
    "orca_security/no_vuln.json": "orca",
    "ptart/empty_with_error.json": "ptart",
    "semgrep_pro/no_vuln.json": "semgrep_platform",
    "ssl_labs/none.json": "ssl_labs",
    "threagile/empty_file_no_risks.json": "threagile",
    "trufflehog3/zero_vulns.json": "trufflehog3",
    "wfuzz/no_findings.json": "wfuzz",
    "whispers/empty_with_error.json": "whispers",
}


@pytest.fixture(scope="module")
def explained() -> dict[str, str]:
    """The reports whose difference is explained, and what we read of them."""
    return {report: read for difference in differences() for report, read in difference.reports.items()}


def test_no_report_raises_anything_but_a_refusal(outcomes: Any) -> None:
    assert len(outcomes) > 900
    crashed = {report: found.sentence for report, found in outcomes.items() if found.read == "crashed"}
    assert not crashed


def test_refusals_are_sentences_that_name_the_report(outcomes: Any) -> None:
    for report, found in outcomes.items():
        if found.read == "refused":
            assert len(found.sentence) > 15, report
            assert "Traceback" not in found.sentence, report


def promised(expected: dict[str, Expected]) -> list[Expected]:
    """The reports of tools that have a format."""
    return [peer for peer in expected.values() if formats_of().get(peer.tool)]


def test_reports_are_told_without_a_hint(outcomes: dict[str, Outcome], expected: dict[str, Expected]) -> None:
    missed = [
        one.report
        for one in promised(expected)
        if (found := outcomes[one.report]).hinted or found.format not in formats_of()[one.tool]
    ]
    assert 1 - len(missed) / len(promised(expected)) >= TOLD, missed


def test_reports_are_read_as_defectdojo_does_or_the_difference_is_explained(
    outcomes: dict[str, Outcome], expected: dict[str, Expected], explained: dict[str, str]
) -> None:
    differing = [peer for peer in promised(expected) if not agrees(outcomes[peer.report], peer)]
    unexplained = {
        peer.report: f"we read {found.read} ({found.format or found.sentence}), DefectDojo {peer.read}"
        for peer in differing
        if (found := outcomes[peer.report]).read != explained.get(peer.report)
    }
    assert not unexplained
    assert 1 - len(differing) / len(promised(expected)) >= AGREEING, [peer.report for peer in differing]


def test_no_fact_is_lost_without_a_reason(outcomes: dict[str, Outcome], expected: dict[str, Expected]) -> None:
    reasons = {report: facts for one in differences() for report, facts in one.fewer.items()}
    unexplained = {
        peer.report: less
        for peer in promised(expected)
        if outcomes[peer.report].read != "refused"
        and (less := fewer(outcomes[peer.report], peer)) != reasons.get(peer.report, "")
    }
    assert not unexplained


def told(path: Path, name: str = "report", most: int = 1) -> list[str]:
    """The formats of a file's first readings, told by its content alone."""
    found: list[str] = []
    with contextlib.suppress(ReportError):
        for reading in readings(path, name=name):
            found.append(reading.header.format)
            if len(found) == most:
                break
            collections.deque(reading, maxlen=0)
    return found


def test_a_neutral_name_hides_no_tool(
    peer_folder: Path, outcomes: dict[str, Outcome], expected: dict[str, Expected]
) -> None:
    own = [one.report for one in promised(expected) if not (found := outcomes[one.report]).hinted and found.format]
    lost = [report for report in own if told(peer_folder / report) != [outcomes[report].format]]
    assert len(lost) <= NAMED_ONLY, lost


def test_what_is_packed_is_told_as_well(peer_folder: Path, outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    by_format = {found.format: report for report, found in outcomes.items() if found.count and not found.hinted}
    other = (peer_folder / by_format["bandit"]).read_bytes()
    for name, report in by_format.items():
        path, packed, together = peer_folder / report, tmp_path / "report.gz", tmp_path / "reports.zip"
        if zipfile.is_zipfile(path) or not told(path):
            continue  # an archive already, or told by its name only
        packed.write_bytes(gzip.compress(path.read_bytes(), 1))
        assert told(packed, "report.gz") == [name], report
        with zipfile.ZipFile(together, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("1", other)
            archive.writestr("2", path.read_bytes())
        assert told(together, "reports.zip", most=2) == ["bandit", name], report


def test_reports_of_other_tools_are_not_taken_for_alike_ones(outcomes: Any) -> None:
    checked = {report: found.format for report, found in outcomes.items() if report.split("/")[0] in ALIKE}
    assert len(checked) > 40
    assert not {
        report: format_ for report, format_ in checked.items() if format_ in ("generic", "gitlab", "grype", "osv")
    }


def test_every_explanation_is_needed(outcomes: Any, expected: Any, explained: dict[str, str]) -> None:
    stale = []
    for report, read in explained.items():
        if report not in expected or agrees(outcomes[report], expected[report]) or outcomes[report].read != read:
            stale.append(report)
    assert not stale


def test_every_explanation_is_of_a_known_format() -> None:
    assert {difference.format for difference in differences()} <= set(formats())
    assert all(difference.why.endswith(".") for difference in differences())


@pytest.mark.parametrize(("report", "name"), NOTHING_FOUND.items())
def test_an_empty_report_is_read_when_its_format_is_given(peer_folder: Path, look: Any, report: str, name: str) -> None:
    assert look(peer_folder / report, name).read == "none"


@pytest.mark.parametrize("tool", ["detect_secrets", "gitleaks", "rusty_hog", "talisman", "trufflehog", "trufflehog3"])
def test_secrets_of_real_reports_stand_nowhere_but_in_their_field(peer_folder: Path, tool: str) -> None:
    seen = 0
    for path in sorted((peer_folder / tool).glob("*")):
        with contextlib.suppress(ReportError):
            for reading in readings(path):
                for row in reading:
                    assert isinstance(row, Observation)
                    assert row.secret or row.secret_hash
                    texts = (
                        row.title,
                        row.description,
                        row.message,
                        row.remedy,
                        row.snippet,
                        *row.references,
                        *row.tags,
                    )
                    assert not row.secret or not any(row.secret in text for text in texts), (path.name, row.pointer)
                    seen += 1
    assert seen > 3


def test_scanner_reports_hold_what_their_readme_says(shared: Path, scanner_counts: dict[str, int], look: Any) -> None:
    assert len(scanner_counts) > 40
    wrong = {}
    for report, count in scanner_counts.items():
        found = look(shared / "scanners" / report)
        if found.count != count or found.read == "refused" or found.rejected:
            wrong[report] = f"we read {found.read} ({found.format or found.sentence}), the README says {count}"
    assert not wrong


def test_valid_boms_are_read_and_invalid_ones_never_crash(shared: Path, tmp_path: Path, look: Any) -> None:
    refused, read = {}, 0
    with zipfile.ZipFile(shared / "reports" / "cyclonedx-schema-test-data.zip") as archive:
        for name in archive.namelist():
            if not name.endswith((".json", ".xml")):
                continue
            path = tmp_path / Path(name).name
            path.write_bytes(archive.read(name))
            found = look(path)
            assert found.read != "crashed", (name, found.sentence)
            if Path(name).name.startswith("valid"):
                read += 1
                if found.format != "cyclonedx":
                    refused[name] = found.sentence
    assert read > 100
    assert not refused
