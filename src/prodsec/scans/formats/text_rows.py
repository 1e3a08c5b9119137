"""Plain-text reports: rows out of lines by patterns, streamed.

A line that matches one of the patterns of `each` begins a row: its named groups are the row's values, `#text` is the line and
what follows it, up to the next row, heading, or line that ends one. Lines are matched from their start and only in part
(`_MATCHED_CHARACTERS`), patterns that could run for ever are refused, and the time is looked at while no row is found, so that no
report can make one slow.
"""

import contextlib
import functools
import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from prodsec.scans.formats import patterns, tables
from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.types import Limits, ReportError

_MATCHED_CHARACTERS = 2_000
_MOST_LINES_OF_A_ROW = 500
_MOST_REPEATS = 3
_LOOK_AT_CLOCK = 64
# A repetition of nearly any character; three of them in a row that match the same can take cubic time, which is the most that is let.
_WIDE_REPEAT = re.compile(r"(?:(?<!\\)\.|\\[SDW]|\[\^(?:\\.|[^\]\\])*\])[*+](?!\+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

Groups = dict[str, str]


@dataclass(frozen=True)
class Layout:
    """How the lines of a report are taken apart.

    each        patterns of lines that begin a row; the first that matches, and its text is the row's path
    headings    patterns of lines that say what follows, outer ones first: what they name holds until the next of the same or an outer one
    ends        patterns of lines that end a row and begin none
    document    patterns of lines about the whole report: the first line that matches one counts
    """

    each: tuple[re.Pattern[str], ...]
    headings: tuple[re.Pattern[str], ...] = ()
    ends: tuple[re.Pattern[str], ...] = ()
    document: tuple[re.Pattern[str], ...] = ()


@functools.lru_cache(maxsize=1024)
def line_pattern(text: str, place: str) -> re.Pattern[str]:
    """Compile a pattern for lines. Raises: SpecError for one that is wrong or could run for ever."""
    if len(_WIDE_REPEAT.findall(text)) > _MOST_REPEATS:
        raise SpecError(
            place,
            f"{text!r} repeats nearly any character more than {_MOST_REPEATS} times; "
            "name what may be repeated ([^:]*), or do not let it give back (.*+)",
        )
    try:
        return patterns.bounded(text, from_start=True).compiled
    except re.error as error:
        raise SpecError(place, f"{text!r} is no valid pattern: {error}") from None


def text_document(file: IO[bytes], head: bytes, layout: Layout, limits: Limits) -> Groups:
    """What the lines say of the whole report."""
    found: Groups = {}
    left = list(layout.document)
    if not left:
        return found
    for _, line in _lines(file, head, limits):
        for pattern in left:
            if match := pattern.match(line):
                found = {**_groups(match), **found}
                left.remove(pattern)
                break
        if not left:
            break
    return found


def text_rows(file: IO[bytes], head: bytes, layout: Layout, root: Groups, limits: Limits) -> Iterator[TreeRow]:
    """The rows. Raises: ReportError for a line that is too long, too many rows, or when the time is over."""
    levels: list[Groups] = [{} for _ in layout.headings]
    row: _Row | None = None
    count = 0
    for number, line in _lines(file, head, limits):
        begun = _first(layout.each, line)
        if begun is None:
            level, heading = _heading(layout, line)
            if heading is not None:
                levels[level:] = [_groups(heading), *({} for _ in levels[level + 1 :])]
            if row is not None and (heading is not None or _first(layout.ends, line)):
                yield row.made()
                row = None
            elif row is not None:
                row.add(line)
            continue
        if row is not None:
            yield row.made()
        count += 1
        if count > limits.rows:
            raise ReportError(f"more than {limits.rows} rows; split the report", place=f"line {number}")
        above = {name: value for groups in levels for name, value in groups.items()}
        row = _Row(begun, number, (root, above))
    if row is not None:
        yield row.made()


class _Row:
    """A row whose lines are being collected."""

    def __init__(self, begun: re.Match[str], number: int, parents: tuple[Groups, Groups]) -> None:
        self._begun = begun
        self._number = number
        self._parents = parents
        self._lines = [begun.string]

    def add(self, line: str) -> None:
        """A line that belongs to it."""
        if len(self._lines) < _MOST_LINES_OF_A_ROW:
            self._lines.append(line)

    def made(self) -> TreeRow:
        """The row as others know it."""
        tree = {**_groups(self._begun), "#text": "\n".join(self._lines).rstrip()}
        return TreeRow(tree, f"line {self._number}", self._parents, self._begun.re.pattern)


def _first(patterns: tuple[re.Pattern[str], ...], line: str) -> re.Match[str] | None:
    for pattern in patterns:
        if match := pattern.match(line):
            return match
    return None


def _heading(layout: Layout, line: str) -> tuple[int, re.Match[str] | None]:
    for level, pattern in enumerate(layout.headings):
        if match := pattern.match(line):
            return level, match
    return 0, None


def _groups(match: re.Match[str]) -> Groups:
    return {name: value.strip() for name, value in match.groupdict().items() if value}


def _lines(file: IO[bytes], head: bytes, limits: Limits) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without colours and as far as they are matched."""
    deadline = time.monotonic() + limits.seconds
    text = io.TextIOWrapper(file, encoding=tables.decoding_of(head), errors="replace")
    try:
        for number, line in enumerate(tables.bounded_lines(text, limits), start=1):
            if number % _LOOK_AT_CLOCK == 0 and time.monotonic() > deadline:
                raise ReportError(
                    f"reading took longer than {limits.seconds} seconds; split the report", place=f"line {number}"
                )
            yield number, shown(line)
    finally:
        with contextlib.suppress(ValueError):  # the file was closed before its lines were all asked for
            text.detach()


def shown(line: str) -> str:
    """A line as a terminal shows it, as far as it is matched."""
    cut = line[:_MATCHED_CHARACTERS].rstrip()
    return _COLOUR.sub("", cut).replace("\x00", "") if "\x1b" in cut or "\x00" in cut else cut
