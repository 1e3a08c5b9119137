"""CSV and XLSX: rows by the names of their columns."""

import codecs
import contextlib
import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.types import Limits, ReportError

_SAMPLE = 65536
_PREAMBLE_LINES = 30
_FEW_COLUMNS = 4
_LONGEST_CELL = 8_000_000
_MOST_JOINED = 1_000


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

    __slots__ = ("_names",)

    def __init__(self, cells: Iterable[tuple[str, Any]], names: dict[str, str]) -> None:
        """`names` has the header's names by themselves in lower case."""
        super().__init__(cells)
        self._names = names

    def get(self, key: str, default: Any = None, /) -> Any:
        """The cell of a column; of the one written alike, where there is none written like that."""
        found = super().get(key)
        return super().get(self._names.get(key.lower(), key), default) if found is None else found

    def alike(self, cells: Iterable[tuple[str, Any]]) -> "NamedCells":
        """Other cells by the same names."""
        return NamedCells(cells, self._names)


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
    return TreeRow(rows[0].value.alike(cells), rows[0].pointer)


def _names_of(header: list[str]) -> dict[str, str]:
    return {name.lower(): name for name in reversed(header)}


def csv_rows(file: IO[bytes], head: bytes, limits: Limits) -> Iterator[TreeRow]:
    """Rows as objects by column name; cells as text.

    Raises: ReportError when a line is longer than a row may be, or there are too many.
    """
    _, delimiter, skip = csv_columns(head)
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(file, encoding=decoding_of(head), errors="replace", newline="")
    lines = (line.replace("\x00", "") for line in bounded_lines(text, limits))
    reader = csv.reader(itertools.islice(lines, skip, None), delimiter=delimiter)
    try:
        first = next(reader, [])
        header = [name.strip() for name in _unwrapped(first, delimiter)]
        names = _names_of(header)
        wrapped = len(header) > len(first)
        for count, line_cells in enumerate(reader):
            cells = _unwrapped(line_cells, delimiter) if wrapped else line_cells
            if count >= limits.rows:
                raise ReportError(
                    f"more than {limits.rows} rows; split the report", place=f"line {reader.line_num + skip}"
                )
            if any(cells):
                yield TreeRow(NamedCells(zip(header, cells, strict=False), names), f"line {reader.line_num + skip}")
    except csv.Error as error:
        raise ReportError(f"not a readable table: {error}", place=f"line {reader.line_num + skip}") from None
    finally:
        with contextlib.suppress(ValueError):  # the file was closed before its rows were all asked for
            text.detach()


def bounded_lines(text: io.TextIOWrapper, limits: Limits) -> Iterator[str]:
    """Lines of text. Raises: ReportError for one that is longer than a row may be."""
    number = 0
    while line := text.readline(limits.row_bytes):
        number += 1
        if len(line) >= limits.row_bytes and not line.endswith("\n"):
            raise ReportError(f"a line longer than {limits.row_bytes} characters", place=f"line {number}")
        yield line


def xlsx_sheets(file: IO[bytes], limits: Limits) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
    """Each sheet's name and rows of values. Raises: ReportError for a file that is damaged or unpacks to too much."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            packed = sum(entry.compress_size for entry in archive.infolist())
        if size > limits.archive_bytes or size > max(packed, 1) * limits.archive_ratio:
            raise ReportError(f"the workbook unpacks to {size} bytes; it looks like a zip bomb")
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except ReportError:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever its parts raise; to us it is one thing
        raise ReportError(f"not a workbook that can be read ({type(error).__name__})") from None
    try:
        for sheet in book.worksheets:
            yield sheet.title, sheet.iter_rows(values_only=True)
    finally:
        book.close()


def xlsx_columns(file: IO[bytes], limits: Limits) -> list[str]:
    """The columns of the first sheet that has some."""
    for _, rows in xlsx_sheets(file, limits):
        for values in itertools.islice(rows, 20):
            if sum(value is not None for value in values) > 1:
                return [str(value).strip() for value in values if value is not None]
    return []


def xlsx_rows(file: IO[bytes], limits: Limits) -> Iterator[TreeRow]:
    """Rows of all sheets as objects by column name. Raises: ReportError beyond the limit of rows."""
    count = 0
    for title, rows in xlsx_sheets(file, limits):
        header: list[str] = []
        names: dict[str, str] = {}
        for number, values in enumerate(rows, start=1):
            if not header:
                if sum(value is not None for value in values) > 1:
                    header = [str(value or "").strip() for value in values]
                    names = _names_of(header)
                continue
            if all(value is None for value in values):
                continue
            count += 1
            if count > limits.rows:
                raise ReportError(f"more than {limits.rows} rows; split the report", place=f"{title}!{number}")
            cells = ((name, value) for name, value in zip(header, values, strict=False) if name and value is not None)
            yield TreeRow(NamedCells(cells, names), f"{title}!{number}")
