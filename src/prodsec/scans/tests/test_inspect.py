"""`prodsec inspect` at its door: the process, its output and its exit code."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FINDINGS = [
    {"title": "One", "severity": "high", "package": "a", "ids": ["CVE-2020-1"]},
    {"title": "Two", "severity": "nobody knows", "package": "b"},
    {"title": "Three", "severity": "info", "status": "fixed", "package": "a"},
    17,
]
LEAK = {
    "title": "Key",
    "severity": "high",
    "secret": "AKIAIOSFODNN7EXAMPLE",
    "snippet": "key = AKIAIOSFODNN7EXAMPLE",
    "file": "a",
}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs `prodsec inspect` on a report in a process that finds neither Django nor a database."""

    def inspected(report: object, *options: str, prelude: str = "") -> "subprocess.CompletedProcess[str]":
        path = tmp_path / "report"
        path.write_text(report if isinstance(report, str) else json.dumps(report))
        code = (
            f"import sys; sys.modules['django'] = None; {prelude}\n"
            "from prodsec_cli.main import main\nsys.exit(main(['inspect', *sys.argv[1:]]))"
        )
        home = {
            key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        }
        return subprocess.run(
            [sys.executable, "-c", code, str(path), *options],
            capture_output=True, text=True, check=False, timeout=120, env={**home, "PRODSEC_HOME": str(tmp_path)},
        )  # fmt: skip

    return inspected


def test_the_summary(run: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = run({"tool": "Checks", "version": "1.2", "findings": FINDINGS})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "format": "generic",
        "tool": {"name": "Checks", "version": "1.2"},
        "kind": "dependency",
        "count": 3,
        "severities": {"critical": 0, "high": 1, "medium": 0, "low": 0, "info": 1, "unknown": 1},
        "components": 2,
        "rejected": [{"place": "/findings/3", "reason": json.loads(done.stdout)["rejected"][0]["reason"]}],
        "warnings": [],
    }


def test_observations_a_line_with_secrets_masked(run: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = run({"findings": [LEAK, LEAK]}, "--jsonl")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["secret"] for line in lines] == ["AKIA…", "AKIA…"]
    assert lines[0]["kind"] == "secret"
    assert lines[0]["severity"] == "high"
    assert lines[0]["snippet"] == "key = AKIA…"
    assert "AKIAIOSFODNN7EXAMPLE" not in done.stdout


@pytest.mark.parametrize("report", ["", "hello", "{", '{"a": 1}', "<a/>", "[" * 1_000_000])
def test_what_is_no_report_is_one_sentence_and_code_3(
    run: Callable[..., "subprocess.CompletedProcess[str]"], report: str
) -> None:
    done = run(report)
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert len(done.stderr) > 20


def test_a_format_that_does_not_exist(run: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = run({"findings": []}, "--format", "trivi")
    assert done.returncode == 3
    assert "did you mean trivy" in done.stderr


@pytest.mark.parametrize("shape", ["json", "xml", "csv"])
def test_memory_stays_flat(run: Callable[..., "subprocess.CompletedProcess[str]"], shape: str) -> None:
    """A report of 40 MB is read by a process with 400 MB of address space, of which it starts with about half."""
    words = "words and more words " * 20
    row = {
        "json": json.dumps({"title": "T", "severity": "low", "description": words}),
        "xml": f'<ReportItem pluginID="1" pluginName="P" severity="2"><description>{words}</description></ReportItem>',
        "csv": f"T,low,{words}",
    }[shape]
    times = 40_000_000 // len(row)
    whole = {
        "json": '{"findings": [' + ",".join([row] * times) + '], "tool": "x"}',
        "xml": f'<NessusClientData_v2><Report name="r"><ReportHost name="h">{row * times}</ReportHost></Report></NessusClientData_v2>',
        "csv": "title,severity,description\n" + "\n".join([row] * times),
    }[shape]
    done = run(whole, prelude=f"import resource; resource.setrlimit({resource.RLIMIT_AS}, (400_000_000, 400_000_000))")
    assert done.returncode == 0, done.stderr[-500:]
    assert json.loads(done.stdout)["count"] == times
