"""SPDX 2 in YAML, read event by event: nothing but plain maps, lists and texts; anchors, aliases and tags are refused.

So an alias cannot grow into a bomb and a tag cannot make an object (reliability.md T15). PyYAML's C parser reads some 5 MB
a second, hence the limit: a larger document is sent as JSON.
"""

from collections.abc import Iterator
from typing import IO, Any

import yaml

from prodsec.scans.formats.custom.rows_reading import frame
from prodsec.scans.formats.custom.spdx_document import Document, Package
from prodsec.scans.types import Limits, ReportError

Tree = Any
LARGEST = 64_000_000
_LONGEST_NODES = 200_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Events:
    """The events of a document, each looked at before it is handed on."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        self._limits = limits
        self._events = yaml.parse(file, Loader=_Loader)
        self.line = 1
        self.nodes = 0

    def next(self) -> yaml.Event:
        """The next event. Raises: ReportError for what is no YAML, or has anchors or tags."""
        try:
            event: yaml.Event = next(self._events)
        except StopIteration:
            raise ReportError("the YAML document ends before it should", place=f"line {self.line}") from None
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark is not None else self.line
            problem = getattr(error, "problem", None) or type(error).__name__
            raise ReportError(f"not well-formed YAML: {problem}", place=f"line {line}") from None
        self.line = event.start_mark.line + 1 if event.start_mark is not None else self.line
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ReportError("the document has anchors or aliases, which no SPDX needs", place=f"line {self.line}")
        if getattr(event, "tag", None) not in (None, "!"):
            raise ReportError("the document has tags, which no SPDX needs", place=f"line {self.line}")
        return event

    def tree(self, event: yaml.Event, depth: int = 0) -> Tree:
        """The value that begins with an event, of texts alone. Raises: ReportError."""
        self.nodes += 1
        if depth > self._limits.depth or self.nodes > _LONGEST_NODES:
            raise ReportError("nested too deep, or a value too large", place=f"line {self.line}")
        if isinstance(event, yaml.ScalarEvent):
            return event.value.replace("\x00", "")
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := self.next(), yaml.SequenceEndEvent):
                items.append(self.tree(inner, depth + 1))
            return items
        found: dict[str, Tree] = {}
        while not isinstance(inner := self.next(), yaml.MappingEndEvent):
            key = self.tree(inner, depth + 1)
            value = self.tree(self.next(), depth + 1)
            if isinstance(key, str):
                found[key] = value
        return found

    def skip(self, event: yaml.Event) -> None:
        """Pass over the value that begins with an event, without keeping any of it."""
        level = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                level += 1
                if level > self._limits.depth:
                    raise ReportError("nested too deep", place=f"line {self.line}")
            elif isinstance(event, yaml.CollectionEndEvent):
                level -= 1
            if level == 0:
                return
            event = self.next()


def document_of(file: IO[bytes], limits: Limits) -> Document:
    """What the document says of itself. Raises: ReportError."""
    told: dict[str, Tree] = {}
    for key, events, event in _members(file, limits):
        if key in {"name", "spdxVersion", "creationInfo"}:
            told[key] = events.tree(event)
        else:
            events.skip(event)
    return frame(told, Document, "SPDX document")


def packages_of(file: IO[bytes], limits: Limits) -> Iterator[tuple[Package, str]]:
    """The packages with the line each begins at. Raises: ReportError."""
    for key, events, event in _members(file, limits):
        if key != "packages" or not isinstance(event, yaml.SequenceStartEvent):
            events.skip(event)
            continue
        while not isinstance(inner := events.next(), yaml.SequenceEndEvent):
            events.nodes = 0
            place = f"line {events.line}"
            yield frame(events.tree(inner), Package, "SPDX package", place), place


def _members(file: IO[bytes], limits: Limits) -> Iterator[tuple[str, _Events, yaml.Event]]:
    """The members of the document's map: name, and the event its value begins with, which the taker passes."""
    file.seek(0, 2)
    if file.tell() > LARGEST:
        raise ReportError(f"a YAML document larger than {LARGEST / 1e6:g} MB; send it as JSON", place="line 1")
    file.seek(0)
    events = _Events(file, limits)
    while not isinstance(event := events.next(), yaml.NodeEvent):
        if isinstance(event, yaml.StreamEndEvent):
            raise ReportError("the YAML document is empty", place="line 1")
    if not isinstance(event, yaml.MappingStartEvent):
        raise ReportError("the YAML document is no map", place=f"line {events.line}")
    while not isinstance(inner := events.next(), yaml.MappingEndEvent):
        events.nodes = 0
        key = events.tree(inner)
        yield key if isinstance(key, str) else "", events, events.next()
