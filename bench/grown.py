"""Samples made long: the rows of a report again and again, around them the report as it was.

What a row costs cannot be told from a sample of three, most of which is opening the file. So its rows are repeated where they
stand: the elements of a list, the values of an object, the lines of a table or a text, the elements of XML. A report that is one
row, or one in an archive, is not grown; it can only be read again and again.
"""

import functools
import importlib
import io
import json
import re
import zipfile
from typing import Any

from prodsec.scans.formats import custom
from prodsec.scans.formats.custom import cyclonedx_xml
from prodsec.scans.formats.json_walk import JsonDocument
from prodsec.scans.formats.mapping import LazySpec
from prodsec.scans.formats.registry import Format
from prodsec.scans.formats.tables import csv_columns
from prodsec.scans.types import Limits

Tree = Any
_TABLE_ROW = re.compile(rb"<tr[ >](?:(?!</tr>).)*?<td.*?</tr>", re.S)


def grown(data: bytes, chosen: Format, pointers: list[str], times: int) -> bytes | None:
    """A report with its rows so many times; None where they cannot be repeated. `pointers`: the places of its findings."""
    reader = chosen.spec.reader if isinstance(chosen, LazySpec) else ""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if zipfile.is_zipfile(io.BytesIO(data)):
        return None
    if reader == "html" or b"<html" in data[:1_000].lower():
        return _TABLE_ROW.sub(lambda row: row[0] * times, data)
    if reader == "xml" or (not reader and start == b"<"):
        return _elements(data, _paths(chosen), times)
    if reader in ("csv", "xlsx"):
        return _table(data, times)
    if reader == "json" or (not reader and not any(place.startswith("line") for place in pointers)):
        return _members(data, _paths(chosen), pointers, times)
    return (data.rstrip() + b"\n") * times


def _paths(chosen: Format) -> tuple[str, ...]:
    if isinstance(chosen, LazySpec):
        return tuple(dict.fromkeys(path for block in chosen.spec.blocks for path in block.paths if path))
    paths: tuple[str, ...] = getattr(importlib.import_module(f"{custom.__name__}.{chosen.id}"), "PATHS", ())
    return (*paths, *cyclonedx_xml.PATHS) if chosen.id == "cyclonedx" else paths


def _table(data: bytes, times: int) -> bytes:
    lines = data.splitlines(keepends=True)
    first = csv_columns(data)[2] + 1
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    return b"".join(lines[:first] + lines[first:] * times)


def _elements(data: bytes, paths: tuple[str, ...], times: int) -> bytes:
    """By their text: every row within an element that holds rows."""
    for holder, name in dict.fromkeys(tuple(["", *path.split("/")][-2:]) for path in paths if "[" not in path):
        within = _element(holder) if holder else re.compile(rb"\A.*\Z", re.S)
        data = within.sub(functools.partial(_repeated, rows=_element(name), times=times), data)
    return data


def _repeated(within: re.Match[bytes], *, rows: re.Pattern[bytes], times: int) -> bytes:
    return rows.sub(lambda row: row[0] * times, within[0])


def _element(name: str) -> re.Pattern[bytes]:
    tag = rb"(?:[\w.-]+:)?" + re.escape(name).encode()
    return re.compile(rb"<" + tag + rb"(?=[\s/>])(?:[^<>]*/>|.*?</" + tag + rb"\s*>)", re.S)


def _members(data: bytes, paths: tuple[str, ...], pointers: list[str], times: int) -> bytes | None:
    tree = json.loads(data.decode("utf-8-sig"))
    into_lists = tuple(path for path in paths if path.startswith("[") and path[1:2] != '"')
    fitting = (
        into_lists if isinstance(tree, list) and into_lists else tuple(path for path in paths if path not in into_lists)
    )
    places = {tuple(_steps(rows.pointer)) for rows in JsonDocument(data, fitting, Limits()).row_lists}
    found = {place for place in places if _at(tree, place)} or {_outermost(tree, pointer) for pointer in pointers}
    if found <= {None}:
        return None
    for place in found - {None}:
        owner = _at(tree, place)
        if isinstance(owner, list):
            owner *= times
        elif isinstance(owner, dict):
            owner |= {f"{key}~{number}": value for number in range(1, times) for key, value in list(owner.items())}
    return json.dumps(tree).encode()


def _outermost(tree: Tree, pointer: str) -> tuple[str, ...] | None:
    """Where the outermost list is on the way to a finding."""
    way: list[str] = []
    for step in _steps(pointer):
        if isinstance(tree, list):
            return tuple(way)
        tree = tree.get(step) if isinstance(tree, dict) else None
        way.append(step)
    return None


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _at(tree: Tree, steps: tuple[str, ...]) -> Tree:
    for step in steps:
        tree = tree[int(step)] if isinstance(tree, list) else tree.get(step)
    return tree
