"""JSON of any size, row by row: a skeleton in memory, the rows as places in the file.

The walk follows the declared paths and notes where each row begins and ends; everything else becomes the skeleton, a plain
tree in which each list of rows is a `RowList`. So what stands behind the rows (SARIF's rules behind its results) is known
before the first row is read. Two ways to walk: a file that fits into memory is cut by msgspec (`Raw`, about 2 GB/s); a
larger one by one possessive regular expression over the mapped file (about 150 MB/s), whose pages are given back as the walk
goes on, so that memory does not grow with the file. The second also finds the exact place of what the first refuses.
"""

import mmap
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from prodsec.scans.types import Limits, ReportError

Data = bytes | mmap.mmap
Tree = Any

# Off the paths, a value larger than this is left out of the skeleton (None): it would only fill memory.
LARGEST_ASIDE = 32_000_000
FITS_INTO_MEMORY = 64_000_000
_DROP_BYTES = 32 * 1024 * 1024
_MATCHED_LEVELS = 12

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT = rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+'
_SCALAR = rb'(?:[^"\[\]{},:\s]++)'


def _nested(levels: int) -> bytes:
    """A pattern for what a container holds, containers within it up to some levels deep."""
    inside = _FLAT
    for _ in range(levels):
        inside = rb'[^"\[\]{}]*+(?:(?:' + _STRING + rb"|[\[{]" + inside + rb'[\]}])[^"\[\]{}]*+)*+'
    return inside


_VALUE = re.compile(rb"[\[{]" + _nested(_MATCHED_LEVELS) + rb"[\]}]|" + _STRING + rb"|" + _SCALAR, re.S)
_BRACKET = re.compile(_FLAT + rb"([\[\]{}])", re.S)
_SPACE = re.compile(rb"\s*+")
_KEY = re.compile(rb"\s*+(" + _STRING + rb")\s*+:\s*+", re.S)
_AFTER = re.compile(rb"\s*+([,\]}])")
_IN_STRING = re.compile(rb'(?:[^"]*+' + _STRING + rb')*+[^"]*+"(?:[^"\\]++|\\.)*+\\?\Z', re.S)


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
        for step in re.findall(r"\[\*\]|[^.\[\]]+", path):
            if step == "[*]":
                node.star = node.star or Node()
                node = node.star
            else:
                node = node.keys.setdefault(step, Node())
        node.path = path
    return root


class RowList:
    """Where the rows of one list (or the values of one object) are. `parents` runs from the document down to its owner."""

    __slots__ = ("ends", "keys", "parents", "path", "pointer", "raws", "starts")

    def __init__(self, parents: tuple[Tree, ...], pointer: str, path: str) -> None:
        self.parents = parents
        self.pointer = pointer
        self.path = path
        self.keys: list[str] | None = None
        self.raws: list[msgspec.Raw] = []
        self.starts = array("Q")
        self.ends = array("Q")

    def __len__(self) -> int:
        return len(self.raws) or len(self.starts)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its bytes, its place, what it stands in, its key where rows are an object's values, and its declared path."""

    raw: bytes | msgspec.Raw
    pointer: str
    parents: tuple[Tree, ...] = ()
    key: str = ""
    path: str = ""

    def tree(self) -> Tree:
        """The row as a plain tree. Raises: msgspec.DecodeError."""
        return msgspec.json.decode(self.raw)


class TreeRow(Row):
    """A row that is a plain tree already (XML, tables)."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Tree, pointer: str, parents: tuple[Tree, ...] = (), path: str = "") -> None:
        super().__init__(b"", pointer, parents, "", path)
        object.__setattr__(self, "_tree", tree)

    def tree(self) -> Tree:
        """The row as a plain tree."""
        return self._tree


class JsonDocument:
    """One JSON document, walked. `skeleton` is final after construction; `rows()` may be asked again."""

    def __init__(self, data: Data, paths: tuple[str, ...], limits: Limits) -> None:
        """Walk the document.

        Raises: ReportError when it is no JSON, ends early, or goes beyond a limit.
        """
        self._data = data
        self._limits = limits
        self._dropped = 0
        self._count = 0
        self.row_lists: list[RowList] = []
        start = _space(data, 3 if data[:3] == b"\xef\xbb\xbf" else 0)
        node = paths_node(paths)
        if len(data) <= FITS_INTO_MEMORY:
            try:
                self.skeleton, self.end = self._cut(_raw(data[start:]), node, (), "", 0), len(data)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self.row_lists.clear()
                self._count = 0
            else:
                return
        self.skeleton, self.end = self._walk(start, node, (), "", 0)

    def _cut(self, raw: msgspec.Raw, node: Node, parents: tuple[Tree, ...], pointer: str, depth: int) -> Tree:
        """The walk for what is in memory. Raises: msgspec.DecodeError when something is wrong, for `_walk` to say what."""
        sign = bytes(memoryview(raw)[:1])
        if sign == b"{" and (node.keys or node.star):
            return self._cut_object(
                msgspec.json.decode(raw, type=dict[str, msgspec.Raw]), node, parents, pointer, depth
            )
        if sign == b"[" and node.star:
            elements = msgspec.json.decode(raw, type=list[msgspec.Raw])
            if not node.star.path:
                items: list[Tree] = []
                inner = (*parents, items)
                for number, element in enumerate(elements):
                    items.append(self._cut(element, node.star, inner, f"{pointer}/{number}", depth + 1))
                return items
            return self._cut_rows(elements, None, node.star.path, parents, pointer)
        return msgspec.json.decode(raw)

    def _cut_object(
        self, fields: dict[str, msgspec.Raw], node: Node, parents: tuple[Tree, ...], pointer: str, depth: int
    ) -> Tree:
        tree: dict[str, Tree] = {}
        inner = (*parents, tree)
        named = (
            fields if not (node.star and node.star.path) else {key: fields[key] for key in node.keys if key in fields}
        )
        for key, value in named.items():
            child = node.keys.get(key) or node.star
            if child is None:
                tree[key] = msgspec.json.decode(value)
            else:
                tree[key] = self._cut(value, child, inner, f"{pointer}/{escape(key)}", depth + 1)
        if node.star is None or not node.star.path:
            return tree
        keys = [key for key in fields if key not in node.keys]
        rows = self._cut_rows([fields[key] for key in keys], keys, node.star.path, parents, pointer)
        return tree or rows

    def _cut_rows(
        self, raws: list[msgspec.Raw], keys: list[str] | None, path: str, parents: tuple[Tree, ...], pointer: str
    ) -> RowList:
        rows = self._new_rows(parents, pointer, path)
        rows.raws, rows.keys = raws, keys
        self._count += len(raws)
        if self._count > self._limits.rows:
            raise ReportError(f"more than {self._limits.rows} rows; split the report", place=pointer)
        return rows

    def rows(self, row_list: RowList | None = None) -> Iterator[Row]:
        """The rows in the order of the file, of one list or of all."""
        for rows in self.row_lists if row_list is None else [row_list]:
            for number in range(len(rows)):
                key = rows.keys[number] if rows.keys is not None else ""
                pointer = f"{rows.pointer}/{escape(key) if rows.keys is not None else number}"
                if rows.raws:
                    yield Row(rows.raws[number], pointer, rows.parents, key, rows.path)
                    continue
                start, end = rows.starts[number], rows.ends[number]
                yield Row(self._data[start:end], pointer, rows.parents, key, rows.path)
                self._drop(end)

    def _walk(self, at: int, node: Node, parents: tuple[Tree, ...], pointer: str, depth: int) -> tuple[Tree, int]:
        if depth > self._limits.depth:
            raise ReportError(f"nested deeper than {self._limits.depth} levels", place=pointer or "/")
        sign = self._data[at : at + 1]
        if sign == b"{" and (node.keys or node.star):
            return self._walk_object(at, node, parents, pointer, depth)
        if sign == b"[" and node.star:
            return self._walk_list(at, node.star, parents, pointer, depth)
        end = self._value_end(at, pointer)
        return self._decode(at, end, pointer), end

    def _walk_object(
        self, at: int, node: Node, parents: tuple[Tree, ...], pointer: str, depth: int
    ) -> tuple[Tree, int]:
        tree: dict[str, Tree] = {}
        inner = (*parents, tree)
        rows = None
        if node.star is not None and node.star.path:
            rows = self._new_rows(parents, pointer, node.star.path)
            rows.keys = []
        at = _space(self._data, at + 1)
        if self._data[at : at + 1] == b"}":
            return rows if rows is not None else tree, at + 1
        while True:
            match = _KEY.match(self._data, at)
            if match is None:
                raise self._broken(at, pointer)
            key, at = self._decode(match.start(1), match.end(1), pointer), match.end()
            child = node.keys.get(key) or node.star
            here = f"{pointer}/{escape(key)}"
            if rows is not None and key not in node.keys:
                end = self._value_end(at, here)
                self._add_row(rows, at, end)
                rows.keys.append(key)  # type: ignore[union-attr]  # set right above
                at = end
            elif child is not None:
                tree[key], at = self._walk(at, child, inner, here, depth + 1)
            else:
                end = self._value_end(at, here)
                tree[key], at = self._decode(at, end, here), end
            at, closed = self._after(at, b"}", here)
            if closed:
                return rows if rows is not None and not tree else tree, at

    def _walk_list(self, at: int, node: Node, parents: tuple[Tree, ...], pointer: str, depth: int) -> tuple[Tree, int]:
        rows = self._new_rows(parents, pointer, node.path) if node.path else None
        items: list[Tree] = []
        at = _space(self._data, at + 1)
        if self._data[at : at + 1] == b"]":
            return items if rows is None else rows, at + 1
        number = 0
        while True:
            if rows is None:
                item, at = self._walk(at, node, (*parents, items), f"{pointer}/{number}", depth + 1)
                items.append(item)
            else:
                end = self._value_end(at, f"{pointer}/{number}")
                self._add_row(rows, at, end)
                at = end
            number += 1
            at, closed = self._after(at, b"]", pointer)
            if closed:
                return items if rows is None else rows, at

    def _after(self, at: int, closing: bytes, pointer: str) -> tuple[int, bool]:
        """Past the comma or the closing bracket behind a value."""
        match = _AFTER.match(self._data, at)
        if match is None or match[1] not in (b",", closing):
            raise self._broken(at, pointer)
        if match[1] == closing:
            return match.end(), True
        self._drop(at)
        return _space(self._data, match.end()), False

    def _new_rows(self, parents: tuple[Tree, ...], pointer: str, path: str) -> RowList:
        rows = RowList(tuple(parent for parent in parents if isinstance(parent, dict)), pointer, path)
        self.row_lists.append(rows)
        return rows

    def _add_row(self, rows: RowList, start: int, end: int) -> None:
        self._count += 1
        if self._count > self._limits.rows:
            raise ReportError(f"more than {self._limits.rows} rows; split the report", place=rows.pointer)
        if end - start > self._limits.row_bytes:
            raise ReportError(f"a row larger than {self._limits.row_bytes} bytes", place=f"{rows.pointer}/{len(rows)}")
        rows.starts.append(start)
        rows.ends.append(end)

    def _value_end(self, at: int, pointer: str) -> int:
        match = _VALUE.match(self._data, at)
        return match.end() if match is not None else self._count_brackets(at, pointer)

    def _count_brackets(self, at: int, pointer: str) -> int:
        """The end of a value that is nested too deep for one match, or the reason why it has none."""
        depth, position = 0, at
        while True:
            match = _BRACKET.match(self._data, position)
            if match is None:
                raise self._broken(position, pointer)
            position = match.end()
            depth += 1 if match[1] in b"[{" else -1
            if depth > self._limits.depth:
                raise ReportError(f"nested deeper than {self._limits.depth} levels", place=pointer or "/")
            if depth <= 0:
                return position

    def _decode(self, start: int, end: int, pointer: str) -> Tree:
        if end - start > LARGEST_ASIDE:
            return None
        try:
            return msgspec.json.decode(self._data[start:end])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ReportError(f"not valid JSON near byte {start}: {error}", place=pointer or "/") from None

    def _broken(self, at: int, pointer: str) -> ReportError:
        size = len(self._data)
        if at >= size or _SPACE.match(self._data, at).end() >= size or _IN_STRING.match(self._data, at):  # type: ignore[union-attr]
            return ReportError(f"the file ends in the middle (byte {size}); it was cut off", place=pointer or "/")
        return ReportError(f"not valid JSON at byte {at}", place=pointer or "/")

    def _drop(self, position: int) -> None:
        """Give pages that were walked back to the system."""
        if position - self._dropped > _DROP_BYTES or position < self._dropped:
            if isinstance(self._data, mmap.mmap):
                self._data.madvise(mmap.MADV_DONTNEED)
            self._dropped = position


def _raw(data: bytes) -> msgspec.Raw:
    return msgspec.Raw(data)


def json_lines(data: Data, limits: Limits) -> Iterator[Row]:
    """Top-level values one after another: JSON lines, or whole documents put together.

    A value that cannot be told from its neighbours is yielded as its line, so that it is rejected and the rest goes on.
    """
    at, line, count, size = 0, 1, 0, len(data)
    while True:
        end = _space(data, at)
        line += data[at:end].count(b"\n")
        at = end
        if at >= size:
            return
        match = _VALUE.match(data, at)
        end = match.end() if match is not None else _line_end(data, at)
        if end - at > limits.row_bytes:
            raise ReportError(f"a value larger than {limits.row_bytes} bytes", place=f"line {line}")
        count += 1
        if count > limits.rows:
            raise ReportError(f"more than {limits.rows} rows; split the report", place=f"line {line}")
        raw = data[at:end]
        yield Row(raw, f"line {line}")
        line += raw.count(b"\n")
        at = end


def _line_end(data: Data, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _space(data: Data, at: int) -> int:
    match = _SPACE.match(data, at)
    return match.end() if match is not None else at


def escape(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
