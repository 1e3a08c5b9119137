"""Reports are told as well when they have other rows, another order or another notation: each format, by one of its samples."""

from pathlib import Path

import pytest
from tests.formats.fragile import SAMPLES, strayed, told

from prodsec.scans.formats import readings
from prodsec.scans.types import Observation

HARMLESS = {"rows: first", "rows: last", "rows: reversed", "rows: twice", "json: compact", "json: keys reversed", "xml: utf-16",
            "xml: compact", "xml: attributes reversed", "table: columns reversed", "table: unknown columns", "table: quoted",
            "table: header in capitals", "bytes: BOM", "bytes: CRLF"}  # fmt: skip


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
        for variant, found in strayed(path, {name}, only=HARMLESS)
        if found is not None
    }
    assert not lost


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
