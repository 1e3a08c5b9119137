"""Finds where JSON values begin and end in a mapped file of any size, without building them.

Two tricks make it fast. A value of up to `WINDOW` bytes is jumped over by one regular expression with possessive quantifiers,
which cannot backtrack (about 70 MB/s). A long list is cut into chunks: what lies between two places that look like borders of
rows is wrapped in brackets and given to msgspec, which skips values at memory speed (about 2 GB/s). Only if msgspec accepts
it is the cut right, because a cut inside a text or a nested value leaves that value open. See docs/decisions/0007.
"""

import mmap
import re
from collections.abc import Iterator

import msgspec

from prodsec.scans.types import Limits, ReportError

Data = bytes | mmap.mmap

WINDOW = 1 << 18
_DROP_BYTES = 1 << 24
_TRIED_CUTS = 6
_ROWS_AFTER_MISS = 32
_SMALL = 64
MOST_VALUES = 1_000_000
"""How many values are made into a tree at once. A tiny value takes about a hundred bytes of memory, whatever it takes in the file."""

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


def _container(levels: int) -> bytes:
    """A pattern for a container with containers in it up to some levels deep."""
    inside = rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+'
    for _ in range(levels):
        inside = rb'[^"\[\]{}]*+(?:(?:' + _STRING + rb"|[\[{]" + inside + rb'[\]}])[^"\[\]{}]*+)*+'
    return rb"[\[{]" + inside + rb"[\]}]"


_CONTAINER = re.compile(_container(6), re.DOTALL)
_TEXT = re.compile(_STRING, re.DOTALL)
_TEXTS = re.compile(rb'(?:[^"]*+' + _STRING + rb")*+", re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\[\]{}\":]++")
_SPACE = re.compile(rb"[ \t\r\n]*+")
_BORDERS = {
    0x5B: re.compile(rb'\}[ \t\r\n]*+,[ \t\r\n]*+\{[ \t\r\n]*+"[^"\\]*+"'),
    0x7B: re.compile(rb'[}\]"0-9el][ \t\r\n]*+,[ \t\r\n]*+"'),
}
# Small members have no name or brace to be told by; any two signs around a comma may be their border.
_ANY_BORDER = re.compile(rb"[^\s,][ \t\r\n]*+,[ \t\r\n]*+[^\s,]")

_ITEMS: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])

OBJECT, ARRAY = 0x7B, 0x5B
_QUOTE, _COMMA, _COLON = 0x22, 0x2C, 0x3A
_CLOSING = {OBJECT: 0x7D, ARRAY: 0x5D}

BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for text that is no JSON."""


class Cursor:
    """How far the taker of a member came: `at` is where its value ends (None: skip it), `passed` how many more were taken."""

    __slots__ = ("at", "passed")

    def __init__(self) -> None:
        self.at: int | None = None
        self.passed = 0


class Scanner:
    """Walks over one JSON text. `end` is the offset after the container walked last, `key_start` of the last member's name."""

    def __init__(self, data: Data, limits: Limits) -> None:
        self.data = data
        self.size = len(data)
        self.limits = limits
        self.path: list[str | int] = []
        self.end = 0
        self.key_start = 0
        self._dropped = 0

    def space(self, at: int) -> int:
        """The offset of the next byte that is not white space."""
        found = _SPACE.match(self.data, at)
        return found.end() if found else at

    def members(self, at: int) -> Iterator[tuple[str | int, int, Cursor]]:
        """The members of the container at `at`: key or index, where the value begins, and the cursor to be moved behind it."""
        opening = self.data[at]
        closing = _CLOSING[opening]
        if len(self.path) >= self.limits.depth:
            raise self.error(f"nested deeper than {self.limits.depth} levels")
        at = self.space(at + 1)
        index, cursor = 0, Cursor()
        if self._byte(at) == closing:
            self.end = at + 1
            return
        while True:
            key: str | int = index
            if opening == OBJECT:
                key, at = self._key(at)
            self.path.append(key)
            cursor.at, cursor.passed = None, 0
            yield key, at, cursor
            at = self.space(cursor.at if cursor.at is not None else self.skip(at))
            byte = self._byte(at)
            self.path.pop()
            if byte == closing:
                self.end = at + 1
                return
            if byte != _COMMA:
                raise self.broken(at)
            at = self.space(at + 1)
            index += 1 + cursor.passed

    def skip(self, at: int) -> int:
        """The offset after the value at `at`."""
        byte = self._byte(at)
        if byte == _QUOTE:
            return self._text_end(at)
        if byte not in _CLOSING:
            found = _SCALAR.match(self.data, at, min(self.size, at + WINDOW))
            if found is None:
                raise self.broken(at)
            return found.end()
        found = _CONTAINER.match(self.data, at, min(self.size, at + WINDOW))
        if found is not None:
            return found.end()
        for _start, end, _count in self.chunks(at):
            self.drop(end)
        return self.end

    def _text_end(self, at: int) -> int:
        limit = self.limits.row_bytes
        found = _TEXT.match(self.data, at, min(self.size, at + limit))
        if found is not None:
            return found.end()
        raise self.error(f"a text longer than {limit} bytes") if self.size - at > limit else self.cut_off()

    def chunks(self, at: int, largest: int = 0) -> Iterator[tuple[int, int, int]]:
        """The container at `at` in runs of whole members of about `WINDOW` bytes: start, end and number of each.

        Raises: ReportError for a member of more than `largest` bytes, if that is given.
        """
        opening = self.data[at]
        border = _BORDERS[opening]
        start, stop, count, mark, patience = 0, 0, 0, b"", 0
        for _key, value_at, cursor in self.members(at):
            begin = value_at if opening == ARRAY else self.key_start
            cursor.at = end = self.skip(value_at)
            if largest and end - value_at > largest:
                raise self.error(f"a row larger than {largest} bytes")
            if count and end - start > WINDOW:
                yield start, stop, count
                count = 0
            start, stop, count = (start if count else begin), end, count + 1
            if not mark:
                found = border.match(self.data, end - 1, min(self.size, end + 4096))
                if found is None and end - begin < _SMALL:
                    found = _ANY_BORDER.match(self.data, end - 1, min(self.size, end + 4096))
                mark = found.group() if found else b""
            if not mark or patience:
                patience = max(patience - 1, 0)
                continue
            more, cut = self._cut(start, opening, mark)
            if cut <= end:
                patience = _ROWS_AFTER_MISS
                continue
            yield start, cut, more
            # Of members with one name msgspec counts the last alone, so there may be fewer than were passed.
            cursor.at, cursor.passed, count = cut, max(more - count, 0), 0
        if count:
            yield start, stop, count

    def _cut(self, start: int, opening: int, mark: bytes) -> tuple[int, int]:
        """How many whole members a window from `start` holds, and where the last ends; (0, start) when no cut is found."""
        text = self.data[start : start + WINDOW]
        cut = len(text)
        for _ in range(_TRIED_CUTS):
            cut = text.rfind(mark, 0, cut)
            if cut < 0:
                break
            try:
                return len(split(text[: cut + 1], keyed=opening == OBJECT)), start + cut + 1
            except BROKEN:
                continue
        return 0, start

    def _key(self, at: int) -> tuple[str, int]:
        """The name of the member at `at`, and where its value begins."""
        self.key_start = at
        if self._byte(at) != _QUOTE:
            raise self.broken(at)
        name = self.data[at : self._text_end(at)]
        colon = self.space(at + len(name))
        if self._byte(colon) != _COLON:
            raise self.broken(colon)
        value_at = self.space(colon + 1)
        self._byte(value_at)
        try:
            return msgspec.json.decode(name, type=str), value_at
        except BROKEN:
            return name[1:-1].decode("utf-8", "replace"), value_at

    def _byte(self, at: int) -> int:
        if at >= self.size:
            raise self.cut_off()
        return self.data[at]

    def drop(self, at: int) -> None:
        """Give the pages before `at` back to the system now and then, so that a large file does not fill the memory."""
        if isinstance(self.data, mmap.mmap) and (at - self._dropped >= _DROP_BYTES or at < self._dropped):
            self.data.madvise(mmap.MADV_DONTNEED)
            self._dropped = at

    def cut_off(self) -> ReportError:
        """The error for a text that ends before it should."""
        return self.error(f"the file ends in the middle (byte {self.size}); it was cut off")

    def broken(self, at: int) -> ReportError:
        """The error for a text that is no JSON."""
        return self.error(f"not valid JSON at byte {at}")

    def error(self, sentence: str) -> ReportError:
        """An error at the value being walked."""
        return ReportError(sentence, place=pointer_of(self.path) or "/")


def split(text: bytes, *, keyed: bool) -> list[tuple[str | int, msgspec.Raw]]:
    """The members in `text`, the inside of an object or list. Raises: those of `BROKEN`."""
    if keyed:
        return list(_MEMBERS.decode(b"{" + text + b"}").items())
    return list(enumerate(_ITEMS.decode(b"[" + text + b"]")))


def few_values(raw: Data) -> bool:
    """Whether a tree of it fits into memory. Cost: a look at the length for almost all."""
    if len(raw) <= MOST_VALUES:
        return True
    text = bytes(raw)
    return signs(text) <= MOST_VALUES or crowd(text) <= MOST_VALUES


def signs(text: bytes) -> int:
    """At most how many values a text holds, an empty list or object counting as two: a comma in a sentence is no value."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def crowd(text: bytes) -> int:
    """The same without the commas in texts; of more than `MOST_VALUES` not how many more. Cost: a tenth of a second for 10 MB."""
    count, at = 0, 0
    while count <= MOST_VALUES and at < len(text):
        whole = _TEXTS.match(text, at, at + WINDOW)
        end = whole.end() if whole else at
        if end > at:
            count += signs(_TEXT.sub(b"", text[at:end]))
        else:
            # No text ends within the window: there is none, or it is a long one.
            long = _TEXT.search(text, at)
            count += signs(text[at : long.start() if long else len(text)])
            end = long.end() if long else len(text)
        at = end
    return count


def pointer_of(path: list[str | int]) -> str:
    """The JSON pointer of a path."""
    return "".join(f"/{escape(step) if isinstance(step, str) else step}" for step in path)


def escape(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
