"""A report as other runs and other versions of its tool write it: other rows, other keys, another order, another notation."""

import copy
import csv
import io
import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from lxml import etree

from prodsec.scans.formats.tables import csv_columns, decoding_of

Tree = Any
Variant = tuple[str, bytes]
MOST_ROWS = 6
_MOST_BYTES = 1_000_000
_BOM = b"\xef\xbb\xbf"


def variants_of(data: bytes, names: Collection[str] = ()) -> Iterator[Variant]:
    """Variants by what was done, `rows: first` or `row key: severity dropped`.

    names       of keys, columns and elements, in small letters, each of which is left out in variants of its own
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if len(data) > _MOST_BYTES or start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")):
        return
    if start[:1] in (b"{", b"["):
        yield from _of_json(start, names)
    elif start[:1] == b"<":
        if b"<html" not in start[:2000].lower():
            yield from _of_xml(start, names)
    elif csv_columns(data)[0]:
        yield from _of_table(data, names)
    yield "bytes: BOM", _BOM + data.removeprefix(_BOM)
    yield "bytes: CRLF", data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield "bytes: last line ended", data.rstrip() + b"\n"
    yield "bytes: last line not ended", data.rstrip()


def _of_json(data: bytes, names: Collection[str]) -> Iterator[Variant]:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        yield from _of_lines(data, names)
        return
    shorten(tree)
    yield "json: compact", json.dumps(tree, separators=(",", ":")).encode()
    yield "json: pretty", json.dumps(tree, indent=4, ensure_ascii=False).encode("utf-8", "surrogatepass")
    yield "json: keys sorted", json.dumps(tree, sort_keys=True).encode()
    yield "json: keys reversed", json.dumps(_reordered(tree), indent=2).encode()
    yield "json: unknown keys", json.dumps(_with_unknown(tree)).encode()
    yield "json: UTF-16", json.dumps(tree, indent=1).encode("utf-16")
    for name, changed in _changed_trees(tree, names):
        yield name, json.dumps(changed).encode()


def _of_lines(data: bytes, names: Collection[str]) -> Iterator[Variant]:
    try:
        rows = [json.loads(line) for line in data.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return
    for name, changed in [
        ("json: keys reversed", _reordered(rows)),
        ("json: unknown keys", _with_unknown(rows)),
        *_changed_trees(rows[:MOST_ROWS], names),
    ]:
        if isinstance(changed, list) and changed:
            yield f"lines, {name}", b"".join(json.dumps(row).encode() + b"\n" for row in changed)
    yield "lines: compact", b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)


def _changed_trees(tree: Tree, names: Collection[str]) -> Iterator[tuple[str, Tree]]:
    """The document with other rows, and (of those named) without one of its members or its rows' members."""
    for name, choose in _CHOICES.items():
        changed = copy.deepcopy(tree)
        lists = row_lists(changed)
        for rows in lists:
            rows[:] = choose(rows)
        if lists and (changed or name != "none"):
            yield f"rows: {name}", changed
    for key in list(tree) if isinstance(tree, dict) else []:
        if key.lower() not in names:
            continue
        yield f"key: {key} dropped", {name: value for name, value in tree.items() if name != key}
        yield f"key: {key} null", tree | {key: None}
        if tree[key] and isinstance(tree[key], list | dict | str):
            yield f"key: {key} empty", tree | {key: type(tree[key])()}
    for place in sorted({place for rows in row_lists(tree) for row in rows for place in _places(row)}):
        if place[-1].lower() not in names:
            continue
        yield f"row key: {'.'.join(place)} dropped", _each_row(tree, lambda row, at=place: _drop(row, at))
        yield f"first row: {'.'.join(place)} dropped", _each_row(tree, lambda row, at=place: _drop(row, at), only=True)
        yield f"row key: {'.'.join(place)} null", _each_row(tree, lambda row, at=place: _drop(row, at, null=True))


_CHOICES: dict[str, Callable[[list[Tree]], list[Tree]]] = {
    "first": lambda rows: rows[:1],
    "last": lambda rows: rows[-1:],
    "middle": lambda rows: rows[len(rows) // 2 :][:1],
    "reversed": lambda rows: rows[::-1],
    "none": lambda rows: [],
    "twice": lambda rows: rows + rows,
}


def shorten(tree: Tree) -> None:
    """Leave the first and the last of many rows, so that a hundred variants cost little."""
    for rows in row_lists(tree):
        del rows[MOST_ROWS // 2 : -(MOST_ROWS // 2)]


def row_lists(tree: Tree, depth: int = 0) -> list[list[Tree]]:
    """The outermost lists of objects of a document; of a list of one what is in that one as well."""
    if isinstance(tree, list):
        found = [tree] if any(isinstance(item, dict) for item in tree) else []
        if len(tree) == 1 and depth < 4:
            found += row_lists(tree[0], depth + 1)
        return found
    if isinstance(tree, dict) and depth < 4:
        return [rows for value in tree.values() for rows in row_lists(value, depth + 1)]
    return []


def _places(row: Tree) -> Iterator[tuple[str, ...]]:
    for key, value in row.items() if isinstance(row, dict) else ():
        yield (key,)
        for inner in value if isinstance(value, dict) and len(value) < 30 else ():
            yield (key, inner)


def _each_row(tree: Tree, change: Callable[[Tree], None], *, only: bool = False) -> Tree:
    changed = copy.deepcopy(tree)
    for rows in row_lists(changed):
        for row in rows[:1] if only else rows:
            change(row)
    return changed


def _drop(row: Tree, place: tuple[str, ...], *, null: bool = False) -> None:
    for key in place[:-1]:
        row = row.get(key) if isinstance(row, dict) else None
    if isinstance(row, dict) and place[-1] in row:
        if null:
            row[place[-1]] = None
        else:
            del row[place[-1]]


def _reordered(tree: Tree) -> Tree:
    if isinstance(tree, dict):
        return {key: _reordered(tree[key]) for key in reversed(tree)}
    return [_reordered(item) for item in tree] if isinstance(tree, list) else tree


def _with_unknown(tree: Tree) -> Tree:
    """The document and its rows with members that nobody knows, first and last."""
    changed = copy.deepcopy(tree)
    for rows in row_lists(changed):
        rows[:] = [{"aaa": {"b": [1]}, **row, "zzz": "new"} if isinstance(row, dict) else row for row in rows]
    return {"aaa": "new", **changed, "zzz": [{"new": 1}]} if isinstance(changed, dict) else changed


def _of_xml(data: bytes, names: Collection[str]) -> Iterator[Variant]:
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True, remove_comments=True))
    except etree.XMLSyntaxError:
        return
    _shorten_xml(root)
    plain = etree.tostring(root)
    yield "xml: no declaration", plain
    yield "xml: comment first", b'<?xml version="1.0"?>\n<!-- made by a pipeline -->\n' + plain
    yield "xml: DOCTYPE first", b'<?xml version="1.0"?>\n<!DOCTYPE %s>\n' % etree.QName(root).localname.encode() + plain
    for code in ("utf-16", "iso-8859-1", "us-ascii"):
        yield f"xml: {code}", etree.tostring(root, xml_declaration=True, encoding=code)
    yield "xml: pretty", etree.tostring(_without_blanks(plain), pretty_print=True, xml_declaration=True)
    yield "xml: compact", etree.tostring(_without_blanks(plain))
    if namespace := etree.QName(root).namespace:
        yield "xml: prefix", etree.tostring(_prefixed(root, namespace))
    for name, changed in _changed_xml(plain, names):
        yield name, etree.tostring(changed, xml_declaration=True, encoding="utf-8")


def _changed_xml(plain: bytes, names: Collection[str]) -> Iterator[tuple[str, Any]]:
    for name, choose in _CHOICES.items():
        root = etree.fromstring(plain, etree.XMLParser(huge_tree=True))
        found = _xml_rows(root)
        for parent, rows in found:
            for row in rows:
                parent.remove(row)
            parent.extend([copy.deepcopy(row) for row in choose(rows)])
        if found:
            yield f"rows: {name}", root
    first = etree.fromstring(plain, etree.XMLParser(huge_tree=True))
    for one in first.iter(etree.Element):
        items = list(one.attrib.items())
        one.attrib.clear()
        one.attrib.update(reversed(items))
    yield "xml: attributes reversed", first
    for key in first.attrib if names else ():
        root = etree.fromstring(plain, etree.XMLParser(huge_tree=True))
        del root.attrib[key]
        yield f"key: @{etree.QName(key).localname} dropped", root
    for tag in sorted({one.tag for one in list(first.iter(etree.Element))[1:300]}):
        if etree.QName(tag).localname.lower() not in names:
            continue
        root = etree.fromstring(plain, etree.XMLParser(huge_tree=True))
        for one in list(root.iter(tag)):
            if one.getparent() is not None:
                one.getparent().remove(one)
        yield f"row key: {etree.QName(tag).localname} dropped", root


def _xml_rows(root: Any) -> list[tuple[Any, list[Any]]]:
    """The outermost elements that stand beside others of their name, with their parent."""
    level = [root]
    while level:
        found = []
        for parent in level:
            by_tag: dict[str, list[Any]] = {}
            for child in parent.iterchildren(etree.Element):
                by_tag.setdefault(child.tag, []).append(child)
            found += [(parent, rows) for rows in by_tag.values() if len(rows) > 1]
        if found:
            return found
        level = [child for parent in level for child in parent.iterchildren(etree.Element)]
    return []


def _shorten_xml(root: Any) -> None:
    for parent, rows in _xml_rows(root):
        for row in rows[MOST_ROWS // 2 : -(MOST_ROWS // 2)]:
            parent.remove(row)


def _without_blanks(plain: bytes) -> Any:
    return etree.fromstring(plain, etree.XMLParser(remove_blank_text=True, huge_tree=True))


def _prefixed(root: Any, namespace: str) -> Any:
    made = etree.Element(root.tag, dict(root.attrib), nsmap={"other": namespace})
    made.text = root.text
    made.extend([copy.deepcopy(child) for child in root])
    etree.cleanup_namespaces(made, top_nsmap={"other": namespace})
    return made


def _of_table(data: bytes, names: Collection[str]) -> Iterator[Variant]:
    _, delimiter, skip = csv_columns(data)
    text = data.decode(decoding_of(data), errors="replace")
    lines = text.splitlines(keepends=True)
    preamble = "".join(lines[:skip])
    try:
        header, *rows = list(csv.reader(io.StringIO("".join(lines[skip:]), newline=""), delimiter=delimiter))
    except (csv.Error, ValueError):
        return
    del rows[MOST_ROWS // 2 : -(MOST_ROWS // 2)]

    def written(table: list[list[str]], mark: str = delimiter, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=mark, quoting=quoting, lineterminator="\n").writerows(table)  # type: ignore[arg-type]
        return (preamble + out.getvalue()).encode("utf-8")

    for name, choose in _CHOICES.items():
        yield f"rows: {name}", written([header, *choose(rows)])
    table = [header, *rows]
    yield "table: quoted", written(table, quoting=csv.QUOTE_ALL)
    for mark, name in ((",", "comma"), (";", "semicolon"), ("\t", "tab")):
        yield f"table: {name}", written(table, mark)
    yield "table: columns reversed", written([row[::-1] for row in table if len(row) == len(header)])
    yield "table: unknown columns", written([["new", *row, "other"] for row in table])
    yield "table: header in capitals", written([[name.upper() for name in header], *rows])
    yield "table: header in small letters", written([[name.lower() for name in header], *rows])
    for number, name in enumerate(header):
        if name.strip().lower() not in names:
            continue
        yield f"key: {name} dropped", written([row[:number] + row[number + 1 :] for row in table])
