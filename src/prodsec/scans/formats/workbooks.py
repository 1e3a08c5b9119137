"""XLSX: rows of all sheets by the names of their columns. A workbook is an archive of XML, and is looked at as one before it is opened."""

import itertools
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.formats.tables import named, names_of, refuse_wide
from prodsec.scans.types import Limits, ReportError

_BLOCK = 1 << 20
_LARGEST_PART = 64_000_000
"""Of what is not a sheet: shared texts, styles, names. The program that opens a workbook keeps all of it in memory."""
_MOST_TAGS = 3_000_000
_ROWS_OF_A_SHEET = 1_048_576
_MOST_CELLS = 200_000_000
_UTF_8_OR_BOM = (b"<", b"\xef\xbb\xbf<")


def xlsx_sheets(file: IO[bytes], limits: Limits) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
    """Each sheet's name and rows of values. Raises: ReportError for a file that is damaged or unpacks to too much."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        if len(entries) > limits.archive_members:
            raise ReportError(f"the workbook has {len(entries)} parts; at most {limits.archive_members} are read")
        if size > limits.archive_bytes or size > max(packed, 1) * limits.archive_ratio:
            raise ReportError(f"the workbook unpacks to {size} bytes; it looks like a zip bomb")
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                _look_over(archive, entry)
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


def _look_over(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Look over one part. Raises: ReportError for one that declares entities, or would fill the memory."""
    name = entry.filename.lower()
    if not name.endswith((".xml", ".rels")):
        return
    is_sheet = name.startswith("xl/worksheets/")
    if not is_sheet and entry.file_size > _LARGEST_PART:
        raise ReportError(f"the workbook's {name[:80]} has more than {_LARGEST_PART} bytes")
    tags, rest = 0, b""
    with archive.open(entry) as part:
        while block := part.read(_BLOCK):
            if not rest and not tags and not block.lstrip().startswith(_UTF_8_OR_BOM):
                raise ReportError(f"the workbook's {name[:80]} is no XML in UTF-8")
            if b"<!DOCTYPE" in rest + block:
                raise ReportError(f"the workbook's {name[:80]} has a document type, which no workbook needs")
            tags += 0 if is_sheet else block.count(b"<")
            if tags > _MOST_TAGS:
                raise ReportError(f"the workbook's {name[:80]} has more than {_MOST_TAGS} tags")
            rest = block[-16:]


def xlsx_columns(file: IO[bytes], limits: Limits) -> list[str]:
    """The columns of the first sheet that has some."""
    for _, rows in xlsx_sheets(file, limits):
        for values in itertools.islice(rows, 20):
            if sum(value is not None for value in values) > 1:
                return [str(value).strip() for value in values if value is not None]
    return []


def xlsx_rows(file: IO[bytes], limits: Limits) -> Iterator[TreeRow]:
    """Rows of all sheets as objects by column name. Raises: ReportError beyond the limit of rows."""
    count = seen = cells_seen = 0
    for title, rows in xlsx_sheets(file, limits):
        header: list[str] = []
        names: dict[str, str] = {}
        for number, values in enumerate(rows, start=1):
            seen += 1
            cells_seen += len(values)
            place = f"{title}!{number}"
            if number > _ROWS_OF_A_SHEET or seen > limits.rows:
                raise ReportError("more rows than a workbook can have; split the report", place=place)
            if cells_seen > _MOST_CELLS:
                raise ReportError(f"more than {_MOST_CELLS} cells; split the report", place=place)
            if not header:
                if sum(value is not None for value in values) > 1:
                    refuse_wide(len(values), place)
                    header = [str(value or "").strip() for value in values]
                    names = names_of(header)
                continue
            if all(value is None for value in values):
                continue
            count += 1
            if count > limits.rows:
                raise ReportError(f"more than {limits.rows} rows; split the report", place=place)
            cells = ((name, value) for name, value in zip(header, values, strict=False) if name and value is not None)
            yield TreeRow(named(cells, names), place)
