"""SARIF: rules and messages by id, places against bases, status, fingerprints, flows; dependency and secret scanners."""

import datetime
import json
from pathlib import Path

import pytest

from prodsec.scans.tests.reading import only, runs, runs_of
from prodsec.scans.types import ReportError, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place, Step
from prodsec.vocabulary.severity import Severity


def test_every_run_is_a_reading_and_a_failed_one_is_incomplete() -> None:
    first, second = runs("sarif/rules.sarif")
    assert (first.header.format, first.header.tool, first.header.tool_version) == ("sarif", "Lintfox", "3.2.1")
    assert first.header.analysis is Kind.CODE
    assert first.header.target == "nightly/backend"
    assert first.header.scanned_at == datetime.datetime(2026, 5, 1, 10, 0, 0, 123456, tzinfo=datetime.UTC)
    assert (second.header.complete, second.header.incomplete_reason, second.rows) == (False, "out of memory", [])


def test_a_result_says_all_that_it_and_its_rule_know() -> None:
    row = runs("sarif/rules.sarif")[0].observations[0]
    assert (row.rule, row.title, row.pointer) == ("LF100", "SQL is joined from user input", "/runs/0/results/0")
    assert (row.severity, row.severity_text, row.score) == (Severity.HIGH, "8.8", 8.8)
    assert row.message == "The field 'name' reaches the query in find()."
    assert row.description == "Text that a user controls becomes part of an SQL statement."
    assert row.remedy == "Bind the value.\n\nUse **parameters**."
    assert row.references == ("https://lintfox.example/rules/LF100", "https://lintfox.example/result/1")
    assert row.cwes == (89, 564)
    assert row.tags == ("security",)
    assert row.place == Place(
        file="src/db/orders.py", line=12, end_line=13, column=5, end_column=20, function="orders.Store.find"
    )
    assert row.snippet == 'cursor.execute("select " + name)\n'
    assert row.flow == (
        Step(file="src/web/views.py", line=3, text="request.args"),
        Step(file="src/db/orders.py", line=12, text="name"),
    )
    assert row.fingerprint == "primaryLocationLineHash:aa11bb22cc33dd44:1"
    assert row.first_seen_at == datetime.datetime(2026, 4, 1, 8, tzinfo=datetime.UTC)


def test_suppressions_levels_and_hierarchical_rules() -> None:
    _, suppressed, review, _, overridden, bare = runs("sarif/rules.sarif")[0].observations
    assert (suppressed.rule, suppressed.title) == ("LF200/java", "Weak random source")
    assert (suppressed.severity, suppressed.severity_text, suppressed.cwes) == (Severity.INFO, "note", (330,))
    assert (suppressed.status, suppressed.justification) == (Status.SUPPRESSED, "Only a test token.")
    assert suppressed.place.file == "src/token maker.py"
    assert suppressed.fingerprint == ""  # semgrep's notice instead of a value
    assert review.status is Status.OPEN
    assert (review.rule, review.title, review.severity) == ("EX/1", "Certificate is not checked", Severity.HIGH)
    assert (overridden.rule, overridden.severity, overridden.message) == (
        "LF300",
        Severity.HIGH,
        "Shared text about style.",
    )
    assert (bare.title, bare.severity) == ("Nobody described this rule.", Severity.MEDIUM)


def test_each_place_of_a_result_is_a_row_and_shares_no_fingerprint() -> None:
    rows = [row for row in runs("sarif/rules.sarif")[0].observations if row.rule == "EX/1"]
    assert [(row.place.file, row.pointer, row.fingerprint) for row in rows] == [
        ("a.py", "/runs/0/results/2/locations/0", ""),
        ("b.py", "/runs/0/results/2/locations/1", ""),
    ]


def test_kept_rules_and_absent_results_are_no_findings() -> None:
    messages = [row.message for row in runs("sarif/rules.sarif")[0].observations]
    assert "fine here" not in messages
    assert "gone" not in messages


def test_dependency_scanners_name_ids_and_packages() -> None:
    trivy, grype, snyk, osv = runs("sarif/dependencies.sarif")
    assert (trivy.header.analysis, trivy.header.target) == (Kind.CONTAINER, "registry.example/shop/web:1.0")
    package, check = trivy.observations
    assert (package.kind, package.rule, package.ids) == (Kind.CONTAINER, "CVE-2031-1111", ("CVE-2031-1111",))
    assert package.component == Component(name="libpaper1", version="1.2-3", fixed_versions=("1.2-4",))
    assert package.remedy == "Upgrade libpaper1 to 1.2-4."
    assert (check.kind, check.title) == (Kind.IAC, "Image user should not be 'root'")
    (match,) = grype.observations
    assert (match.rule, match.ids) == ("GHSA-c2f3-g4h5-j6m7", ("GHSA-C2F3-G4H5-J6M7",))
    assert match.component == Component(name="paperjs", version="2.0.0", type="npm", fixed_versions=("2.0.1",))
    (path,) = snyk.observations
    assert path.ids == ("SNYK-JS-PAPERJS-1234567", "CVE-2031-2222")
    assert path.component == Component(name="paperjs", version="2.0.0", type="npm")
    (entry,) = osv.observations
    assert entry.ids == ("CVE-2031-3333", "GHSA-P2Q3-R4V5-W6X7")
    assert entry.component == Component(name="inkpot", version="0.4.0")


def test_a_secret_is_only_in_the_secret() -> None:
    run = only("sarif/secrets.sarif")
    (row,) = run.observations
    assert (run.header.analysis, row.kind) == (Kind.SECRET, Kind.SECRET)
    assert row.secret == "madeup_0123456789abcdef"
    assert row.place.commit == "1" * 40
    assert row.fingerprint == ""  # gitleaks puts commit data into partialFingerprints
    assert "madeup_0123456789abcdef" not in row.message + row.title + row.description + row.snippet


def test_rows_of_a_wrong_shape_are_rejected_with_their_place() -> None:
    run = only("sarif/hostile.sarif")
    assert run.rejected == [
        ("/runs/0/results/1/ruleId", "Expected a text, got a whole number"),
        ("/runs/0/results/2/locations", "Expected a list, got a text"),
        ("/runs/0/results/3", "Expected an object, got a text"),
        ("/runs/0/results/5", "the result names no rule and has no message"),
    ]
    assert [row.message for row in run.observations] == ["fine", "one reaches the query in {1}."]


def report(tmp_path: Path, *results: object, name: str = "Lintfox", **run: object) -> Path:
    path = tmp_path / "report.sarif"
    body = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": name}}, "results": results, **run}]}
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("result", "severity"),
    [
        ({"level": "error"}, Severity.HIGH),
        ({"level": "warning"}, Severity.MEDIUM),
        ({"level": "note"}, Severity.INFO),
        ({"level": "none"}, Severity.INFO),
        ({}, Severity.MEDIUM),
        ({"kind": "informational"}, Severity.INFO),
        ({"level": "error", "properties": {"issue_severity": "LOW"}}, Severity.LOW),
        ({"level": "note", "properties": {"security-severity": "9.8"}}, Severity.CRITICAL),
        ({"level": "note", "properties": {"security-severity": 99}}, Severity.INFO),
        ({"level": "odd"}, Severity.UNKNOWN),
    ],
)
def test_severity_comes_from_the_result_before_its_level(
    tmp_path: Path, result: dict[str, object], severity: Severity
) -> None:
    (run,) = runs_of(report(tmp_path, {"ruleId": "R", "message": {"text": "m"}, **result}))
    assert [row.severity for row in run.observations] == [severity]


def test_a_note_of_snyk_code_is_low(tmp_path: Path) -> None:
    (run,) = runs_of(report(tmp_path, {"ruleId": "R", "level": "note", "message": {"text": "m"}}, name="SnykCode"))
    assert run.observations[0].severity is Severity.LOW


def test_the_character_nul_and_endless_texts_do_not_get_through(tmp_path: Path) -> None:
    long = {"ruleId": "R\x00", "message": {"text": "a\x00b" + "x" * 100_000}, "locations": [{"physicalLocation": {}}]}
    (run,) = runs_of(report(tmp_path, long))
    (row,) = run.observations
    assert row.rule == "R"
    assert row.message.startswith("abx")
    assert len(row.message) == 64_000


def test_two_runs_of_one_tool_have_two_targets(tmp_path: Path) -> None:
    path = tmp_path / "report.sarif"
    run = {"tool": {"driver": {"name": "Lintfox"}}, "results": []}
    path.write_text(json.dumps({"version": "2.1.0", "runs": [run, run]}), encoding="utf-8")
    assert [run.header.target for run in runs_of(path)] == ["", "#2"]


def test_a_run_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    path = report(tmp_path, originalUriBaseIds=3)
    with pytest.raises(ReportError, match="/runs/0"):
        list(runs_of(path))


def test_what_a_run_holds_once_is_found_by_guid_index_and_parent() -> None:
    first, second, third = only("sarif/references.sarif").observations
    assert (first.rule, first.title, first.cwes) == ("LF1", "Files are opened by name", (22, 73))
    assert first.place.function == "till.Drawer.open"
    assert [(step.file, step.line, step.text) for step in first.flow] == [
        ("till/web.py", 2, "the name comes in"),
        ("till/drawer.py", 5, "till.Drawer.open"),
        ("", None, ""),
    ]
    assert (first.status, first.justification) == (Status.OPEN, "Not so.")  # nobody accepted the suppression
    assert (second.rule, second.severity) == ("EX2", Severity.HIGH)
    assert [(step.file, step.line, step.text) for step in second.flow] == [
        ("", None, "till.main"),
        ("till/net.py", 9, ""),
    ]
    assert (third.rule, third.place.function.startswith("loop.loop")) == (
        "EX2",
        True,
    )  # a name within itself has an end
