"""Specs: a tool's report described as data, compiled once, applied to every row.

The language is described in docs/how-to/add-a-format.md. A spec cannot loop, call or import anything.
"""

import contextlib
import datetime
import fnmatch
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prodsec.scans.formats import beginnings
from prodsec.scans.formats.beginnings import kind_of, refuse_unknown
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.expressions import Expression, Scope, compile_value
from prodsec.scans.formats.facts import OBSERVATION_FACTS, Plan, build
from prodsec.scans.formats.filters import text_of
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.rows import TreeRows, open_rows, open_text
from prodsec.scans.formats.source import Member
from prodsec.scans.formats.spec_text import located, parsed, refuse_hostile
from prodsec.scans.formats.text_rows import Layout, line_pattern
from prodsec.scans.types import Header, Limits, Observation, Rejected, ReportError
from prodsec.vocabulary.kinds import Kind

Tree = Any
_READERS = ("json", "jsonl", "xml", "html", "csv", "xlsx", "text")
_BLOCK = frozenset({"each", "where", "fields", "kind", "refuses"})
_RUN = frozenset({"tool", "version", "target", "scanned_at", "complete", "incomplete_reason", "kind"})


_BEYOND_ATTRIBUTES = re.compile(r"\$\.(?!@)")
Matcher = Callable[[Tree], bool]


@dataclass(frozen=True)
class Block:
    """One list of rows of a report: where they are, which of them count, and how each becomes an observation.

    refuses     of rows that tell of the tool's failure: what they say; each is rejected with it, so that the scan closes nothing
    """

    paths: tuple[str, ...]
    inner: tuple[tuple[str | int, ...], ...]
    where: tuple[tuple[Expression, Matcher], ...]
    plan: Plan
    kind: Kind
    refuses: Expression | None = None


@dataclass(frozen=True)
class Spec:
    """A compiled spec.

    together            columns of a table: rows that follow one another and are equal in these are one
    looks_at_document   it asks for more of the document (`$.`) than the attributes of its root
    """

    id: str
    title: str
    tool: str
    kind: Kind
    reader: str
    signatures: tuple[Signature, ...]
    run: dict[str, Expression]
    blocks: tuple[Block, ...]
    rows_are_components: bool = False
    sample: str = ""
    about: str = ""
    layout: Layout | None = None
    together: tuple[str, ...] = ()
    looks_at_document: bool = True

    def read(self, member: Member, limits: Limits) -> "Iterator[SpecReading]":
        """The one reading of a member. Raises: ReportError when the member cannot be read at all."""
        paths = tuple(path for block in self.blocks for path in block.paths)
        with (
            open_text(member, self.layout, limits)
            if self.layout
            else open_rows(
                self.reader, member, paths, limits, together=self.together, is_whole=self.looks_at_document
            ) as rows
        ):
            yield SpecReading(self, rows)


class LazySpec:
    """A spec of which only the beginning is read, up to `detect`: enough to be listed and told. The rest follows on first use."""

    def __init__(
        self, text: str, name: str, *, is_own: bool = False, beginning: beginnings.Beginning | None = None
    ) -> None:
        """`name` is the file's, for messages; `is_own`: it did not come with the program, and may hold anything.

        Raises: SpecError when the beginning cannot be used.
        """
        self.text = text
        self._name = name
        try:
            if is_own:
                refuse_hostile(text, name)
            begun = beginning or beginnings.beginning_of(text, name)
        except SpecError as error:
            raise located(error, text, name) from None
        self.id, self.title, self.tool, self.kind = begun.id, begun.title, begun.tool, begun.kind
        self.about, self.sample, self.replaces = begun.about, begun.sample, begun.replaces
        self.signatures, self.may_be_empty = begun.signatures, begun.may_be_empty

    @functools.cached_property
    def spec(self) -> Spec:
        """The whole spec, compiled. Raises: SpecError."""
        return load(self.text, self._name)

    def read(self, member: Member, limits: Limits) -> "Iterator[SpecReading]":
        """The one reading of a member. Raises: ReportError when the member, or the spec, cannot be read."""
        try:
            spec = self.spec
        except SpecError as error:
            raise ReportError(f"the format {self.id} cannot be used; mend its spec: {error}") from None
        return spec.read(member, limits)


def load(text: str, name: str) -> Spec:
    """Compile a spec. `name` is the file's, for messages. Raises: SpecError with the line, the place, and the reason."""
    try:
        return _loaded(text, name)
    except SpecError as error:
        raise located(error, text, name) from None


def _loaded(text: str, name: str) -> Spec:
    given = parsed(text, name)
    refuse_unknown(given, beginnings.MEMBERS, name)
    about = LazySpec(text, name)
    if given["reader"] not in _READERS:
        raise SpecError(f"{name}: reader", f"{given['reader']!r} is none of {', '.join(_READERS)}")
    blocks = _blocks(given, name, about.kind)
    run = _object(given, "run", name)
    refuse_unknown(run, _RUN, f"{name}: run")
    return Spec(
        id=about.id,
        title=about.title,
        tool=about.tool,
        kind=about.kind,
        reader=given["reader"],
        signatures=about.signatures,
        run={key: compile_value(value, f"{name}: run.{key}") for key, value in run.items()},
        blocks=blocks,
        rows_are_components=bool(given.get("components")),
        sample=about.sample,
        about=about.about,
        layout=_layout(given, blocks, name) if given["reader"] == "text" else None,
        together=_together(given, name),
        looks_at_document=_BEYOND_ATTRIBUTES.search(repr(given)) is not None,
    )


def _layout(given: dict[str, Any], blocks: tuple[Block, ...], name: str) -> Layout:
    each = tuple(line_pattern(path, f"{name}: each") for block in blocks for path in block.paths)
    others = {
        key: tuple(line_pattern(str(one), f"{name}: {key}") for one in _listed(given.get(key)))
        for key in ("headings", "ends", "document")
    }
    return Layout(each=each, **others)


def _together(given: dict[str, Any], name: str) -> tuple[str, ...]:
    columns = tuple(map(str, _listed(given.get("together"))))
    if columns and given["reader"] not in ("csv", "xlsx"):
        raise SpecError(
            f"{name}: together", "only the rows of tables can be put together; the reader is csv or xlsx then"
        )
    return columns


def _listed(given: object) -> list[object]:
    return given if isinstance(given, list) else [] if given is None else [given]


def _blocks(given: dict[str, Any], name: str, kind: Kind) -> tuple[Block, ...]:
    blocks = given.get("blocks") or [{}]
    if not isinstance(blocks, list):
        raise SpecError(f"{name}: blocks", "give a list")
    places = [f"{name}: blocks[{number}]" if given.get("blocks") else name for number in range(len(blocks))]
    return tuple(_block(given, block, place, kind) for block, place in zip(blocks, places, strict=True))


def _block(given: dict[str, Any], block: dict[str, Any], place: str, kind: Kind) -> Block:
    refuse_unknown(block, _BLOCK, place)
    fields = {**_object(given, "fields", place), **_object(block, "fields", place)}
    if unknown := sorted(set(map(str, fields)) - OBSERVATION_FACTS):
        known = ", ".join(sorted(OBSERVATION_FACTS))
        raise SpecError(place, f"fields.{unknown[0]} is no fact; known are {known}", key=f"fields.{unknown[0]}")
    refuses = block.get("refuses")
    for needed in () if refuses else ("rule", "title"):
        if needed not in fields:
            raise SpecError(place, f"fields.{needed} is missing", key="fields")
    each = block.get("each", given.get("each", ""))
    lines = given["reader"] == "text"
    paths, inner = (tuple(map(str, _listed(each))), ()) if lines else _each(each, place)
    where = {**_object(given, "where", place), **_object(block, "where", place)}
    return Block(
        paths=paths,
        inner=inner,
        where=tuple(
            (compile_value(path, f"{place}: where.{path}"), _matcher(_patterns(wanted)))
            for path, wanted in where.items()
        ),
        plan=Plan({key: compile_value(value, f"{place}: fields.{key}") for key, value in fields.items()}),
        kind=kind_of(block.get("kind"), place) if block.get("kind") else kind,
        refuses=compile_value(refuses, f"{place}: refuses") if refuses else None,
    )


def _object(given: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    found = given.get(key) or {}
    if not isinstance(found, dict):
        raise SpecError(f"{place}: {key}", "give an object")
    return found


def _each(given: object, place: str) -> tuple[tuple[str, ...], tuple[tuple[str | int, ...], ...]]:
    """`runs[*].items[*] > parts[*]`: before the first `>` the streamed rows, after it lists within a row."""
    alternatives = given if isinstance(given, list) else [given]
    streamed: list[str] = []
    inner: tuple[tuple[str | int, ...], ...] = ()
    for one in alternatives:
        outer, *rest = [part.strip() for part in str(one or "").split(" > ")]
        streamed.append(outer)
        inner = tuple(_inner(part, place) for part in rest)
    return tuple(streamed), inner


def _inner(text: str, place: str) -> tuple[str | int, ...]:
    if not text.endswith("[*]"):
        raise SpecError(f"{place}: each", f"{text!r} has to end in [*]")
    steps: list[str | int] = []
    for quoted, index, name in re.findall(r'\["([^"]*)"\]|\[(\d+)\]|([^.\[\]*]+)', text[:-3]):
        steps.append(int(index) if index else quoted or name)
    return tuple(steps)


def _patterns(given: object) -> tuple[str, ...]:
    return tuple(str(one).lower() for one in (given if isinstance(given, list) else [given]))


class SpecReading:
    """A member read by a spec."""

    def __init__(self, spec: Spec, rows: TreeRows) -> None:
        self._spec = spec
        self._rows = rows
        self.components = 0
        self.header = _header(spec, rows.first())

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations and rejected rows in the order of the report."""
        for block in self._spec.blocks:
            block.plan.forget()
        for row in self._rows:
            self.components += self._spec.rows_are_components
            try:
                tree = row.tree()
            except ValueError as error:
                yield Rejected(row.pointer, str(error))
                continue
            for block in self._spec.blocks:
                if row.path in block.paths or not row.path:
                    root = self._rows.root or (row.parents[0] if row.parents else None)
                    scope = Scope(tree, row.parents, root, row.key)
                    for inner, pointer in _expand(scope, row.pointer, block.inner):
                        item = _read(block, inner, pointer)
                        if item is not None:
                            yield item


def _read(block: Block, scope: Scope, pointer: str) -> Observation | Rejected | None:
    """What a row says; None when it does not count."""
    try:
        for value, matches in block.where:
            if not matches(value(scope)):
                return None
        if block.refuses is not None:
            return Rejected(pointer, f"the tool says: {text_of(block.refuses(scope)).strip()}"[:500])
        return build(block.plan, scope, pointer, block.kind)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        return Rejected(pointer, f"{type(error).__name__}: {error}"[:500])


def _matcher(wanted: tuple[str, ...]) -> Matcher:
    """Whether a value is one of the wanted (patterns; `!x` is all but x, an empty text is nothing at all)."""
    refused = [re.compile(fnmatch.translate(pattern[1:])).match for pattern in wanted if pattern.startswith("!")]
    allowed = [re.compile(fnmatch.translate(pattern)).match for pattern in wanted if not pattern.startswith("!")]

    def matches(value: Tree) -> bool:
        text = text_of(value).strip().lower()
        if any(match(text) for match in refused):
            return False
        return not allowed or any(match(text) for match in allowed)

    return matches


def _expand(scope: Scope, pointer: str, inner: tuple[tuple[str | int, ...], ...]) -> Iterable[tuple[Scope, str]]:
    """The rows within a row, with the row as their parent; the row itself where there is nothing to go into."""
    return _inner_rows(scope, pointer, inner) if inner else ((scope, pointer),)


def _inner_rows(scope: Scope, pointer: str, inner: tuple[tuple[str | int, ...], ...]) -> Iterator[tuple[Scope, str]]:
    steps, rest = inner[0], inner[1:]
    owner = scope.row
    for step in steps:
        if isinstance(owner, dict):
            owner = owner.get(step)
        elif isinstance(owner, list) and isinstance(step, int) and step < len(owner):
            owner = owner[step]
        else:
            owner = None
    base = pointer + "".join(f"/{step}" for step in steps)
    if isinstance(owner, dict) and not steps:
        items: list[tuple[str, Tree]] = [(str(key), value) for key, value in owner.items()]
    elif isinstance(owner, dict):
        whole = all(isinstance(value, dict | list) for value in owner.values()) and bool(owner)
        items = [(str(key), value) for key, value in owner.items()] if whole else [("0", owner)]
    else:
        items = [
            (str(number), value)
            for number, value in enumerate(owner if isinstance(owner, list) else [] if owner in (None, "") else [owner])
        ]
    for key, value in items:
        yield from _expand(scope.within(value, key), f"{base}/{key}", rest)


def _header(spec: Spec, first: Scope) -> Header:
    """The header out of the document (or of the first row, where there is no document around the rows)."""
    said: dict[str, Any] = {}
    for name, expression in spec.run.items():
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, IndexError):
            said[name] = expression(first)
    complete = str(said.get("complete", "")).strip().lower() not in ("false", "0", "no", "failed", "failure", "error")
    kind = str(said.get("kind") or "").upper()
    scanned_at = said.get("scanned_at")
    if not isinstance(scanned_at, datetime.datetime):
        from prodsec.scans.formats.dates import date

        scanned_at = date(scanned_at)
    return Header(
        format=spec.id,
        tool=text_of(said.get("tool")).strip()[:200] or spec.tool,
        analysis=Kind[kind] if kind in Kind.__members__ else spec.kind,
        tool_version=text_of(said.get("version")).strip()[:100],
        complete=complete,
        incomplete_reason=text_of(said.get("incomplete_reason"))[:500] if not complete else "",
        target=text_of(said.get("target")).strip()[:500],
        scanned_at=scanned_at,
    )
