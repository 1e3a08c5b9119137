"""govulncheck's stream of messages: only what holds is a row, and the deepest trace tells how it is reached."""

import json
from pathlib import Path
from typing import Any

from prodsec.scans.tests.reading import Run, only, runs_of

CONFIG = {"config": {"scanner_name": "govulncheck", "scanner_version": "v1.1.4"}}


def read(tmp_path: Path, *messages: dict[str, Any] | str) -> Run:
    path = tmp_path / "report"
    texts = (message if isinstance(message, str) else json.dumps(message, indent=1) for message in (CONFIG, *messages))
    path.write_text("\n".join(texts), encoding="utf-8")
    (run,) = runs_of(path)
    return run


def finding(module: str, **more: str) -> dict[str, Any]:
    return {"finding": {"osv": "GO-1", "trace": [{"module": module, "version": "v1.0.0", **more}]}}


def test_advisories_that_do_not_hold_are_no_rows(tmp_path: Path) -> None:
    run = read(
        tmp_path, {"osv": {"id": "GO-1", "summary": "A flaw"}}, {"osv": {"id": "GO-2"}}, finding("example.org/m")
    )
    assert [(row.rule, row.title) for row in run.observations] == [("GO-1", "A flaw")]


def test_the_deepest_of_several_findings_of_a_module_counts(tmp_path: Path) -> None:
    called = finding("example.org/m", package="example.org/m/p", function="F")
    run = read(
        tmp_path,
        finding("example.org/m"),
        called,
        finding("example.org/m", package="example.org/m/p"),
        finding("stdlib"),
    )
    assert [row.tags for row in run.observations] == [("called",), ("required",)]
    assert run.observations[0].place.function == "example.org/m/p.F"


def test_modules_in_use_are_counted() -> None:
    assert only("govulncheck/stream.txt").components == 2


def test_a_broken_message_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    run = read(tmp_path, "{broken", finding("example.org/m"), {"finding": {"trace": "odd"}})
    assert [row.rule for row in run.observations] == ["GO-1"]
    assert len(run.rejected) == 2
