"""The walk over JSON: whatever way it goes, it gives what the json module gives, and names the place of what is wrong."""

import json
import mmap
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import json_scan, json_walk
from prodsec.scans.formats.json_lines import json_lines
from prodsec.scans.formats.json_walk import JsonDocument, RowList, plain
from prodsec.scans.types import Limits, ReportError

LIMITS = Limits()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXTS, inner, max_size=6),
    max_leaves=30,
)
ROWS = st.lists(TREES, max_size=40) | st.dictionaries(TEXTS, TREES, max_size=40)


@pytest.fixture(params=["in memory", "in chunks"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of walking; the second with tiny windows, so that a small document is a large one."""
    if request.param == "in chunks":
        monkeypatch.setattr(json_walk, "FITS_INTO_MEMORY", 0)
        monkeypatch.setattr(json_walk, "WINDOW", 256)
        monkeypatch.setattr(json_scan, "WINDOW", 256)
    return str(request.param)


def _whole(tree: Any, rows: dict[str, list[Any]]) -> Any:
    """The skeleton with its rows put back."""
    if isinstance(tree, RowList):
        found = rows.get(tree.pointer, [])
        return dict(found) if tree.keyed else [value for _, value in found]
    if isinstance(tree, dict):
        return {key: _whole(value, rows) for key, value in tree.items()}
    return [_whole(item, rows) for item in tree] if isinstance(tree, list) else tree


def _put_together(document: JsonDocument) -> Any:
    rows = {
        rows.pointer: [(row.key if rows.keyed else "", row.tree()) for row in document.rows(rows)]
        for rows in document.row_lists
    }
    return _whole(document.skeleton, rows)


@pytest.mark.usefixtures("way")
@settings(deadline=None)
@given(outer=st.lists(ROWS, max_size=5), before=TREES, after=TREES, indent=st.sampled_from([None, 1, 4]))
def test_nothing_is_lost_or_changed(outer: list[Any], before: Any, after: Any, indent: int | None) -> None:
    tree = {"before": before, "runs": [{"n": n, "rows": rows, "after": after} for n, rows in enumerate(outer)]}
    text = json.dumps(tree, indent=indent).encode()
    document = JsonDocument(text, ("runs[*].rows[*]",), LIMITS)
    assert _put_together(document) == tree
    assert sum(map(len, document.row_lists)) == sum(map(len, outer))
    for row in document.rows():
        assert row.parents[-1]["after"] == after


@pytest.mark.usefixtures("way")
@settings(deadline=None)
@given(rows=ROWS)
def test_rows_at_the_top(rows: Any) -> None:
    text = json.dumps(rows, ensure_ascii=False).encode()
    assert _put_together(JsonDocument(text, ("[*]",), LIMITS)) == rows


@pytest.mark.usefixtures("way")
def test_rows_alike_are_cut_right_although_texts_look_like_borders() -> None:
    rows = [{"id": n, "inner": [{"id": 1}, {"id": 2}], "text": '}, {"id": 7, "'} for n in range(500)]
    text = json.dumps({"rows": rows, "end": 1}).encode()
    document = JsonDocument(text, ("rows[*]",), LIMITS)
    assert [row.tree() for row in document.rows()] == rows
    assert [row.pointer for row in document.rows()] == [f"/rows/{n}" for n in range(500)]


@pytest.mark.usefixtures("way")
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_a_document_cut_off_is_told_so(data: st.DataObject) -> None:
    text = json.dumps({"a": ["x", {"b": 1.5}], "rows": [{"t": 'aé\\" ]}'}] * 9, "z": None}).encode()
    cut = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(ReportError, match=r"cut off|not valid JSON"):
        JsonDocument(text[:cut], ("rows[*]",), LIMITS)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("row", [b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": 01}', b'{"a": "\\q"}'])
def test_a_bad_row_spoils_no_other(row: bytes) -> None:
    rows = [b'{"a": 1}', row, b'{"a": 3}']
    document = JsonDocument(b'{"rows": [' + b",".join(rows) + b"]}", ("rows[*]",), LIMITS)
    read: list[Any] = []
    for found in document.rows():
        try:
            read.append(found.tree())
        except ValueError as error:
            read.append((found.pointer, bool(str(error))))
    assert read == [{"a": 1}, ("/rows/1", True), {"a": 3}]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'"tab\there"', "tab\there"),
        (b'"\\ud800 alone"', "? alone"),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'"\\u0000"', "\x00"),
    ],
)
def test_what_tools_write_although_they_should_not(text: bytes, tree: Any) -> None:
    assert plain(text) == tree


@pytest.mark.parametrize("text", [b"NaN", b"[Infinity]", b"1" * 5_000, b'{"a": 1e999}', b"[" * 5_000 + b"]" * 5_000])
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        plain(text)


@pytest.mark.usefixtures("way")
def test_a_member_twice_counts_once_with_its_rows() -> None:
    document = JsonDocument(b'{"rows": [{"a": 1}], "rows": [{"a": 2}]}', ("rows[*]",), LIMITS)
    assert [row.tree() for row in document.rows()] == [{"a": 2}]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(("opening", "times"), [(b"[", 10_000_000), (b'{"a":', 100_000), (b'[{"a":', 100_000)])
def test_ten_million_brackets(opening: bytes, times: int) -> None:
    text = opening * times
    with pytest.raises(ReportError, match="nested deeper than 100 levels"):
        JsonDocument(text, ("runs[*].rows[*]",), LIMITS)


@pytest.mark.usefixtures("way")
def test_limits_name_themselves() -> None:
    many = b'{"rows": [' + b",".join([b"{}"] * 11) + b"]}"
    with pytest.raises(ReportError, match="/rows: more than 10 rows"):
        JsonDocument(many, ("rows[*]",), Limits(rows=10))


def test_a_row_too_large_is_refused_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_walk, "FITS_INTO_MEMORY", 0)
    large = json.dumps({"rows": [{"a": 1}, {"a": ["x" * 10] * 1_000}]}).encode()
    with pytest.raises(ReportError, match="/rows/1: a row larger than 5000 bytes"):
        JsonDocument(large, ("rows[*]",), Limits(row_bytes=5_000))


def test_a_gigabyte_of_text_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_walk, "FITS_INTO_MEMORY", 0)
    with pytest.raises(ReportError, match="a text longer than 1000 bytes"):
        JsonDocument(b'{"a": "' + b"x" * 5_000, (), Limits(row_bytes=1_000))


def test_a_mapped_file_is_walked_without_holding_it() -> None:
    rows = [{"id": n, "text": "words " * 40} for n in range(3_000)]
    with tempfile.TemporaryFile() as file:
        file.write(b'{"rows": ' + json.dumps(rows).encode() + b" " * json_walk.FITS_INTO_MEMORY + b', "tool": "x"}')
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            document = JsonDocument(data, ("rows[*]",), LIMITS)
            assert document.skeleton["tool"] == "x"
            assert [row.tree() for row in document.rows()] == rows
            assert document.end == len(data)


@given(
    trees=st.lists(TREES, max_size=12), joint=st.sampled_from(["\n", "\r\n", "\n\n"]), indent=st.sampled_from([None, 1])
)
def test_json_lines_and_documents_put_together(trees: list[Any], joint: str, indent: int | None) -> None:
    text = joint.join(json.dumps(tree, indent=indent) for tree in trees).encode()
    assert [row.tree() for row in json_lines(text, LIMITS)] == trees


def test_a_bad_line_is_one_bad_row_with_its_number() -> None:
    def read() -> Iterator[Any]:
        for row in json_lines(b'{"a": 1}\nrubbish {"a\n{"a": 3}\n', LIMITS):
            try:
                yield row.tree()
            except ValueError:
                yield row.pointer

    assert list(read()) == [{"a": 1}, "line 2", {"a": 3}]
