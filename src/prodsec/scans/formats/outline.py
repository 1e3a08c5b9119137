"""The shape of a sample: its keys as a tree, with types, counts and examples; and the values that its rows can be read from.

Rows of one list are laid over each other, so a list of a thousand objects is one branch with a number. For XML an element that
repeats is such a list. Paths are those of the spec language, so what is clicked in the tree can stand in a spec.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from prodsec.scans.formats import json_walk, tables, workbooks, xml_rows
from prodsec.scans.formats.detect import Sniff, sniff
from prodsec.scans.formats.json_lines import json_lines
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Limits, ReportError

Tree = Any
LARGEST_SAMPLE = 5_000_000
_MOST_CHILDREN, _DEEPEST, _LOOKED_AT, _EXAMPLES, _EXAMPLE = 120, 12, 3_000, 3, 60
_PLAIN = re.compile(r"[A-Za-z_@#$][\w@#$-]*")


class Node(msgspec.Struct, frozen=True):
    """A branch of the tree.

    path        from the document, with `[*]` for each element of a list; empty for the document itself
    kinds       what its values are: text, number, yes or no, nothing, object, list
    count       how often it is there
    more        how many children are not shown
    is_list     whether it is a list (or an object that is used like one) whose elements can be rows
    """

    key: str
    path: str
    kinds: tuple[str, ...]
    count: int
    examples: tuple[str, ...] = ()
    children: tuple["Node", ...] = ()
    more: int = 0
    is_list: bool = False


class Value(msgspec.Struct, frozen=True):
    """A value that a row offers. `path` as a spec names it from the row; `filled` of `of` rows have it."""

    path: str
    filled: int
    of: int
    examples: tuple[str, ...]
    kinds: tuple[str, ...] = ()


class RowList(msgspec.Struct, frozen=True):
    """What can be the rows: `each` as a spec writes it, how many there are, and what each offers."""

    each: str
    count: int
    values: tuple[Value, ...]


class Outline(msgspec.Struct, frozen=True):
    """A sample's reader, its tree, and all lists in it that can be rows."""

    reader: str
    root: Node
    lists: tuple[RowList, ...]
    seen: Tree = None


def outline(member: Member, limits: Limits) -> Outline:
    """Look at a sample. Raises: ReportError when no reader reads it."""
    seen = sniff(member, limits)
    if seen.kind in ("html", "text"):
        raise ReportError(
            f"{member.name} is neither JSON, XML, CSV nor XLSX; a format of {'HTML' if seen.kind == 'html' else 'plain text'} "
            "is written as YAML (docs/how-to/add-a-format.md)"
        )
    tree = _tree(member, seen, limits)
    try:
        root = _node("", "", [tree], seen.kind, 0)
        lists = tuple(_row_lists(tree, seen))
    except RecursionError:
        raise ReportError(f"{member.name} is nested too deep") from None
    return Outline(seen.kind, root, lists, tree)


def quoted(key: str) -> str:
    """A key as a step of a path; empty when no path can name it."""
    if _PLAIN.fullmatch(key):
        return key
    return "" if '"' in key or not key else f'["{key}"]'


def _tree(member: Member, seen: Sniff, limits: Limits) -> Tree:
    with member.path.open("rb") as file:
        if seen.kind == "xml":
            return {seen.root: xml_rows.xml_root(file, (), limits)}
        if seen.kind == "xlsx":
            return [row.value for row in workbooks.xlsx_rows(file, limits)]
        if seen.kind == "csv":
            return [row.value for row in tables.csv_rows(file, member.head(), limits)]
        data = file.read(LARGEST_SAMPLE + 1)
    try:
        if seen.kind == "jsonl":
            return [row.tree() for row in json_lines(data, limits)]
        return json_walk.plain(data.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise ReportError(f"{member.name}: {error}") from None


def _node(key: str, path: str, values: Sequence[Tree], reader: str, depth: int) -> Node:
    """One branch out of all values that lie at its place."""
    kinds = tuple(dict.fromkeys(map(_kind, values)))
    elements, is_list = _elements(values, reader)
    if is_list and depth < _DEEPEST:
        inside = _node("", f"{path}[*]", elements, reader, depth + 1)
        return Node(key, path, kinds, len(elements), inside.examples, inside.children, inside.more, is_list=True)
    members: dict[str, list[Tree]] = {}
    for value in values:
        if isinstance(value, dict):
            for name, inner in value.items():
                members.setdefault(str(name), []).append(inner)
    children = tuple(
        _node(name, _joined(path, name), inner, reader, depth + 1)
        for name, inner in list(members.items())[: _MOST_CHILDREN if depth < _DEEPEST else 0]
    )
    return Node(key, path, kinds, len(values), _examples(values), children, len(members) - len(children))


def _joined(path: str, key: str) -> str:
    step = quoted(key)
    return f"{path}{step}" if step.startswith("[") or not path else f"{path}.{step}"


def _elements(values: Sequence[Tree], reader: str) -> tuple[list[Tree], bool]:
    """The elements of all lists among the values; of objects too that are used like lists."""
    lists = [value for value in values if isinstance(value, list)]
    if lists:
        others = [value for value in values if isinstance(value, dict)] if reader == "xml" else []
        return [item for value in lists for item in value[:_LOOKED_AT]] + others, True
    maps = [value for value in values if isinstance(value, dict)]
    if reader in ("json", "jsonl") and maps and len(maps) == len(values) and all(map(_is_map, maps)):
        return [item for value in maps for item in list(value.values())[:_LOOKED_AT]], True
    return [], False


def _is_map(value: dict[str, Tree]) -> bool:
    """Whether an object is used like a list: at least three members, all objects, with mostly the same keys."""
    items = list(value.values())[:_LOOKED_AT]
    if len(items) < 3 or not all(isinstance(item, dict) and item for item in items):
        return False
    everywhere = set(items[0]).intersection(*items[1:])
    anywhere = set().union(*items)
    return 2 * len(everywhere) > len(anywhere)


def _row_lists(tree: Tree, seen: Sniff) -> Iterator[RowList]:
    if seen.kind == "xml":
        yield from _xml_lists(tree, (), ())
        return
    if seen.kind in ("csv", "xlsx", "jsonl"):
        rows = [row for row in tree if isinstance(row, dict)]
        yield RowList("", len(rows), tuple(_values(rows)))
        if seen.kind == "jsonl":
            for name, values in _merged(rows).items():
                inner = [(item, (row,)) for row, value in values for item in _listed(value)]
                if inner and quoted(name):
                    yield _list(f" > {quoted(name)}[*]", inner)
        return
    yield from _json_lists("", [(tree, ())], 0)


Placed = tuple[Tree, tuple[Tree, ...]]


def _json_lists(path: str, places: list[Placed], depth: int) -> Iterator[RowList]:
    """Every list of objects from here down. `places`: values at the path with the objects around them, innermost first."""
    if depth > _DEEPEST:
        return
    values = [value for value, _ in places]
    if _elements(values, "json")[1]:
        inner = _inner(places)
        if inner:
            keys = tuple(key for value in values if isinstance(value, dict) for key in value)
            yield _list(f"{path}[*]", inner, keys)
            yield from _json_lists(f"{path}[*]", inner, depth + 1)
        return
    found: dict[str, list[Placed]] = {}
    for value, around in places:
        if isinstance(value, dict):
            for name, item in value.items():
                if isinstance(item, dict | list):
                    found.setdefault(str(name), []).append((item, (value, *around)))
    for name, placed in found.items():
        if quoted(name):
            yield from _json_lists(_joined(path, name), placed, depth + 1)


def _inner(places: list[Placed]) -> list[Placed]:
    """The objects in the lists at a place. An object that is used like a list is no parent, as a list is none."""
    inner: list[Placed] = []
    for value, around in places:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        inner += [(item, around) for item in items if isinstance(item, dict)]
    return inner[:_LOOKED_AT]


def _xml_lists(tree: Tree, names: tuple[str, ...], around: tuple[Tree, ...]) -> Iterator[RowList]:
    """Every element with something in it, as rows; an element that is there once may be there often in the next report."""
    level: dict[tuple[str, ...], list[Placed]] = {}

    def walk(value: Tree, path: tuple[str, ...], outer: tuple[Tree, ...]) -> None:
        for name, item in value.items():
            if name[:1] in "@#":
                continue
            for one in item if isinstance(item, list) else [item]:
                if isinstance(one, dict) and len(path) < _DEEPEST:
                    level.setdefault((*path, name), []).append((one, outer))
                    walk(one, (*path, name), (one, *outer))

    walk(tree, names, around)
    for path, placed in level.items():
        if len(path) > 1:
            yield _list("/".join(path), placed[:_LOOKED_AT])


def _list(each: str, placed: list[Placed], keys: tuple[str, ...] = ()) -> RowList:
    """`keys` are the rows' own, where they are an object's members."""
    rows = [row for row, _ in placed]
    values = list(_values(rows))
    if keys:
        values.append(Value("$key", len(rows), len(rows), _examples(keys), ("text",)))
    depth = max((len(around) for _, around in placed), default=0)
    for up in range(1, min(depth, 4) + 1):
        owners = [_without(around[up - 1], (row, *around)[up - 1]) for row, around in placed if len(around) >= up]
        marks = "^" * up
        values += [
            msgspec.structs.replace(value, path=f"{marks}{'' if value.path.startswith('[') else '.'}{value.path}")
            for value in _values(owners, through_lists=False)
        ]
    return RowList(each, len(rows), tuple(values))


def _without(owner: Tree, inner: Tree) -> Tree:
    """An object without the member that leads to the row."""
    return {name: value for name, value in owner.items() if value is not inner} if isinstance(owner, dict) else owner


def _values(rows: list[Tree], *, through_lists: bool = True, prefix: str = "", depth: int = 0) -> Iterator[Value]:
    """The values the rows offer, in the order of their keys; of lists within, with `[*]`."""
    for name, placed in _merged(rows).items():
        if not quoted(name):
            continue
        path = _joined(prefix, name)
        values = [value for _, value in placed]
        plain = [value for value in values if not isinstance(value, dict | list)]
        objects = [value for value in values if isinstance(value, dict) and not _is_map(value)]
        lists = [item for value in values if isinstance(value, list) for item in value[:20]]
        if plain or not (objects or lists):
            yield Value(
                path, len([one for one in plain if one not in (None, "")]), len(rows), _examples(plain), _kinds(plain)
            )
        if objects and depth < 4:
            yield from _values(objects, through_lists=through_lists, prefix=path, depth=depth + 1)
        if lists and through_lists:
            inner = [item for item in lists if isinstance(item, dict)]
            if inner and depth < 3:
                yield from _values(inner, prefix=f"{path}[*]", depth=depth + 1)
            elif not inner:
                yield Value(path, len(values), len(rows), _examples(lists), ("list",))


def _merged(rows: list[Tree]) -> dict[str, list[tuple[Tree, Tree]]]:
    """Each key of any row, with the rows that have it and their values."""
    found: dict[str, list[tuple[Tree, Tree]]] = {}
    for row in rows[:_LOOKED_AT]:
        if isinstance(row, dict):
            for name, value in row.items():
                found.setdefault(str(name), []).append((row, value))
    return dict(list(found.items())[:_MOST_CHILDREN])


def _listed(value: Tree) -> list[Tree]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _examples(values: Sequence[Tree]) -> tuple[str, ...]:
    texts = (str(value) for value in values if not isinstance(value, dict | list) and value not in (None, ""))
    found: dict[str, None] = {}
    for text in texts:
        found[text if len(text) <= _EXAMPLE else f"{text[:_EXAMPLE]}…"] = None
        if len(found) == _EXAMPLES:
            break
    return tuple(found)


def _kinds(values: Sequence[Tree]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_kind, values)))


def _kind(value: Tree) -> str:
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "list"
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "number"
    return "nothing" if value is None else "text"
