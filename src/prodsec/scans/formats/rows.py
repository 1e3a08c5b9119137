"""Rows of any reader as plain trees, behind one face for the specs."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import IO, Any

from prodsec.scans.formats import html_rows, tables, text_rows, workbooks, xml_rows
from prodsec.scans.formats.detect import decoded, repaired
from prodsec.scans.formats.expressions import Scope
from prodsec.scans.formats.json_lines import json_lines
from prodsec.scans.formats.json_walk import AnyRow, JsonDocument, TreeRow
from prodsec.scans.formats.paths import steps_of
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Limits, ReportError

Tree = Any
_HEAD = 65_536


class TreeRows:
    """The rows of one member, and the document around them where there is one. Iterated once."""

    def __init__(
        self,
        rows: Iterator[AnyRow],
        root: Tree = None,
        *,
        row_first: bool = False,
        document: Callable[[], Tree] | None = None,
    ) -> None:
        """`document` gives the root where it is not known: it is asked for only when there is no row to look at."""
        self._rows = rows
        self._document = document
        self._row_first = row_first
        self._ahead: list[AnyRow] = []
        self.root = root

    def first(self) -> Scope:
        """What a header is read from: a JSON document; in XML and HTML the first row, with the whole document as `$`; else the first row."""
        row = next(self._rows, None)
        if row is not None:
            self._ahead.append(row)
        elif self.root is None and self._document is not None:
            self.root = self._document()
        if row is None or (self.root is not None and not self._row_first):
            return Scope(self.root or {}, (self.root or {},), self.root or {})
        try:
            tree = row.tree()
        except ValueError:
            tree = {}
        root = self.root if self.root is not None else row.parents[0] if row.parents else tree
        return Scope(tree, row.parents, root, row.key)

    def __iter__(self) -> Iterator[AnyRow]:
        """In the order of the report."""
        while self._ahead:
            yield self._ahead.pop()
        yield from self._rows


@contextlib.contextmanager
def open_rows(
    reader: str,
    member: Member,
    paths: tuple[str, ...],
    limits: Limits,
    *,
    together: tuple[str, ...] = (),
    is_whole: bool = True,
) -> Iterator[TreeRows]:
    """The member's rows by the given reader; of a table, those that are equal in the columns `together` as one. Raises: ReportError.

    Cost: XML is walked twice when `is_whole`: what stands behind the rows is then known before the first of them.
    """
    if reader in ("json", "jsonl"):
        with member.mapped() as data:
            yield _json(reader, data, tuple(path for path in paths if path), limits)
        return
    with member.path.open("rb") as file:
        if reader == "xml":
            document = functools.partial(_xml_root, file, paths, limits)
            root = document() if is_whole else None
            file.seek(0)
            yield TreeRows(xml_rows.xml_rows(file, paths, limits), root, row_first=True, document=document)
        elif reader == "html":
            root = html_rows.html_root(file, paths, limits)
            file.seek(0)
            yield TreeRows(html_rows.html_rows(file, paths, limits), root, row_first=True)
        else:
            is_book = member.head(4) == b"PK\x03\x04"
            cells = workbooks.xlsx_rows(file, limits) if is_book else tables.csv_rows(file, member.head(), limits)
            yield TreeRows(tables.joined(cells, together) if together else cells)


def _xml_root(file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> Tree:
    file.seek(0)
    return xml_rows.xml_root(file, paths, limits)


@contextlib.contextmanager
def open_text(member: Member, layout: text_rows.Layout, limits: Limits) -> Iterator[TreeRows]:
    """The rows of a member that is plain text. Raises: ReportError."""
    head = member.head()
    with member.path.open("rb") as file:
        root = text_rows.text_document(file, head, layout, limits)
        file.seek(0)
        yield TreeRows(text_rows.text_rows(file, head, layout, root, limits), root)


def _json(reader: str, data: Any, paths: tuple[str, ...], limits: Limits) -> TreeRows:
    if reader == "jsonl":
        return TreeRows(json_lines(data, limits))
    paths = _fitting(data, paths)
    document = JsonDocument(data, paths, limits)
    refuse_trailing(document, len(data))
    if not paths:
        return TreeRows(iter([TreeRow(document.skeleton, "")]), document.skeleton)
    root = document.skeleton if isinstance(document.skeleton, dict) else None
    return TreeRows(document.rows(), root)


def _fitting(data: Any, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Of paths into lists (`[*]`) and into objects those that fit the document.

    Of an object that has what another path begins with, the values are no rows themselves: they are what surrounds the rows.
    """
    into_lists = tuple(path for path in paths if path[:1] == "[" and path[1:2] != '"')
    into_objects = tuple(path for path in paths if path not in into_lists)
    if not into_lists or not into_objects:
        return paths
    head = bytes(data[:_HEAD]).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] == b"[":
        return into_lists
    tree = decoded(repaired(head))
    present = isinstance(tree, dict) and any(steps_of(path)[:1] and steps_of(path)[0] in tree for path in into_objects)
    return into_objects if present else paths


def refuse_trailing(document: JsonDocument, size: int) -> None:
    """Raise ReportError when something follows the document."""
    if document.end < size:
        raise ReportError(f"something follows the JSON document at byte {document.end}", place="/")
