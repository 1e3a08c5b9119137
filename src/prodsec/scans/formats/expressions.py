"""Expressions of the spec language: compiled once to closures, never interpreted row by row.

    a.b[0].c        a path; `[*]` spreads over a list or over the values of an object; `["x.y"]` quotes a key
    .               the row itself;  `^.a` its parent, `^^.a` the one above;  `$.a` the document;  `$key` the row's own key, `^$key` its parent's;  `~.a` the streamed row
    @id             an XML attribute;  #text the text beside attributes or children
    'text'          a literal
    a ?? b ?? 'x'   the first that is not empty
    a | lower       a filter (see `filters.py`), with arguments: `a | split(',')`
    {a} in {b}      a template; empty when all its holes are

A list in YAML collects the values of its expressions. An object is one of
    {from: …, map: {…}, default: …}            a value looked up in the spec
    {from: …, in: …, by: key, take: name}      a value looked up in a table of the report: an object by its keys, a list by a path or by position
    {lines: …, from: …, to: …}                 those lines of a text; numbered lines (`12  code`) by their numbers, which are cut off
    {steps: …, file: …, line: …, text: …}      the steps of a flow, each expression applied to each element
"""

import re
from collections.abc import Callable
from typing import Any

from prodsec.scans.formats.chains import filtered, split
from prodsec.scans.formats.filters import FILTERS
from prodsec.scans.formats.paths import SpecError, follow, steps_in
from prodsec.scans.formats.tables import NamedCells

Value = Any


class Scope:
    """What an expression may look at: the row, the objects it stands in (innermost last), the document, the row's key."""

    __slots__ = ("key", "outer_key", "parents", "root", "row", "streamed")

    def __init__(
        self,
        row: Value,
        parents: tuple[Value, ...] = (),
        root: Value = None,
        key: str = "",
        *,
        outer_key: str = "",
        streamed: Value = None,
    ) -> None:
        self.row = row
        self.parents = parents
        self.root = root
        self.key = key
        self.outer_key = outer_key
        self.streamed = row if streamed is None else streamed

    def within(self, row: Value, key: str = "") -> "Scope":
        """The scope of a row within this one's."""
        return Scope(row, (*self.parents, self.row), self.root, key, outer_key=self.key, streamed=self.streamed)


Expression = Callable[[Scope], Value]


_MOST_PARTS = 50
# Not the braces of a pattern: `\d{4}`.
_HOLE = re.compile(r"\{(?!\d+(?:,\d*)?\})([^{}]+)\}")


def compile_value(given: object, place: str) -> Expression:
    """Compile what stands in a spec for a field. Raises: SpecError naming the place."""
    if isinstance(given, list):
        if len(given) > _MOST_PARTS:
            raise SpecError(place, f"more than {_MOST_PARTS} values")
        return _collected([compile_value(item, f"{place}[{number}]") for number, item in enumerate(given)])
    if isinstance(given, dict):
        return _object(given, place)
    if isinstance(given, bool | int | float):
        return lambda _: given
    if not isinstance(given, str) or not given.strip():
        raise SpecError(place, f"give an expression, not {given!r}")
    return _template(given, place) if _HOLE.search(given) else compile_expression(given, place)


def compile_expression(text: str, place: str) -> Expression:
    """Compile a path, literal, alternatives and filters. Raises: SpecError naming the place."""
    alternatives: list[Expression] = []
    for part in split(text, "??", place):
        source, *filters = split(part, "|", place)
        expression = _literal(source) or compile_path(source.strip(), place)
        alternatives.append(filtered(expression, filters, place) if filters else expression)
    if len(alternatives) == 1:
        return alternatives[0]

    def first(scope: Scope) -> Value:
        for alternative in alternatives:
            value = alternative(scope)
            if value or (value is not None and value not in ("", [], {})):
                return value
        return None

    return first


def _literal(text: str) -> Expression | None:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        value = re.sub(r"\\(.)", r"\1", text[1:-1])
        return lambda _: value
    return None


def compile_path(text: str, place: str) -> Expression:
    """Compile a path. Raises: SpecError naming the place."""
    if text == ".":
        return lambda scope: scope.row
    if text == "$key":
        return lambda scope: scope.key
    if text == "^$key":
        return lambda scope: scope.outer_key
    start, rest = _start(text)
    steps = steps_in(rest, text, place)
    if start is None and len(steps) == 1 and isinstance(steps[0], str) and steps[0] != "*":
        return _field(steps[0])
    begin = start or (lambda scope: scope.row)
    if not steps:
        return begin
    if all(isinstance(step, str) and step != "*" for step in steps):
        return _way(start, steps)
    return lambda scope: follow(begin(scope), steps)


def _field(key: str) -> Expression:
    def field(scope: Scope) -> Value:
        row = scope.row
        if type(row) is dict:
            return row.get(key)
        return row[key] if type(row) is NamedCells else follow(row, (key,))

    return field


def _way(begin: Expression | None, keys: tuple[str | int, ...]) -> Expression:
    """A path of nothing but keys, which is what most are; where it meets no plain object it is followed like any other."""

    def way(scope: Scope) -> Value:
        value = begun = scope.row if begin is None else begin(scope)
        for key in keys:
            if type(value) is dict:
                value = value.get(key)
            elif value is None:
                return None
            else:
                return follow(begun, keys)
        return value

    return way


def _start(text: str) -> tuple[Expression | None, str]:
    if text.startswith("$."):
        return (lambda scope: scope.root), text[2:]
    if text.startswith("~."):
        return (lambda scope: scope.streamed), text[2:]
    up = len(text) - len(text.lstrip("^"))
    if up:
        return (lambda scope: scope.parents[-up] if len(scope.parents) >= up else None), text[up:].lstrip(".")
    return None, text


def _template(text: str, place: str) -> Expression:
    pieces: list[str | Expression] = []
    if len(_HOLE.findall(text)) > _MOST_PARTS:
        raise SpecError(place, f"more than {_MOST_PARTS} holes")
    at = 0
    for hole in _HOLE.finditer(text):
        pieces.append(text[at : hole.start()])
        pieces.append(compile_expression(hole[1], place))
        at = hole.end()
    pieces.append(text[at:])

    def fill(scope: Scope) -> str | None:
        out, filled = [], False
        for piece in pieces:
            if isinstance(piece, str):
                out.append(piece)
                continue
            value = piece(scope)
            if type(value) is not str:
                if value is None or value == {}:
                    continue
                value = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            if value:
                filled = True
                out.append(value)
        return "".join(out).strip() if filled else None

    if len(pieces) == 3 and callable(inner := pieces[1]):
        return _around(str(pieces[0]), inner, str(pieces[2]), fill)
    return fill


def _around(before: str, hole: Expression, after: str, fill: Expression) -> Expression:
    """A template with one hole, which for a text needs no list of pieces."""

    def filled(scope: Scope) -> Value:
        value = hole(scope)
        if type(value) is str:
            return f"{before}{value}{after}".strip() if value else None
        return None if value is None else fill(scope)

    return filled


def _collected(expressions: list[Expression]) -> Expression:
    def collect(scope: Scope) -> list[Value]:
        found: list[Value] = []
        for expression in expressions:
            value = expression(scope)
            if type(value) is str:
                if value:
                    found.append(value)
            elif isinstance(value, list):
                found.extend(value)
            elif value is not None:
                found.append(value)
        return found

    return collect


def _object(given: dict[str, object], place: str) -> Expression:
    for name, known, made in (
        ("lines", {"lines", "from", "to"}, _lines_of),
        ("steps", {"steps", "file", "line", "text"}, _steps_of_flow),
        ("in", {"from", "in", "by", "take"}, _found_in_table),
        ("from", {"from", "map", "default"}, _looked_up),
    ):
        if name in given:
            if unknown := set(map(str, given)) - known:
                raise SpecError(
                    place,
                    f"{sorted(unknown)[0]!r} is not known here; use {', '.join(sorted(known))}",
                    key=sorted(unknown)[0],
                )
            return made(given, place)
    raise SpecError(place, "an object has `from` and `map`, `from` and `in`, `lines`, or `steps`")


def _looked_up(given: dict[str, object], place: str) -> Expression:
    source = compile_value(given.get("from"), f"{place}.from")
    table = given.get("map", {})
    if not isinstance(table, dict):
        raise SpecError(f"{place}.map", "give an object")
    lowered = {str(key).strip().lower(): value for key, value in table.items()}
    default = given.get("default")

    def look_up(scope: Scope) -> Value:
        value = source(scope)
        word = value if type(value) is str else "" if value is None else str(value)
        return lowered.get(word.strip().lower(), default if default is not None else value)

    return look_up


def _found_in_table(given: dict[str, object], place: str) -> Expression:
    source = compile_value(given.get("from"), f"{place}.from")
    table = compile_value(given.get("in"), f"{place}.in")
    by = steps_in(str(given["by"]).removeprefix("$."), str(given["by"]), f"{place}.by") if given.get("by") else ()
    take = compile_value(given["take"], f"{place}.take") if given.get("take") else compile_path(".", place)
    # The table of one document is looked into for each of its rows: its index is made once, for the last table seen.
    # A table that is collected out of the document is a new list at each look, so it is known by its document.
    in_document = all(str(path).startswith("$.") for path in _listed(given.get("in")))
    kept: list[tuple[Value, dict[str, Value]]] = [(None, {})]

    def indexed(scope: Scope) -> dict[str, Value]:
        known = scope.root if in_document else table(scope)
        if known is None or kept[0][0] is not known:
            rows = table(scope)
            kept[0] = (known, _by_key(_listed(rows), by) if isinstance(rows, dict | list) else {})
        return kept[0][1]

    def find(scope: Scope) -> Value:
        value = source(scope)
        if value is None:
            return None
        if by:
            index = indexed(scope)
            found = index.get(str(value)) or index.get(str(value).lower())
        else:
            rows = table(scope)
            found = rows.get(str(value)) if isinstance(rows, dict) else _at(rows, value)
        return None if found is None else take(scope.within(found))

    return find


def _listed(given: Value) -> list[Value]:
    return given if isinstance(given, list) else [given]


def _by_key(rows: list[Value], by: tuple[str | int, ...]) -> dict[str, Value]:
    """The rows by their key, the first of equal ones; a key in lower case stands for those that differ only in case."""
    keyed = [(str(follow(row, by)), row) for row in reversed(rows)]
    return {**{key.lower(): row for key, row in keyed}, **dict(keyed)}


def _at(rows: Value, value: Value) -> Value:
    position = FILTERS["number"](value)
    is_in = isinstance(rows, list) and position is not None and 0 <= position < len(rows)
    return rows[int(position)] if is_in else None


_NUMBERED = re.compile(r"^[ >]*(\d+)(?:: ?|[ \t])(.*)$")


def _lines_of(given: dict[str, object], place: str) -> Expression:
    source = compile_value(given.get("lines"), f"{place}.lines")
    first = compile_value(given.get("from"), f"{place}.from")
    last = compile_value(given["to"], f"{place}.to") if given.get("to") else first

    def cut(scope: Scope) -> str | None:
        text, start = source(scope), FILTERS["number"](first(scope))
        if not isinstance(text, str) or start is None:
            return None
        end = FILTERS["number"](last(scope)) or start
        lines = text.splitlines()
        numbered = [match for match in map(_NUMBERED.match, lines) if match]
        if numbered and len(numbered) == sum(bool(line.strip()) for line in lines):
            return "\n".join(match[2] for match in numbered if start <= int(match[1]) <= end) or None
        return "\n".join(lines[max(int(start) - 1, 0) : int(end)]) or None

    return cut


def _steps_of_flow(given: dict[str, object], place: str) -> Expression:
    source = compile_value(given["steps"], f"{place}.steps")
    parts = {
        name: compile_value(given[name], f"{place}.{name}") for name in ("file", "line", "text") if given.get(name)
    }

    def collect(scope: Scope) -> list[dict[str, Value]]:
        items = source(scope)
        inner = (scope.within(item) for item in (items if isinstance(items, list) else [items]) if item)
        return [{name: part(step) for name, part in parts.items()} for step in inner]

    return collect
