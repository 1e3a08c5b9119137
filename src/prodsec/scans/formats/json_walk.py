"""JSON of any size, row by row: a skeleton in memory, the rows as places in the file.

The walk follows the declared paths and notes where the rows are; everything else becomes the skeleton, a plain tree in which
each list of rows is a `RowList`. So what stands behind the rows (SARIF's rules behind its results) is known before the first
row is read. A file that fits into memory is cut by msgspec (`Raw`, about 2 GB/s). A larger one, and one that msgspec refuses, is
walked by `json_scan`, whose memory does not grow with the file and which finds the exact place of what is wrong.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from prodsec.scans.formats.json_scan import (
    ARRAY,
    BROKEN,
    MOST_VALUES,
    OBJECT,
    WINDOW,
    Cursor,
    Data,
    Scanner,
    crowd,
    escape,
    few_values,
    pointer_of,
    signs,
    split,
)
from prodsec.scans.types import Limits, ReportError

Tree = Any

FITS_INTO_MEMORY = 1 << 25
LARGEST_ASIDE = 32_000_000
"""Off the paths, a value larger than this is left out of the skeleton (None): it would only fill memory."""
LARGEST_SKELETON = 64_000_000
# A member on the way to rows is kept with its name, its list of rows and what it stands in.
_VALUES_OF_A_STEP = 4


@dataclass
class Node:
    """Where the declared paths go on from here: by key, by any element, or right to rows."""

    keys: dict[str, "Node"] = field(default_factory=dict)
    star: "Node | None" = None
    path: str = ""


def paths_node(paths: tuple[str, ...]) -> Node:
    """The declared paths as one tree. A path is keys and `[*]` (any element or value), such as `runs[*].results[*]`."""
    root = Node()
    for path in paths:
        node = root
        for quoted, step in re.findall(r'\["([^"]*)"\]|(\[\*\]|[^.\[\]]+)', path):
            if step == "[*]":
                node.star = node.star or Node()
                node = node.star
            else:
                node = node.keys.setdefault(quoted or step, Node())
        node.path = path
    return root


class RowList:
    """Where the rows of one list (or the values of one object) are. `parents` runs from the document down to its owner."""

    __slots__ = ("_count", "keyed", "parents", "path", "pointer", "raws", "spans")

    def __init__(self, parents: tuple[Tree, ...], pointer: str, path: str) -> None:
        self.parents = parents
        self.pointer = pointer
        self.path = path
        self.keyed = False
        self.raws: list[tuple[str | int, msgspec.Raw]] = []
        self.spans: list[tuple[int, int]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, start: int, end: int, count: int) -> None:
        """Note where rows are; neighbours are put together, so that millions of rows need few places."""
        if self.spans and end - self.spans[-1][0] < WINDOW:
            self.spans[-1] = (self.spans[-1][0], end)
        else:
            self.spans.append((start, end))
        self._count += count

    def hold(self, raws: list[tuple[str | int, msgspec.Raw]]) -> None:
        """Keep rows that are in memory already."""
        self.raws = raws
        self._count = len(raws)


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row: its bytes, its place, what it stands in, its key where rows are an object's values, and its declared path."""

    raw: bytes | msgspec.Raw
    pointer: str
    parents: tuple[Tree, ...] = ()
    key: str = ""
    path: str = ""

    def tree(self) -> Tree:
        """The row as a plain tree. Raises: ValueError that says why it is none."""
        return plain(self.raw)


class TreeRow(msgspec.Struct, frozen=True):
    """A row that is a plain tree already (XML, tables)."""

    value: Tree
    pointer: str
    parents: tuple[Tree, ...] = ()
    path: str = ""
    key: str = ""

    def tree(self) -> Tree:
        """The row as a plain tree."""
        return self.value


AnyRow = Row | TreeRow


def plain(raw: bytes | msgspec.Raw) -> Tree:
    """The tree of one value. Also reads what JSON forbids but tools write: bare control characters and lone surrogates.

    Raises: ValueError for what is no JSON even so (NaN, text that is not UTF-8, endless nesting).
    """
    try:
        return msgspec.json.decode(raw)
    except BROKEN as error:
        try:
            tree = json.loads(bytes(raw).decode("utf-8"), strict=False, parse_constant=_refuse_constant)
            return json.loads(json.dumps(tree, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"))
        except UnicodeDecodeError as wrong:
            raise ValueError(f"not UTF-8 at byte {wrong.start} of the row") from None
        except RecursionError:
            raise ValueError("nested too deep") from None
        except json.JSONDecodeError:
            raise ValueError(f"not valid JSON: {error}") from None


def _refuse_constant(word: str) -> Tree:
    raise ValueError(f"{word} is no number in JSON")


class JsonDocument:
    """One JSON document, walked. `skeleton` is final after construction; `rows()` may be asked again."""

    def __init__(self, data: Data, paths: tuple[str, ...], limits: Limits) -> None:
        """Walk the document. `end` is the offset after it.

        Raises: ReportError when it is no JSON, ends early, or goes beyond a limit.
        """
        self._limits = limits
        self._count = 0
        self._kept = 0
        self._values = 0
        # What is kept beside the rows and was counted with the commas in its texts, which is quick and mostly enough.
        self._uncounted: list[tuple[int, int]] = []
        self._scanner = Scanner(data, limits)
        self.row_lists: list[RowList] = []
        start = self._scanner.space(3 if data[:3] == b"\xef\xbb\xbf" else 0)
        node = paths_node(paths)
        if len(data) <= min(FITS_INTO_MEMORY, limits.row_bytes) and few_values(data):
            try:
                self.skeleton, self.end = self._cut(msgspec.Raw(data[start:]), node, (), ""), len(data)
            except BROKEN:
                self.row_lists.clear()
                self._count = 0
            else:
                return
        self.skeleton, end = self._walk(start, node, ())
        self.end = self._scanner.space(end)

    def rows(self, row_list: RowList | None = None) -> Iterator[Row]:
        """The rows in the order of the file, of one list or of all."""
        for rows in self.row_lists if row_list is None else [row_list]:
            base, parents, path = f"{rows.pointer}/", rows.parents, rows.path
            for key, raw in rows.raws or self._members(rows):
                if isinstance(key, str):
                    yield Row(raw, base + escape(key), parents, key, path)
                else:
                    yield Row(raw, f"{base}{key}", parents, "", path)

    def _members(self, rows: RowList) -> Iterator[tuple[str | int, bytes | msgspec.Raw]]:
        index = 0
        for start, end in rows.spans:
            text = self._scanner.data[start:end]
            try:
                members: Any = split(text, keyed=rows.keyed)
            except BROKEN:
                members = _split_broken(text, keyed=rows.keyed, limits=self._limits)
            for key, raw in members:
                if not few_values(raw):
                    place = f"{rows.pointer}/{escape(key) if isinstance(key, str) and rows.keyed else index}"
                    raise ReportError(f"a row of more than {MOST_VALUES} values", place=place)
                yield (key if rows.keyed else index), raw
                index += 1
            self._scanner.drop(end)

    def _cut(self, raw: msgspec.Raw, node: Node, parents: tuple[Tree, ...], pointer: str) -> Tree:
        """The walk for what is in memory. Raises: those of BROKEN, for `_walk` to say what is wrong."""
        sign = bytes(memoryview(raw)[:1])
        if sign == b"{" and (node.keys or node.star):
            return self._cut_object(msgspec.json.decode(raw, type=dict[str, msgspec.Raw]), node, parents, pointer)
        if sign == b"[" and node.star:
            elements = msgspec.json.decode(raw, type=list[msgspec.Raw])
            if node.star.path:
                return self._hold(list(enumerate(elements)), node.star.path, parents, pointer)
            items: list[Tree] = []
            inner = (*parents, items)
            for number, element in enumerate(elements):
                items.append(self._cut(element, node.star, inner, f"{pointer}/{number}"))
            return items
        return msgspec.json.decode(raw)

    def _cut_object(self, fields: dict[str, msgspec.Raw], node: Node, parents: tuple[Tree, ...], pointer: str) -> Tree:
        tree: dict[str, Tree] = {}
        inner = (*parents, tree)
        to_rows = node.star is not None and node.star.path
        for key, value in fields.items():
            child = node.keys.get(key) or node.star
            if child is None:
                tree[key] = msgspec.json.decode(value)
            elif not to_rows or key in node.keys:
                tree[key] = self._cut(value, child, inner, f"{pointer}/{escape(key)}")
        if not to_rows:
            return tree
        raws: list[tuple[str | int, msgspec.Raw]] = [item for item in fields.items() if item[0] not in node.keys]
        rows = self._hold(raws, to_rows, parents, pointer)
        rows.keyed = True
        return tree or rows

    def _hold(
        self, raws: list[tuple[str | int, msgspec.Raw]], path: str, parents: tuple[Tree, ...], pointer: str
    ) -> RowList:
        rows = self._new_rows(parents, pointer, path)
        rows.hold(raws)
        self._counted(len(raws), pointer)
        return rows

    def _walk(self, at: int, node: Node, parents: tuple[Tree, ...]) -> tuple[Tree, int]:
        scanner = self._scanner
        sign = scanner.data[at] if at < scanner.size else 0
        if sign == OBJECT and (node.keys or node.star):
            return self._walk_object(at, node, parents)
        if sign == ARRAY and node.star:
            if node.star.path:
                return self._walk_rows(at, node.star.path, parents)
            items: list[Tree] = []
            for _, value_at, cursor in scanner.members(at):
                item, cursor.at = self._walk(value_at, node.star, (*parents, items))
                items.append(item)
                self._keep_values(_VALUES_OF_A_STEP)
            return items, scanner.end
        end = scanner.skip(at)
        return self._aside(at, end), end

    def _walk_object(self, at: int, node: Node, parents: tuple[Tree, ...]) -> tuple[Tree, int]:
        scanner = self._scanner
        to_rows = node.star.path if node.star is not None else ""
        if to_rows and not node.keys:
            return self._walk_rows(at, to_rows, parents)
        tree: dict[str, Tree] = {}
        inner = (*parents, tree)
        rows = self._new_rows(parents, pointer_of(scanner.path), to_rows) if to_rows else None
        for key, value_at, cursor in scanner.members(at):
            name = str(key)
            if rows is not None and name not in node.keys:
                self._note_member(rows, value_at, cursor)
                continue
            child = node.keys.get(name) or node.star
            if name in tree:
                self._forget_rows()
            if child is not None:
                tree[name], cursor.at = self._walk(value_at, child, inner)
            else:
                cursor.at = scanner.skip(value_at)
                tree[name] = self._aside(value_at, cursor.at)
            self._keep_values(_VALUES_OF_A_STEP)
            scanner.drop(cursor.at)
        return rows if rows is not None and not tree else tree, scanner.end

    def _note_member(self, rows: RowList, value_at: int, cursor: Cursor) -> None:
        start = self._scanner.key_start
        cursor.at = self._scanner.skip(value_at)
        rows.keyed = True
        rows.add(start, cursor.at, 1)
        self._counted(1, rows.pointer)

    def _walk_rows(self, at: int, path: str, parents: tuple[Tree, ...]) -> tuple[Tree, int]:
        scanner = self._scanner
        rows = self._new_rows(parents, pointer_of(scanner.path), path)
        rows.keyed = scanner.data[at] == OBJECT
        for start, end, count in scanner.chunks(at, self._limits.row_bytes):
            rows.add(start, end, count)
            self._counted(count, rows.pointer)
            scanner.drop(end)
        return rows, scanner.end

    def _forget_rows(self) -> None:
        """A member that comes a second time replaces the first, rows included."""
        here = pointer_of(self._scanner.path)
        self.row_lists = [rows for rows in self.row_lists if not f"{rows.pointer}/".startswith(f"{here}/")]

    def _new_rows(self, parents: tuple[Tree, ...], pointer: str, path: str) -> RowList:
        rows = RowList(tuple(parent for parent in parents if isinstance(parent, dict)), pointer, path)
        self.row_lists.append(rows)
        return rows

    def _counted(self, count: int, pointer: str) -> None:
        self._count += count
        if self._count > self._limits.rows:
            raise ReportError(f"more than {self._limits.rows} rows; split the report", place=pointer or "/")

    def _keep_values(self, count: int) -> None:
        self._values += count
        if self._values <= MOST_VALUES:
            return
        for start, end in self._uncounted:
            text = self._scanner.data[start:end]
            self._values += crowd(text) - signs(text)
        self._uncounted.clear()
        if self._values > MOST_VALUES:
            raise self._scanner.error(f"more than {MOST_VALUES} values beside the rows")

    def _aside(self, start: int, end: int) -> Tree:
        if end - start > LARGEST_ASIDE:
            return None
        self._kept += end - start
        if self._kept > LARGEST_SKELETON:
            raise self._scanner.error(f"more than {LARGEST_SKELETON} bytes beside the rows")
        raw = self._scanner.data[start:end]
        self._uncounted.append((start, end))
        self._keep_values(signs(raw))
        try:
            return plain(raw)
        except ValueError as error:
            raise self._scanner.error(f"near byte {start}: {error}") from None


def _split_broken(text: bytes, *, keyed: bool, limits: Limits) -> list[tuple[str | int, bytes]]:
    """The members of a text in which at least one is no proper JSON; each is cut out, so that the others can be read."""
    scanner = Scanner(b"{" + text + b"}" if keyed else b"[" + text + b"]", limits)
    found = []
    for key, at, cursor in scanner.members(0):
        cursor.at = scanner.skip(at)
        found.append((key, scanner.data[at : cursor.at]))
    return found
