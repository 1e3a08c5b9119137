"""`prodsec import`: read and merge here, with or without a running installation."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from prodsec_cli.main import main

ANSWER = {
    "scan", "asset", "format", "new", "reopened", "fixed", "moved", "changed", "unchanged", "suppressed", "rejected", "seconds",
}  # fmt: skip
ASSET = "gitlab.com/acme/api"


def _sarif(*files: str) -> bytes:
    results = [
        {
            "ruleId": f"rule-of-{name}",
            "message": {"text": f"Something is wrong in {name}."},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": name}, "region": {"startLine": 3}}}],
        }
        for name in files
    ]
    run = {"tool": {"driver": {"name": "lintel"}}, "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.sarif"
    path.write_bytes(_sarif("a.py", "b.py"))
    return path


@pytest.fixture
def here(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command uses the tests' database."""
    from prodsec.site import django_ready

    monkeypatch.setattr(django_ready, "database", contextlib.nullcontext)


def test_it_says_what_changed(here: None, report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for content in (_sarif("a.py", "b.py"), _sarif("b.py", "c.py"), _sarif("b.py", "c.py") + b"\n", _sarif("a.py")):
        report.write_bytes(content)
        assert main(["import", str(report), "--asset", ASSET, "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert all(set(answer) == ANSWER for answer in answers)
    assert [(a["new"], a["unchanged"], a["fixed"], a["reopened"]) for a in answers] == [
        (2, 0, 0, 0),
        (1, 1, 1, 0),
        (0, 2, 0, 0),
        (0, 0, 2, 1),
    ]
    assert answers[0]["format"] == "sarif"
    assert answers[0]["seconds"] > 0


def test_what_only_reads_differently_is_changed(here: None, report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(report), "--asset", ASSET]) == 0
    report.write_bytes(_sarif("a.py", "b.py").replace(b'"rule-of-a.py",', b'"rule-of-a.py", "level": "note",'))
    capsys.readouterr()
    assert main(["import", str(report), "--asset", ASSET, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["changed"], answer["unchanged"], answer["new"], answer["fixed"]) == (1, 1, 0, 0)


def test_a_report_with_rejected_rows_closes_nothing_and_says_so(
    here: None, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(report), "--asset", ASSET]) == 0
    report.write_bytes(_sarif("a.py", "b.py").replace(b'"rule-of-b.py"', b"7"))
    capsys.readouterr()
    assert main(["import", str(report), "--asset", ASSET, "--json"]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert (answer["fixed"], answer["unchanged"], answer["rejected"]) == (0, 1, 1)
    assert told.err == (
        "prodsec: nothing was closed by this report: 1 row could not be read, and may be what is missing.\n"
    )


def test_a_rehearsal_changes_nothing(here: None, report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from prodsec.findings.models import Finding

    assert main(["import", str(report), "--asset", ASSET, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 2
    assert not Finding.objects.exists()


def test_a_partial_report_closes_nothing(here: None, report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(report), "--asset", ASSET])
    report.write_bytes(_sarif("a.py"))
    capsys.readouterr()
    assert main(["import", str(report), "--asset", ASSET, "--partial", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fixed"] == 0


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"\x89PNG\r\n\x1a\n" + bytes(100), "report.sarif"), (b'{"a": 1', "report.sarif")],
)
def test_what_is_no_report_is_refused_with_a_sentence(
    content: bytes, word: str, here: None, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report.write_bytes(content)
    assert main(["import", str(report), "--asset", ASSET]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert word in told.err
    assert "Traceback" not in told.err


def test_a_missing_file_is_refused(here: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "/nowhere/report.json", "--asset", ASSET]) == 3
    assert "no file /nowhere/report.json" in capsys.readouterr().err


def test_an_empty_home_is_enough(tmp_path: Path, report: Path) -> None:
    environ = {**os.environ, "PRODSEC_HOME": str(tmp_path / "fresh")}
    environ.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "prodsec_cli.main", "import", str(report), "--asset", ASSET, "--json"]
    answers = []
    for _ in range(2):
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout))
    assert [(answer["new"], answer["unchanged"]) for answer in answers] == [(2, 0), (0, 2)]
