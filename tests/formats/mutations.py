"""Reports made wrong: in their structure where it can be told, else in their bytes. The same random numbers give the same report."""

import copy
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

Tree = Any
_ODD: tuple[Tree, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**64, -(2**63), 10**40, 1e308, "", " ", "\x00", "a\x00b", "\ud800", "\u202eabc\u202c",
    "\x1b[31m\x07\x85\u2028", "NaN", "1e999", "²", "٣", "-", "{0}%s{a}", "<b>&amp;</b>", "../../etc/passwd", "CVE-0-", "x" * 5_000,
    "9" * 500, "https://[::1", "pkg:/", "CVSS:3.1/AV:", "0000-00-00", "9999-12-31T23:59:60Z", [], {}, [None], [[]], {"": None}, [{"a": []}],
)  # fmt: skip
_DOCTYPE = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
_CODES = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp037", "utf-8-sig")


def mutated(data: bytes, random: Random) -> bytes:
    """One to three changes, and now and then packed."""
    for _ in range(random.randint(1, 3)):
        data = random.choice((_of_tree, _of_tree, _of_tree, _of_lines, _of_markup, _of_bytes))(data, random)
    return random.choice(_PACKED)(data) if random.random() < 0.1 else data


def _of_tree(data: bytes, random: Random) -> bytes:
    """A JSON document with other members; what is none is changed by lines."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return _of_lines(data, random)
    for _ in range(random.randint(1, 6)):
        _change(tree, random)
    return json.dumps(tree, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _change(tree: Tree, random: Random) -> None:
    """Go down a random way and change what is there."""
    while isinstance(tree, dict | list) and tree:
        key = random.choice(list(tree) if isinstance(tree, dict) else range(len(tree)))
        if isinstance(tree[key], dict | list) and tree[key] and random.random() < 0.85:
            tree = tree[key]
            continue
        kind = random.randrange(6)
        if kind == 0:
            del tree[key]
        elif kind == 1 and isinstance(tree, list):
            tree.append(copy.deepcopy(tree[key]))
        elif kind == 2:
            tree[key] = _nested(random.choice((3, 90, 110, 150)), tree[key])
        elif kind == 3:
            tree[key] = {"a": tree[key]} if random.random() < 0.5 else [tree[key], copy.deepcopy(tree[key])]
        else:
            tree[key] = copy.deepcopy(random.choice(_ODD))
        return


def _nested(depth: int, value: Tree) -> Tree:
    for _ in range(depth):
        value = [value]
    return value


def _of_lines(data: bytes, random: Random) -> bytes:
    """Lines dropped, doubled, cut, with more or fewer cells."""
    lines = data.splitlines(keepends=True) or [b""]
    at = random.randrange(len(lines))
    row = lines[at]
    lines[at] = random.choice(
        (
            b"",
            row + row,
            row[: len(row) // 2],
            row.replace(b",", b"", 1),
            row.rstrip() + b',,,"\n',
            b'"' + row,
            row * 50,
        )
    )
    return b"".join(lines)


def _of_markup(data: bytes, random: Random) -> bytes:
    """Entities, a tag without its end, an attribute twice; of what has no tags the bytes."""
    at = data.find(b">", random.randrange(len(data) or 1))
    if not data.lstrip().startswith(b"<") or at < 0:
        return _of_bytes(data, random)
    put = random.choice(
        (b"&b;", b"&#0;", b"&#x110000;", b"<x>", b"</x>", b"<![CDATA[", b"<!--", b"<x a='1' a='2'/>", b"]]>")
    )
    changed = data[: at + 1] + put + data[at + 1 :]
    return changed if random.random() < 0.8 else _DOCTYPE + changed


def _of_bytes(data: bytes, random: Random) -> bytes:
    """Cut off anywhere, a piece of it other, moved or repeated, or all in another encoding."""
    start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
    kind = random.randrange(6)
    if kind == 0:
        return data[:end]
    if kind == 1:
        return data[:start] + data[end:]
    if kind == 2:
        return data[:end] + data[start:end] + data[end:]
    if kind == 3:
        return (
            data[:start]
            + random.choice((b"\x00", b"\xff", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"[" * 5_000))
            + data[start:]
        )
    if kind == 4:
        return data[:start] + random.choice((b"99999999999999999999", b"1e999", b"-0", b"NaN")) + data[start + 1 :]
    return data.decode("utf-8", "replace").encode(random.choice(_CODES), "replace")


def _zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report", data)
        archive.writestr("again/report", data)
    return out.getvalue()


_PACKED: tuple[Callable[[bytes], bytes], ...] = (
    gzip.compress,
    _zipped,
    lambda data: gzip.compress(data)[:-9],
    lambda data: _zipped(data)[:-30],
)
