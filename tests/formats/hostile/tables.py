"""Hostile tables: CSV with lines, cells and columns without end, quotes that never close; workbooks that unpack to far more than they are."""

import io
import itertools
import os
import zipfile
from collections.abc import Iterator

from tests.formats.hostile import Blocks, Case, around, repeated

_HEAD = b"title,severity,description,file\n"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override '
        'PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_REL}/sharedStrings" '
        f'Target="sharedStrings.xml"/></Relationships>'
    ),
}  # fmt: skip
_SHEET = f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Title</t></is></c><c r="B1" t="inlineStr"><is><t>Severity</t></is></c></row>'.encode()
_SHEET_END = b"</sheetData></worksheet>"
_STRINGS = f'<sst xmlns="{_MAIN}">'.encode()
_LARGEST_PART = 400_000_000


def _book(part: str, front: bytes, unit: bytes, back: bytes) -> Blocks:
    """A workbook of which one part is as long as the size; packed it is far smaller. Others are as they should be."""

    def blocks(size: int) -> Iterator[bytes]:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, text in _PARTS.items():
                if name != part:
                    archive.writestr(name, text)
            archive.writestr("xl/media/noise.bin", os.urandom(size // 20))  # so that nothing is told by the ratio
            if part != "xl/worksheets/sheet1.xml":
                archive.writestr("xl/worksheets/sheet1.xml", _SHEET + _SHEET_END)
            if part != "xl/sharedStrings.xml":
                archive.writestr("xl/sharedStrings.xml", _STRINGS + b"</sst>")
            with archive.open(part, "w", force_zip64=True) as file:
                for block in around(front, repeated(unit, min(size, _LARGEST_PART)), back):
                    file.write(block)
        yield out.getvalue()

    return blocks


def _text(front: bytes, unit: bytes, back: bytes = b"") -> Blocks:
    return lambda size: around(front, repeated(unit, size), back)


def _columns(size: int) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        block = b",".join(b"c%d" % one for one in range(number, number + 50_000)) + b","
        yield block
        made += len(block)
        number += 50_000


CASES: dict[str, Case] = {
    "csv: ten million columns": Case(lambda size: around(b"title,severity,", _columns(size), b"x\na,high\n"), "generic_csv"),
    "csv: ten million columns, no hint": Case(lambda size: around(b"title,severity,", _columns(size), b"x\na,high\n")),
    "csv: columns, then rows of cells": Case(
        lambda size: itertools.chain(around(b"title,severity,", _columns(size // 20), b"x\n"), repeated(b"," * 200_000 + b"a\n", size))
    , "generic_csv"),
    "csv: a row of commas": Case(_text(_HEAD, b","), "generic_csv"),
    "csv: rows of commas": Case(_text(_HEAD, b"," * 4_000 + b"\n"), "generic_csv"),
    "csv: rows of columns": Case(_text(b"title,severity," + b"c," * 100_000 + b"\n", b"a,high," + b"," * 200_000 + b"\n"), "generic_csv"),
    "csv: a quote that never closes": Case(_text(_HEAD + b'"', b"a\n"), "generic_csv"),
    "csv: quotes that never close": Case(_text(_HEAD, b'"\n'), "generic_csv"),
    "csv: quotes": Case(_text(_HEAD, b'"'), "generic_csv"),
    "csv: one line": Case(_text(_HEAD, b"a"), "generic_csv"),
    "csv: empty lines": Case(_text(_HEAD, b"\n"), "generic_csv"),
    "csv: returns": Case(_text(_HEAD, b"\r"), "generic_csv"),
    "csv: small rows": Case(_text(_HEAD, b"a,b\n"), "generic_csv"),
    "csv: rows without a title": Case(_text(_HEAD, b",b\n"), "generic_csv"),
    "csv: no UTF-8": Case(_text(_HEAD, b"\xff\xfe,\x81\n"), "generic_csv"),
    "csv: NUL": Case(_text(_HEAD, b"\x00"), "generic_csv"),
    "csv: a cell of half the file": Case(_text(_HEAD + b'"', b"a" * 79 + b"\n", b'",high\n'), "generic_csv"),
    "csv: rows in quotes": Case(_text(b'"title,""severity"",""description"""\n', b'"a,""high"",""b"""\n'), "generic_csv"),
    "csv: signs of a formula": Case(_text(_HEAD, b"=1+1,high\n"), "generic_csv"),
    **{
        f"xlsx: {name}": Case(_book(*made), "generic_csv")
        for name, made in {
            "shared texts": ("xl/sharedStrings.xml", _STRINGS, b"<si><t>ab</t></si>", b"</sst>"),
            "empty shared texts": ("xl/sharedStrings.xml", _STRINGS, b"<si/>", b"</sst>"),
            "one shared text": ("xl/sharedStrings.xml", _STRINGS + b"<si><t>", b"a", b"</t></si></sst>"),
            "runs of a shared text": ("xl/sharedStrings.xml", _STRINGS + b"<si>", b"<r><t>a</t></r>", b"</si></sst>"),
            "rows": ("xl/worksheets/sheet1.xml", _SHEET, b"<row><c><v>1</v></c></row>", _SHEET_END),
            "empty rows": ("xl/worksheets/sheet1.xml", _SHEET, b"<row/>", _SHEET_END),
            "cells of one row": ("xl/worksheets/sheet1.xml", _SHEET + b"<row>", b"<c><v>1</v></c>", b"</row>" + _SHEET_END),
            "empty cells of one row": ("xl/worksheets/sheet1.xml", _SHEET + b"<row>", b"<c/>", b"</row>" + _SHEET_END),
            "rows far to the right": ("xl/worksheets/sheet1.xml", _SHEET, b'<row><c r="XFD2"><v>1</v></c></row>', _SHEET_END),
            "rows far below": ("xl/worksheets/sheet1.xml", _SHEET, b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>', _SHEET_END),
            "a row beyond the last": ("xl/worksheets/sheet1.xml", _SHEET, b'<row r="999999999"><c><v>1</v></c></row>', _SHEET_END),
            "one cell": ("xl/worksheets/sheet1.xml", _SHEET + b'<row><c t="str"><v>', b"a", b"</v></c></row>" + _SHEET_END),
            "a huge number": ("xl/worksheets/sheet1.xml", _SHEET + b"<row><c><v>", b"9", b"</v></c></row>" + _SHEET_END),
            "sheets": ("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'.encode(), b'<sheet name="s" sheetId="1" r:id="rId1"/>', b"</sheets></workbook>"),
            "names": ("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets/><definedNames>'.encode(), b'<definedName name="a">b</definedName>', b"</definedNames></workbook>"),
            "relations": ("xl/_rels/workbook.xml.rels", b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">', b'<Relationship Id="a" Type="b" Target="c"/>', b"</Relationships>"),
            "types": ("[Content_Types].xml", b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">', b'<Override PartName="/a" ContentType="b"/>', b"</Types>"),
        }.items()
    },
}  # fmt: skip
