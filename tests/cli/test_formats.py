"""`prodsec formats`: list, show, test and add, with exit codes that a script can use."""

import contextlib
import json
from pathlib import Path

import pytest

from prodsec_cli.main import main

SPEC = """\
id: acme_sweep
title: Acme Sweep
tool: Acme Sweep
kind: code
reader: json
detect:
  json: [sites, producer]
each: sites[*].checks[*]
fields:
  rule: code
  title: headline
  severity: {from: danger, map: {blocker: critical}}
  severity_text: danger
  file: where.path
"""
REPORT = {"producer": "Acme", "sites": [{"checks": [{"code": "A1", "headline": "Open door", "danger": "Blocker", "where": {"path": "a.py"}}]}]}  # fmt: skip
ASSET = "gitlab.com/acme/api"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a database."""
    monkeypatch.setenv("PRODSEC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "acme.yaml").write_text(SPEC)
    (tmp_path / "out.json").write_text(json.dumps(REPORT))
    return tmp_path


@pytest.fixture
def installation(home: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with the tests' database."""
    from prodsec.site import django_ready

    monkeypatch.setattr(django_ready, "database", contextlib.nullcontext)
    monkeypatch.setenv("DATABASE_URL", "the tests' own")
    return home


def test_a_spec_is_tried_without_a_database(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [str(home / "acme.yaml"), str(home / "out.json")]
    assert main(["formats", "test", *given]) == 0
    said = capsys.readouterr().out
    for part in ("1 rows of Acme Sweep read as code: 1 critical.", "'Blocker' is critical (1)", "Open door", "file: a.py", "without a hint"):  # fmt: skip
        assert part in said
    assert main(["formats", "test", *given, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["count"], answer["told_as"], answer["rivals"], answer["rejected"]) == (1, "acme_sweep", [], [])
    assert not (home / "home").exists()


def test_the_answer_is_no_when_rows_are_rejected_or_the_file_is_taken_for_another(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "out.json").write_text(
        json.dumps({**REPORT, "sites": [{"checks": [{"code": ""}, REPORT["sites"][0]["checks"][0]]}]})
    )  # type: ignore[index]
    assert main(["formats", "test", str(home / "acme.yaml"), str(home / "out.json")]) == 1
    assert "/sites/0/checks/0: ValueError: the row has neither a title nor a rule" in capsys.readouterr().out
    (home / "out.json").write_text(
        json.dumps({**REPORT, "errors": [], "generated_at": "", "metrics": {}, "results": []})
    )
    assert main(["formats", "test", str(home / "acme.yaml"), str(home / "out.json")]) == 1
    said = capsys.readouterr().out
    assert "It would be told as bandit" in said
    assert "The file also fits bandit; bandit wins." in said


def test_what_is_wrong_names_the_file_and_the_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "acme.yaml").write_text(SPEC.replace("headline", "headline | shout"))
    assert main(["formats", "test", str(home / "acme.yaml"), str(home / "out.json")]) == 3
    assert f"{home}/acme.yaml: line 11: fields.title: there is no filter 'shout'" in capsys.readouterr().err
    assert main(["formats", "test", str(home / "none.yaml"), str(home / "out.json")]) == 3
    assert main(["formats", "test", str(home / "out.json"), str(home / "none.json")]) == 3


def test_lists_and_shows_without_a_database(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = home / "home/formats"
    folder.mkdir(parents=True)
    (folder / "acme.yaml").write_text(SPEC)
    (folder / "bad.yaml").write_text("id: [")
    assert main(["formats", "list"]) == 0
    said = capsys.readouterr()
    assert "bandit" in said.out
    assert f"not used: {folder}/bad.yaml: line 2: not valid YAML" in said.err
    assert main(["formats", "list", "--own", "--json"]) == 0
    (own,) = json.loads(capsys.readouterr().out)["formats"]
    assert (own["id"], own["origin"], own["state"]) == ("acme_sweep", "folder", "active")
    assert main(["formats", "show", "acme_sweep"]) == 0
    assert capsys.readouterr().out == SPEC
    assert main(["formats", "show", "sarif"]) == 3
    assert "The reader of sarif is code" in capsys.readouterr().err
    assert main(["formats", "show", "bandid"]) == 3
    assert "did you mean bandit" in capsys.readouterr().err


def test_what_is_added_reads_the_next_import_without_a_hint(
    installation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported = ["import", str(installation / "out.json"), "--asset", ASSET, "--json"]
    assert main(imported) == 3
    assert main(["formats", "add", str(installation / "acme.yaml"), "--draft", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": "acme_sweep", "version": 1, "active": False}
    assert main(["formats", "add", str(installation / "acme.yaml"), "--note", "as agreed"]) == 0
    assert capsys.readouterr().out == "Version 1 of acme_sweep reads reports from now on, on every machine.\n"
    assert main(imported) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["format"], answer["new"]) == ("acme_sweep", 1)
    (installation / "acme.yaml").write_text(SPEC.replace("headline", "headline | upper"))
    assert main(["formats", "add", str(installation / "acme.yaml")]) == 0
    assert main(["formats", "show", "acme_sweep", "--version", "1"]) == 0
    assert capsys.readouterr().out.endswith(SPEC)
    assert main(["formats", "list", "--own"]) == 0
    assert "shared, version 2" in capsys.readouterr().out


def test_a_spec_that_is_refused_is_not_added(installation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (installation / "acme.yaml").write_text(SPEC.replace("id: acme_sweep", "id: bandit"))
    assert main(["formats", "add", str(installation / "acme.yaml")]) == 3
    assert "acme.yaml: line 1: id: bandit is already a format (built-in)" in capsys.readouterr().err


def test_the_how_to_shows_a_spec_that_reads_a_report(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs/how-to/add-a-format.md").read_text()
    (home / "bandit.yaml").write_text(text.split("```yaml\n")[1].split("```")[0])
    report = root / "tests/samples/bandit/bandit.json"
    assert main(["formats", "test", str(home / "bandit.yaml"), str(report), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["count"], answer["told_as"], answer["rejected"]) == (8, "bandit", [])
    assert {"rule", "file", "line"} <= set(answer["rows"][0]["facts"])


def test_a_shared_format_is_switched_off(installation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats", "add", str(installation / "acme.yaml")]) == 0
    assert main(["formats", "off", "acme_sweep"]) == 0
    assert "acme_sweep reads no reports any more" in capsys.readouterr().out
    assert main(["inspect", str(installation / "out.json")]) != 0
    assert main(["formats", "list", "--own"]) == 0
    assert "(off, newest version 1)" in capsys.readouterr().out
    assert main(["formats", "off", "nowhere"]) == 3
