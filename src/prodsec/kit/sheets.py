"""Tables for spreadsheets, as CSV and XLSX: written while the rows come in, and safe to open.

A spreadsheet takes a text that begins like a formula for one, whoever wrote it. Such a text gets an apostrophe in front, in
both formats alike, so that it stays a text when one is turned into the other. Source: OWASP, CSV Injection.
"""

import csv
import datetime
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Value = str | int | float | bool | datetime.datetime | datetime.date | None

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a cell and a sheet of XLSX can hold.
LONGEST_CELL, MOST_ROWS = 32_767, 1_048_576
# A number beyond this loses digits in a spreadsheet.
_LARGEST_WHOLE = 2**53
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CHUNK_BYTES, _BATCH = 1 << 16, 200
_IN_MEMORY_BYTES = 1 << 20


def defused(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def csv_file(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """CSV (RFC 4180, UTF-8), piece by piece. Instants are written in UTC as ISO 8601 has it.

    Cost: holds some 200 rows at a time.
    """
    buffer = _Buffer()
    writer = csv.writer(buffer)
    writer.writerow([defused(name) for name in head])
    upcoming = iter(rows)
    while True:
        yield buffer.take()
        batch = list(islice(upcoming, _BATCH))
        if not batch:
            return
        writer.writerows([_csv_cell(value) for value in row] for row in batch)


def xlsx_file(head: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str) -> Iterator[bytes]:
    """XLSX, piece by piece; what one sheet cannot hold goes on in the next. Instants are written in UTC.

    Cost: the rows are kept on disk until the last one has come, for the file's directory stands at its end.
    """
    book = Workbook(write_only=True)
    upcoming = iter(rows)
    for number in range(1, 1000):
        sheet = book.create_sheet(title if number == 1 else f"{title} {number}")
        sheet.freeze_panes = "A2"
        sheet.append([_xlsx_cell(sheet, name) for name in head])
        count = 1
        for row in islice(upcoming, MOST_ROWS - 1):
            sheet.append([_xlsx_cell(sheet, value) for value in row])
            count += 1
        if count < MOST_ROWS:
            break
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
        book.save(file)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


class _Buffer:
    """Where the CSV writer writes to, and from where it is taken."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def write(self, text: str) -> int:
        self._parts.append(text)
        return len(text)

    def take(self) -> bytes:
        data = "".join(self._parts).encode("utf-8", errors="replace")
        self._parts.clear()
        return data


def _csv_cell(value: Value) -> str | int | float:
    plain = _plain(value)
    return defused(plain) if isinstance(plain, str) else plain


def _xlsx_cell(sheet: WriteOnlyWorksheet, value: Value) -> Cell:
    if isinstance(value, datetime.datetime) and value.year >= 1901:
        # A spreadsheet knows no time zones; the heads of columns say that times are in UTC.
        dated = WriteOnlyCell(sheet, value.astimezone(datetime.UTC).replace(tzinfo=None))
        dated.number_format = "yyyy-mm-dd hh:mm:ss"
        return dated
    plain = _plain(value)
    if isinstance(plain, float) or (isinstance(plain, int) and abs(plain) <= _LARGEST_WHOLE):
        return WriteOnlyCell(sheet, plain)
    cell = WriteOnlyCell(sheet, _fitting(defused(_NOT_IN_XML.sub("\ufffd", str(plain)))))
    # Said last: the library takes a text like #N/A for an error of the sheet.
    cell.data_type = "s"
    return cell


def _fitting(text: str) -> str:
    """A text as long as a cell may be; what is cut says so."""
    if len(text) <= LONGEST_CELL:
        return text
    note = f" … ({len(text)} characters, cut here)"
    return text[: LONGEST_CELL - len(note)] + note


def _plain(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
