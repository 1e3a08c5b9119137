"""Telling formats apart by their content: a file's head first, the whole only when the head says nothing.

What a format looks for is data (`detect:` in a spec, `Signature` for a custom reader). Each condition that holds counts; the
format for which most hold wins, so the more specific one; equal ones are settled by their ids, so the answer never changes.
A file's name counts only where a signature asks for it (`named`): where the content fits several tools, and none surely.
"""

import fnmatch
import functools
import json
import re
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec

from prodsec.scans.formats import html_rows, tables, workbooks, xml_rows
from prodsec.scans.formats.expressions import compile_path
from prodsec.scans.formats.json_scan import BROKEN, OBJECT, Data, Scanner
from prodsec.scans.formats.paths import SpecError, spread, steps_of
from prodsec.scans.formats.source import Member
from prodsec.scans.formats.text_rows import line_pattern, shown
from prodsec.scans.types import Limits, ReportError

Tree = Any
_HEAD = 262_144
_MEMBER_HEAD = 65_536
_MOST_MEMBERS = 1_000
_SHORT = 100
_FIRST_LINES = 300
_FIRST_ROWS = 10
_MOST_VALUES = 1_000
_MANY_COLUMNS = 5
_NOTHING = frozenset({b"null", b"[]", b"{}"})
# A text that the head cuts in two runs to its end, so that commas and brackets in it do not count.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},]', re.S)


@dataclass(frozen=True)
class Signature:
    """What tells a format, all of it needed: one shape of its files.

    json        paths that lead to something (`runs`, `[0].check_id`, `results[0].extra`); an empty list or object counts
    equals      path → pattern (`*` and `?`) or list of patterns that its value (as text) matches
                In both `[0]` is any of the first rows: what one of them lacks, the tool may leave out.
    xml         names of the root element; `elements` that occur near the start; `attributes` of the root, name → pattern
    title       pattern that the title of an HTML page matches
    columns     names of columns of a CSV or XLSX table
    lines_like  patterns that lines of plain text match near its start, each some line
    only        the JSON document is an object with no other members than these
    nothing     the whole file is one of these texts (`null`); white space does not count where the name has to match too
    named       patterns one of which the file's name matches, for a content that says too little
    lines       True: only JSON lines; False: only a single document; None: either
    """

    json: tuple[str, ...] = ()
    equals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    xml: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    title: str = ""
    columns: tuple[str, ...] = ()
    lines_like: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    lines: bool | None = None
    weight: int = 0

    def score(self, sniff: "Sniff") -> int:
        """How many conditions hold; 0 when one does not."""
        if self.named and not any(fnmatch.fnmatchcase(sniff.name.lower(), pattern) for pattern in self.named):
            return 0
        if self.nothing:
            held = int(self._is_nothing(sniff))
        elif self.title:
            matches = sniff.kind == "html" and fnmatch.fnmatchcase(sniff.title.lower(), self.title.lower())
            held = 2 + self.weight if matches else 0
        else:
            held = self._rows_score(sniff)
        return held + 2 * bool(self.named) if held else 0

    def nearly(self, sniff: "Sniff") -> int:
        """How many columns a table has that lacks one of many; 0 for any other."""
        known = {column.lower() for column in sniff.columns}
        lacking = sum(column.lower() not in known for column in self.columns)
        return len(self.columns) - 1 if lacking == 1 and len(self.columns) >= _MANY_COLUMNS else 0

    def _rows_score(self, sniff: "Sniff") -> int:
        if self.xml:
            return self._xml_score(sniff)
        if self.columns:
            known = {column.lower() for column in sniff.columns}
            held = all(column.lower() in known for column in self.columns)
            return len(self.columns) + self.weight if held else 0
        if self.lines_like:
            held = all(_some_line(pattern, sniff) for pattern in self.lines_like)
            return 2 * len(self.lines_like) + self.weight if held else 0
        if sniff.kind not in ("json", "jsonl") or (self.lines is not None and self.lines != (sniff.kind == "jsonl")):
            return 0
        if not any(self._holds(tree) for tree in (sniff.tree, *sniff.more)):
            return 0
        return len(self.json) + 2 * len(self.equals) + bool(self.only) + self.weight

    def _holds(self, tree: Tree) -> bool:
        if self.only and not (isinstance(tree, dict) and set(tree) <= set(self.only)):
            return False
        return all(_reached(tree, path) for path in self.json) and all(
            any(_matches(value, patterns) for value in _reached(tree, path)) for path, patterns in self.equals.items()
        )

    def _is_nothing(self, sniff: "Sniff") -> bool:
        if not self.named:
            return any(sniff.head == text.encode() for text in self.nothing)
        return len(sniff.head) < _SHORT and any(_bare(sniff.head) == text.encode() for text in self.nothing)

    def _xml_score(self, sniff: "Sniff") -> int:
        if sniff.kind != "xml" or sniff.root not in self.xml or not set(self.elements) <= set(sniff.elements):
            return 0
        for name, pattern in self.attributes.items():
            if not fnmatch.fnmatchcase(sniff.attributes.get(name, ""), pattern):
                return 0
        return 2 + len(self.elements) + 2 * len(self.attributes) + self.weight


@dataclass(frozen=True)
class Sniff:
    """What detection sees of a file. Of JSON lines `tree` is the first and `more` are the ones below it."""

    kind: str
    name: str
    head: bytes
    tree: Tree = None
    more: tuple[Tree, ...] = ()
    title: str = ""
    root: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    elements: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @functools.cached_property
    def lines(self) -> tuple[str, ...]:
        """The first lines of plain text."""
        text = self.head[:_MEMBER_HEAD].decode(tables.decoding_of(self.head), errors="replace")
        return tuple(shown(line) for line in text.splitlines()[:_FIRST_LINES])


_CONDITIONS = frozenset(one.name for one in fields(Signature))


def signature(given: object, place: str) -> Signature:
    """Read one alternative of a spec's `detect`. Raises: SpecError."""
    if not isinstance(given, dict):
        raise SpecError(place, "give an object")
    if unknown := sorted(set(given) - _CONDITIONS):
        raise SpecError(
            place, f"{unknown[0]!r} is not known here; use {', '.join(sorted(_CONDITIONS))}", key=str(unknown[0])
        )
    for name in ("equals", "attributes"):
        if not isinstance(given.get(name) or {}, dict):
            raise SpecError(f"{place}.{name}", "give an object")
    if not isinstance(given.get("weight") or 0, int):
        raise SpecError(f"{place}.weight", "give a whole number")
    equals = {
        str(path): tuple(str(one) for one in (value if isinstance(value, list) else [value]))
        for path, value in (given.get("equals") or {}).items()
    }
    for path in [*_texts(given.get("json")), *equals]:
        compile_path(path, place)
    made = Signature(
        json=_texts(given.get("json")),
        equals=equals,
        xml=_texts(given.get("xml")),
        elements=_texts(given.get("elements")),
        attributes={str(name): str(value) for name, value in (given.get("attributes") or {}).items()},
        title=str(given.get("title") or ""),
        columns=_texts(given.get("columns")),
        lines_like=_texts(given.get("lines_like")),
        only=_texts(given.get("only")),
        nothing=_texts(given.get("nothing")),
        named=tuple(pattern.lower() for pattern in _texts(given.get("named"))),
        lines=given.get("lines"),
        weight=int(given.get("weight") or 0),
    )
    for pattern in made.lines_like:
        line_pattern(pattern, place)
    if not (made.json or made.equals or made.xml or made.title or made.columns or made.lines_like or made.nothing):
        raise SpecError(place, "say what tells the format (json, equals, xml, title, columns, lines_like or nothing)")
    return made


def _some_line(pattern: str, sniff: "Sniff") -> bool:
    """Whether a line of plain text near the start matches; what begins like JSON (`[12:00]`) and is none is text as well."""
    if sniff.tree is not None or sniff.kind not in ("text", "csv", "json"):
        return False
    matches = line_pattern(pattern, "").match
    return any(matches(line) for line in sniff.lines)


def _texts(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    return tuple(str(item) for item in given) if isinstance(given, list) else (str(given),)


def _reached(tree: Tree, path: str) -> list[Tree]:
    """What a path leads to, nothing included: at `[0]` in each of the first rows."""
    steps = _steps_of(path)
    if isinstance(tree, list) and steps[0] != "*" and not isinstance(steps[0], int):
        return []  # a list is not taken for its first element: a reader of single documents would read that one alone
    found = [tree]
    for number, step in enumerate(steps):
        is_last = number + 1 == len(steps)
        if step == "*" and is_last:
            return [one for one in found if isinstance(one, list | dict)]
        found = [value for one in found for value in _next(one, step)][:_MOST_VALUES]
    return found


def _next(owner: Tree, step: str | int) -> list[Tree]:
    if step == "*":
        return spread(owner, has_more=True) if owner is not None else []
    if isinstance(step, int):
        if not isinstance(owner, list):
            return []
        return owner[:_FIRST_ROWS] if step == 0 else owner[step:][:1]
    rows = owner[:_FIRST_ROWS] if isinstance(owner, list) else [owner]
    return [row[step] for row in rows if isinstance(row, dict) and step in row]


def _matches(value: Tree, patterns: tuple[str, ...]) -> bool:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return any(fnmatch.fnmatchcase(text.lower(), pattern.lower()) for pattern in patterns)


_KNOWN_STEPS: dict[str, tuple[str | int, ...]] = {}


def _steps_of(path: str) -> tuple[str | int, ...]:
    if path not in _KNOWN_STEPS:
        _KNOWN_STEPS[path] = steps_of(path)
    return _KNOWN_STEPS[path]


def sniff(member: Member, limits: Limits, *, whole: bool = False) -> Sniff:
    """Look at a member. `whole` looks at every member of a JSON document instead of its head.

    Raises: ReportError when it is nothing that any reader reads.
    """
    head = member.head(_HEAD)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return _sniff_json(member, start, limits, whole=whole)
    if start.strip() == b"null":
        return Sniff("json", member.name, head)
    if html_rows.is_html(start):
        return Sniff("html", member.name, head, title=html_rows.html_title(start))
    if start[:1] == b"<":
        root, attributes, elements = xml_rows.xml_sniff(start)
        return Sniff("xml", member.name, head, root=root, attributes=attributes, elements=tuple(elements))
    if start.startswith(b"PK\x03\x04"):
        with member.path.open("rb") as file:
            return Sniff("xlsx", member.name, head, columns=tuple(workbooks.xlsx_columns(file, limits)))
    columns, _, _ = tables.csv_columns(head)
    return Sniff("csv" if columns else "text", member.name, head, columns=tuple(columns))


def _sniff_json(member: Member, head: bytes, limits: Limits, *, whole: bool) -> Sniff:
    lines = _is_lines(head)
    if lines:
        first, *below = head.split(b"\n", _FIRST_ROWS)[:_FIRST_ROWS]
        more = tuple(tree for line in below if isinstance(tree := decoded(line), dict))
        return Sniff("jsonl", member.name, head, tree=decoded(first), more=more)
    if whole:
        with member.mapped() as data:
            tree = _outline(data, limits)
        if tree:
            return Sniff("json", member.name, head, tree=tree)
    return Sniff("json", member.name, head, tree=decoded(repaired(head)))


def _outline(data: Data, limits: Limits) -> Tree:
    """The members of the document, of each its beginning; of very many the first."""
    scanner = Scanner(data, limits)
    start = scanner.space(3 if data[:3] == b"\xef\xbb\xbf" else 0)
    tree: dict[str | int, Tree] = {}
    try:
        if data[start] == OBJECT:
            for key, at, cursor in scanner.members(start):
                cursor.at = scanner.skip(at)
                value = data[at : min(cursor.at, at + _MEMBER_HEAD)]
                if len(tree) >= _MOST_MEMBERS:
                    break
                tree[key] = decoded(value) if cursor.at - at <= _MEMBER_HEAD else decoded(repaired(value))
                scanner.drop(cursor.at)
    except ReportError:
        return tree
    return tree


def decoded(data: bytes) -> Tree:
    """The tree, as far as telling a format needs it: what is odd in a row is the reader's to reject."""
    try:
        return msgspec.json.decode(data)
    except BROKEN:
        pass
    try:
        return json.loads(data.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None


def _is_lines(head: bytes) -> bool:
    """Whether the file is one JSON value a line: the first line is whole, and another value follows it."""
    first, newline, rest = head.partition(b"\n")
    rest = rest.lstrip()
    return bool(
        newline and rest[:1] in (b"{", b"[") and first.strip()[-1:] in (b"}", b"]") and decoded(first) is not None
    )


def repaired(head: bytes) -> bytes:
    """The start of a JSON document, closed where it was cut: what is incomplete at its end is left out."""
    stack: list[bytes] = []
    safe, safe_stack = 1, list[bytes]()
    for match in _TOKEN.finditer(head):
        sign = match[0]
        if sign in (b"{", b"["):
            stack.append(b"}" if sign == b"{" else b"]")
            safe, safe_stack = match.end(), list(stack)
        elif sign in (b"}", b"]"):
            if stack:
                stack.pop()
            safe, safe_stack = match.end(), list(stack)
            if not stack:
                break
        elif sign == b",":
            safe, safe_stack = match.start(), list(stack)
        if len(stack) > 200:
            break
    return head[:safe] + b"".join(reversed(safe_stack))


def _bare(head: bytes) -> bytes:
    return b"".join(head.split())


def refuse_broken(member: Member, limits: Limits) -> None:
    """Raise ReportError when a member that begins like JSON is broken or cut off: that says more than an unknown shape."""
    with member.mapped() as data:
        scanner = Scanner(data, limits)
        scanner.skip(scanner.space(3 if data[:3] == b"\xef\xbb\xbf" else 0))


def refuse(member: Member, seen: Sniff) -> ReportError:
    """The error for what no format recognises."""
    where = f"{member.label}: " if member.label else ""
    what = {
        "json": "JSON of a shape we do not know",
        "jsonl": "JSON lines of a shape we do not know",
        "xml": f"XML with the root element <{seen.root}>, which we do not know",
        "csv": "a table with columns we do not know",
        "xlsx": "a workbook with columns we do not know",
        "html": f"an HTML page with the title {seen.title[:80]!r}, which we do not know",
        "text": "neither JSON, XML, HTML, CSV nor XLSX",
    }[seen.kind]
    if len(seen.head) < _SHORT and _bare(seen.head) in _NOTHING:
        what = "what many tools write when they find nothing, and it names none of them"
    return ReportError(
        f"{where}{member.name} is no report we can read: it is {what}. "
        "Name its format with --format, or describe it in a spec (docs/how-to/add-a-format.md)."
    )
