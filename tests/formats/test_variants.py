"""Reports are told as well when they have other rows, another order or another notation: each format, by one of its samples."""

from pathlib import Path

import pytest
from tests.formats.fragile import SAMPLES, strayed, told

from prodsec.scans.formats import readings
from prodsec.scans.types import Observation

HARMLESS = {"rows: first", "rows: last", "rows: reversed", "json: compact", "json: keys reversed", "xml: utf-16",
            "table: columns reversed", "table: header in capitals", "bytes: BOM", "bytes: CRLF"}  # fmt: skip
# The first row of govulncheck is what tells it, VCG's table has no header, two of these samples have an empty row at their end,
# and the others look like tables to who makes the variants.
OTHERS = {"govulncheck", "vcg_csv", "generic", "whatweb", "auditjs_text", "scout_suite"}


@pytest.fixture(scope="module")
def samples() -> dict[str, Path]:
    """Of each format its smallest sample."""
    found: dict[str, Path] = {}
    for path in sorted((path for path in SAMPLES.rglob("*") if path.is_file()), key=lambda path: -path.stat().st_size):
        if path.stat().st_size and (name := told(path, path.name)):
            found[name] = path
    return found


def test_harmless_variants_are_told(samples: dict[str, Path]) -> None:
    assert len(samples) > 250
    lost = {
        f"{path.name}, {variant}": found
        for name, path in samples.items()
        if name not in OTHERS
        for variant, found in strayed(path, {name}, only=HARMLESS)
        if found is not None
    }
    assert not lost


def test_a_table_that_lacks_one_of_many_columns_is_told(tmp_path: Path) -> None:
    path = tmp_path / "report"
    for header, name in (
        ("test_name,test_id,issue_severity,issue_text", "bandit_csv"),
        ("test_name,issue_severity,issue_text,line", ""),
    ):
        path.write_text(f"{header}\na,b,c,d\n", encoding="utf-8")
        assert told(path, "report") == name


def test_what_the_first_row_lacks_another_may_tell(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text('{"results": [{"path": "a"}, {"check_id": "x", "extra": {}, "start": {}}]}', encoding="utf-8")
    assert told(path, "report") == "semgrep"


def test_xml_that_says_it_is_utf_16_is_read_whatever_it_is(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="utf-16"?><CodeIssueCollection><CodeIssue><Priority>2</Priority>'
        "<Title>Käse</Title><FileName>a.c</FileName></CodeIssue></CodeIssueCollection>"
    )
    for number, code in enumerate(("utf-8", "utf-8-sig", "utf-16", "utf-16-le")):
        path = tmp_path / str(number)
        path.write_bytes(text.encode(code))
        titles = [row.title for one in readings(path) for row in one if isinstance(row, Observation)]
        assert titles == ["Käse"], code
