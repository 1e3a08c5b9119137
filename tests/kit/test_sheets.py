"""Exports for spreadsheets: what comes out is what went in, and nothing in it is a formula (T21)."""

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.kit import sheets

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=cmd|' /C calc'!A0", "-", "＠x", "\u00a0=1",
]  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
# What XML cannot say, or says otherwise, is replaced; that has a test of its own.
plain_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30)


def read_csv(head: Sequence[str], rows: Iterable[Sequence[sheets.Value]]) -> list[list[str]]:
    text = b"".join(sheets.csv_file(head, rows)).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def read_xlsx(head: Sequence[str], rows: Iterable[Sequence[sheets.Value]]) -> list[list[object]]:
    data = b"".join(sheets.xlsx_file(head, rows, title="Rows"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [row for sheet in book for row in sheet.iter_rows()]
    assert not [cell for row in cells for cell in row if cell.data_type == "f"]
    return [[cell.value for cell in row] for row in cells]


@pytest.mark.parametrize("text", FORMULAS)
def test_t21_a_formula_is_a_text(text: str) -> None:
    assert read_csv([text], [[text]]) == [[f"'{text}"]] * 2
    for (cell,) in read_xlsx([text], [[text]]):
        assert isinstance(cell, str)
        assert cell.startswith("'")


@pytest.mark.parametrize("text", ["a=b", "1+1", "CVE-2024-1", "", "é", "a\tb", "'=1", 'say "x", y; z', "a\r\nb"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert read_csv(["text"], [[text]])[1] == [text]


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=5))
def test_csv_reads_back(rows: list[list[str]]) -> None:
    assert read_csv(["a", "b"], rows)[1:] == [[sheets.defused(cell) for cell in row] for row in rows]


@given(st.lists(texts, max_size=5))
def test_t21_no_cell_begins_a_formula(cells: list[str]) -> None:
    for cell in [cell for row in read_csv(["a"], [[cell] for cell in cells]) for cell in row]:
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
        assert not cell.startswith(("\t", "\r", "\n"))


@given(st.lists(st.lists(plain_texts, min_size=2, max_size=2), max_size=3))
def test_xlsx_reads_back(rows: list[list[str]]) -> None:
    told = [[cell or "" for cell in row] for row in read_xlsx(["a", "b"], rows)[1:]]
    assert told == [[sheets.defused(cell) for cell in row] for row in rows]


def test_values_that_are_no_texts() -> None:
    moment = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    row = [-5, 2.5, True, None, moment, datetime.date(2026, 3, 1), 2**60, float("nan")]
    head = [str(number) for number in range(len(row))]
    assert read_csv(head, [row])[1] == [
        "-5", "2.5", "yes", "", "2026-03-01T10:00:00Z", "2026-03-01", str(2**60), "nan",
    ]  # fmt: skip
    told = read_xlsx(head, [row])[1]
    assert told[:3] == [-5, 2.5, "yes"]
    assert told[4:] == [datetime.datetime(2026, 3, 1, 10), "2026-03-01", str(2**60), "nan"]  # noqa: DTZ001 - sheets know no zones


def test_what_xlsx_cannot_hold_is_told() -> None:
    (cut, odd) = read_xlsx(["a", "b"], [["x" * 40_000, "a\x00b\x1fc"]])[1]
    assert str(cut).endswith("(40000 characters, cut here)")
    assert len(str(cut)) == sheets.LONGEST_CELL
    assert odd == "a\ufffdb\ufffdc"


def test_rows_go_on_in_the_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    for count in (0, 1, 2, 3, 4, 5):
        told = read_xlsx(["n"], [[number] for number in range(count)])
        assert [row[0] for row in told if row[0] != "n"] == list(range(count))


def test_csv_comes_while_rows_come() -> None:
    taken = 0

    def rows() -> Iterator[list[sheets.Value]]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield [number]

    pieces = sheets.csv_file(["n"], rows())
    assert next(pieces) == b"n\r\n"
    next(pieces)
    assert taken < 1000
