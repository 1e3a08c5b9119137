"""CSV: rows by the names of their columns."""

import codecs
import contextlib
import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from typing import IO, Any

from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.types import Limits, ReportError

_SAMPLE = 65536
_PREAMBLE_LINES = 30
_FEW_COLUMNS = 4
_LONGEST_CELL = 8_000_000
_MOST_JOINED = 1_000
_LONGEST_LINE = 16_000_000
_LINES_OF_A_ROW = 2
MOST_COLUMNS = 16_384
"""As many as a workbook can have."""
_MOST_CELLS_OF_A_ROW = 1_000_000


def decoding_of(head: bytes) -> str:
    """UTF-8 when the head can be that, else Windows' western code page."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def csv_columns(head: bytes) -> tuple[list[str], str, int]:
    """The columns, the delimiter and the number of lines before them, out of a file's head; no columns when it is no table."""
    text = head.decode(decoding_of(head), errors="replace").replace("\x00", "")
    lines = text.splitlines()[:_PREAMBLE_LINES]
    best: tuple[list[str], str, int] = ([], ",", 0)
    for number, line in enumerate(lines):
        for delimiter in (",", ";", "\t", "|"):
            if delimiter not in line:
                continue
            try:
                columns = _unwrapped(next(csv.reader([line], delimiter=delimiter), []), delimiter)
            except csv.Error:
                continue
            named = [column.strip() for column in columns]
            if len(named) > len(best[0]) + (2 if best[0] else 0) and all(len(name) < 120 for name in named):
                found = (named, delimiter, number)
                # Below columns that have rows, a longer line is one of these or a part of one, unless it has rows of its own.
                if not _heads_rows(best, text) or (delimiter == best[1] and _heads_rows(found, text)):
                    best = found
    return best


def _unwrapped(cells: list[str], delimiter: str) -> list[str]:
    """The cells of a line that stands in quotes as a whole with its inner quotes doubled, as Qualys writes them; others as they are."""
    if len(cells) != 1 or delimiter + '"' not in cells[0]:
        return cells
    return next(csv.reader(io.StringIO(cells[0], newline=""), delimiter=delimiter), cells)


def _heads_rows(found: tuple[list[str], str, int], text: str) -> bool:
    """Whether at least four columns are followed by a row of as many cells, whose text may go over many lines."""
    columns, delimiter, number = found
    if len(columns) < _FEW_COLUMNS:
        return False
    below = csv.reader(io.StringIO("\n".join(text.splitlines()[number + 1 :])), delimiter=delimiter)
    try:
        return len(_unwrapped(next(below, []), delimiter)) == len(columns)
    except csv.Error:
        return False


class NamedCells(dict[str, Any]):
    """A row by the names of its columns, of which the letters' case does not count: exports change it from version to version."""

    __slots__ = ("names",)
    names: dict[str, str]
    """The header's names by themselves in lower case."""

    def __missing__(self, key: str) -> Any:
        """The cell of the column that is written alike; None where there is none."""
        return super().get(self.names.get(key.lower(), key))

    def get(self, key: str, default: Any = None, /) -> Any:
        """The cell of a column; of the one written alike, where there is none written like that."""
        found = self[key]
        return default if found is None else found


def named(cells: Iterable[tuple[str, Any]], names: dict[str, str]) -> NamedCells:
    """A row out of cells; `names` has the header's names by themselves in lower case."""
    row = NamedCells(cells)
    row.names = names
    return row


def joined(rows: Iterator[TreeRow], columns: tuple[str, ...]) -> Iterator[TreeRow]:
    """Rows that follow one another with the same cells in these columns as one; of its other columns, cells that differ are lists.

    Rows without a cell in any of these columns stay alone. Order: that of the table.
    """
    for same, group in itertools.groupby(rows, lambda row: tuple(row.value.get(column) or "" for column in columns)):
        if not any(same):
            yield from group
            continue
        while several := tuple(itertools.islice(group, _MOST_JOINED)):
            yield _one_of(several) if len(several) > 1 else several[0]


def _one_of(rows: tuple[TreeRow, ...]) -> TreeRow:
    found: dict[str, dict[Any, None]] = {}
    for row in rows:
        for name, cell in row.value.items():
            if cell not in (None, ""):
                found.setdefault(name, {})[cell] = None
    cells = ((name, next(iter(one)) if len(one) == 1 else list(one)) for name, one in found.items())
    return TreeRow(named(cells, rows[0].value.names), rows[0].pointer)


def names_of(header: list[str]) -> dict[str, str]:
    """The names of columns by themselves in lower case."""
    return {name.lower(): name for name in reversed(header)}


def csv_rows(file: IO[bytes], head: bytes, limits: Limits) -> Iterator[TreeRow]:
    """Rows as objects by column name; cells as text.

    Raises: ReportError when a line is longer than a row may be, or there are too many.
    """
    _, delimiter, skip = csv_columns(head)
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(file, encoding=decoding_of(head), errors="replace", newline="")
    lines = _RowLines(text, delimiter, limits)
    reader = csv.reader(itertools.islice(lines, skip, None), delimiter=delimiter)
    try:
        first = next(reader, [])
        header = [name.strip() for name in _unwrapped(first, delimiter)]
        refuse_wide(len(header), f"line {reader.line_num + skip}")
        names = names_of(header)
        wrapped = len(header) > len(first)
        for count, line_cells in enumerate(reader):
            lines.cells = lines.characters = 0
            cells = _unwrapped(line_cells, delimiter) if wrapped else line_cells
            if count >= limits.rows:
                raise ReportError(
                    f"more than {limits.rows} rows; split the report", place=f"line {reader.line_num + skip}"
                )
            if any(cells):
                yield TreeRow(named(zip(header, cells, strict=False), names), f"line {reader.line_num + skip}")
    except csv.Error as error:
        raise ReportError(f"not a readable table: {error}", place=f"line {reader.line_num + skip}") from None
    finally:
        with contextlib.suppress(ValueError):  # the file was closed before its rows were all asked for
            text.detach()


class _RowLines:
    """Lines of a table. What a row holds is counted from the time the taker sets it to nothing: a quote may span many lines."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str, limits: Limits) -> None:
        self._lines = bounded_lines(text, limits)
        self._delimiter = delimiter
        self._longest = min(limits.row_bytes, _LONGEST_LINE)
        self._number = 0
        self.cells = 0
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        """The lines without NUL. Raises: ReportError for a row that is too long, or has too many cells."""
        for line in self._lines:
            self._number += 1
            self.characters += len(line)
            if self.characters > self._longest:
                raise ReportError(
                    f"a row longer than {self._longest} characters; is a quote not closed?",
                    place=f"line {self._number}",
                )
            self.cells += line.count(self._delimiter)
            if self.cells > _MOST_CELLS_OF_A_ROW:
                raise ReportError(f"a row of more than {_MOST_CELLS_OF_A_ROW} cells", place=f"line {self._number}")
            yield line.replace("\x00", "")


def refuse_wide(columns: int, place: str) -> None:
    """Raise ReportError for a table with more columns than any program writes."""
    if columns > MOST_COLUMNS:
        raise ReportError(f"a table of more than {MOST_COLUMNS} columns", place=place)


def bounded_lines(text: io.TextIOWrapper, limits: Limits) -> Iterator[str]:
    """Lines of text. Raises: ReportError for one that is longer than a row may be, or too many."""
    number, longest = 0, min(limits.row_bytes, _LONGEST_LINE)
    while line := text.readline(longest):
        number += 1
        if len(line) >= longest and not line.endswith("\n"):
            raise ReportError(f"a line longer than {longest} characters", place=f"line {number}")
        if number > _LINES_OF_A_ROW * limits.rows:
            raise ReportError(
                f"more than {_LINES_OF_A_ROW * limits.rows} lines; split the report", place=f"line {number}"
            )
        yield line
