"""Real reports of real tools are told apart without a hint and read as DefectDojo reads them, or the difference is explained.

Every difference stands in src/prodsec/scans/formats/differences.yaml together with what we read, so that a change is seen.
"""

import contextlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from prodsec.scans.formats import formats, readings
from prodsec.scans.formats.differences import differences
from prodsec.scans.types import Observation, ReportError

# The tools whose reports are promised, by their folder in the archive, and the formats that may be told for them.
GITLAB = {"gitlab"}
PROMISED = {
    "anchore_grype": {"grype"}, "asff": {"asff"}, "aws_prowler": {"prowler_2", "prowler_2_json"},
    "aws_prowler_v3plus": {"ocsf", "prowler_3_json"}, "awssecurityhub": {"asff"}, "bandit": {"bandit"}, "brakeman": {"brakeman"},
    "burp": {"burp"}, "checkov": {"checkov"}, "cppcheck": {"sarif"}, "cyclonedx": {"cyclonedx"},
    "dependency_check": {"dependency_check_xml"}, "detect_secrets": {"detect_secrets"}, "eslint": {"eslint"},
    "flawfinder": {"sarif"}, "gitlab_api_fuzzing": GITLAB, "gitlab_container_scan": GITLAB, "gitlab_dast": GITLAB,
    "gitlab_dep_scan": GITLAB, "gitlab_sast": GITLAB, "gitlab_secret_detection_report": GITLAB, "gitleaks": {"gitleaks"},
    "gosec": {"gosec"}, "hadolint": {"hadolint"}, "njsscan": {"njsscan"}, "npm_audit": {"npm_audit"},
    "npm_audit_7_plus": {"npm_audit"}, "nuclei": {"nuclei", "nuclei_json"}, "osv_scanner": {"osv"}, "pip_audit": {"pip_audit"},
    "prowler": {"ocsf", "prowler"}, "retirejs": {"retirejs"}, "sarif": {"sarif"},
    "semgrep": {"semgrep", "semgrep_supply_chain"}, "semgrep_pro": {"semgrep_platform"}, "snyk": {"sarif", "snyk"},
    "snyk_code": {"sarif"}, "snyk_issue_api": {"snyk"}, "sonarqube": {"sonarqube", "sonarqube_html", "sonarqube_report"},
    "tenable": {"nessus", "nessus_csv"}, "trivy": {"trivy"}, "trufflehog": {"trufflehog", "trufflehog_2"},
    "trufflehog3": {"trufflehog3"}, "zap": {"zap_xml"},
}  # fmt: skip
# Tools whose reports look like those of another tool, most of all when there is nothing in them.
ALIKE = {"anchore_engine", "apkleaks", "clair", "dependency_track", "hydra", "kubehunter", "mend", "mix_audit",
         "redhatsatellite", "talisman", "xeol", "xygeni"}  # fmt: skip
SHARE = 0.95
PEER = "peer-reports"
# What these tools write when they find nothing names no tool, and neither do these files' names; with the format given it is read. A file of no bytes stays
# refused: a tool that failed leaves one too, and it would close everything.
NOTHING_FOUND = {
    "aws_prowler_v3plus/no_vuln.json": "prowler_3_json",
    "eslint/empty.json": "eslint",
    "gitleaks/no_findings.json": "gitleaks",
    "semgrep_pro/no_vuln.json": "semgrep_platform",
    "trufflehog3/zero_vulns.json": "trufflehog3",
}


# Reports of tools whose formats are not described yet; a format that comes takes its reports off this list.
LATER = {"kingfisher-cloudgoat-2.5.0.json", "ruff-paramiko-2.4.0-junit.xml", "semgrep-flask-0.12-junit.xml", "wapiti-vulnapp.json",
         "wapiti-vulnapp.xml"}  # fmt: skip


@pytest.fixture(scope="module")
def explained() -> dict[str, str]:
    """The reports whose difference is explained, and what we read of them."""
    return {report: read for difference in differences() for report, read in difference.reports.items()}


def agrees(found: Any, peer: Any) -> bool:
    """Whether a report was told as one of its tool's formats and read as DefectDojo reads it."""
    return found.format in PROMISED[peer.tool] and found.read == peer.read and not found.rejected


def test_no_report_raises_anything_but_a_refusal(outcomes: Any) -> None:
    assert len(outcomes) > 900
    crashed = {report: found.sentence for report, found in outcomes.items() if found.read == "crashed"}
    assert not crashed


def test_refusals_are_sentences_that_name_the_report(outcomes: Any) -> None:
    for report, found in outcomes.items():
        if found.read == "refused":
            assert len(found.sentence) > 15, report
            assert "Traceback" not in found.sentence, report


def test_promised_tools_agree_or_are_explained(outcomes: Any, expected: Any, explained: dict[str, str]) -> None:
    promised = [peer for peer in expected.values() if peer.tool in PROMISED]
    unexplained = {}
    for peer in promised:
        found, reason = outcomes[peer.report], explained.get(f"{PEER}/{peer.report}")
        if not agrees(found, peer) and found.read != reason:
            unexplained[peer.report] = (
                f"we read {found.read} ({found.format or found.sentence}), DefectDojo {peer.read}"
            )
    assert len(promised) > 200
    assert 1 - len(unexplained) / len(promised) >= SHARE, unexplained
    assert not unexplained


def test_promised_tools_are_told_without_a_hint(outcomes: Any, expected: Any) -> None:
    promised = [peer for peer in expected.values() if peer.tool in PROMISED]
    missed = sorted(peer.report for peer in promised if outcomes[peer.report].format not in PROMISED[peer.tool])
    assert 1 - len(missed) / len(promised) >= SHARE, missed


def test_reports_of_other_tools_are_not_taken_for_alike_ones(outcomes: Any) -> None:
    checked = {report: found.format for report, found in outcomes.items() if report.split("/")[0] in ALIKE}
    assert len(checked) > 40
    assert not {
        report: format_ for report, format_ in checked.items() if format_ in ("generic", "gitlab", "grype", "osv")
    }


def test_every_explanation_is_needed(outcomes: Any, expected: Any, explained: dict[str, str]) -> None:
    stale = []
    for report, read in explained.items():
        name = report.removeprefix(f"{PEER}/")
        if name not in expected or agrees(outcomes[name], expected[name]) or outcomes[name].read != read:
            stale.append(report)
    assert not stale


def test_every_explanation_is_of_a_known_format() -> None:
    assert {difference.format for difference in differences()} <= set(formats())
    assert all(difference.why.endswith(".") for difference in differences())


@pytest.mark.parametrize(("report", "name"), NOTHING_FOUND.items())
def test_an_empty_report_is_read_when_its_format_is_given(peer_folder: Path, look: Any, report: str, name: str) -> None:
    assert look(peer_folder / report, name).read == "none"


@pytest.mark.parametrize("tool", ["detect_secrets", "gitleaks", "trufflehog", "trufflehog3"])
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
        as_promised = found.count == count and found.read != "refused" and not found.rejected
        if as_promised == (report in LATER):
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
