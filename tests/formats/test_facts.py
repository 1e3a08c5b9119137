"""What the table of facts promises of a format is seen in the readings of its samples, and what is seen there is promised."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from prodsec.scans.formats import formats
from prodsec.scans.formats.coverage import DESCRIBED, FILLED, GROUPS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "format-facts.md"
# A group of the table → the members of an observation, of its place or of its component that tell it.
SHOWN = {column: set(facts) for column, facts in GROUPS.items()} | {
    "Component": {"component"},
    "Fixed in": {"fixed_versions"},
}


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, str]]:
    """Format → column → its mark."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0][1:].split("]")[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@pytest.fixture(scope="module")
def seen() -> dict[str, set[str]]:
    """Format → the members that some observation of its samples has, as the snapshots keep them."""
    found: dict[str, set[str]] = defaultdict(set)
    for snapshot in (Path(__file__).parent / "snapshots").rglob("*.json"):
        readings = json.loads(snapshot.read_text(encoding="utf-8"))
        for reading in readings if isinstance(readings, list) else []:
            for row in reading["rows"]:
                if "kind" in row:
                    found[reading["header"]["format"]].update(row, row.get("place", {}), row.get("component") or {})
    return found


def test_every_format_has_a_row_and_every_group_a_column(table: dict[str, dict[str, str]]) -> None:
    assert list(table) == list(formats())
    assert all(list(row) == list(GROUPS) for row in table.values())


def test_what_is_marked_as_filled_is_filled_by_a_sample_and_the_other_way_round(
    table: dict[str, dict[str, str]], seen: dict[str, set[str]]
) -> None:
    wrong = [
        (name, column, mark)
        for name, row in table.items()
        for column, mark in row.items()
        if (mark == FILLED) != bool(SHOWN[column] & seen[name])
    ]
    assert not wrong


def test_nine_of_ten_marks_are_shown_by_a_sample(table: dict[str, dict[str, str]]) -> None:
    marks = [mark for row in table.values() for mark in row.values() if mark]
    assert set(marks) == {FILLED, DESCRIBED}
    assert marks.count(FILLED) >= 0.9 * len(marks)
