"""Search in the documentation: an index of its parts in memory, made once from the files of docs/."""

import functools
import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prodsec.kit import markdown
from prodsec.site import document_files

MOST_HITS, MOST_WORDS, LONGEST_QUERY = 20, 8, 200
_WORD = re.compile(r"[a-z0-9]+(?:['_-][a-z0-9]+)*", re.IGNORECASE | re.ASCII)
_SNIPPET, _BEFORE = 200, 60
_IN_TITLE, _IN_HEADING = 6.0, 4.0
# What people read to get something done comes before what was once weighed.
_WEIGHT = {"guide": 1.6, "decisions": 0.6}


@dataclass(frozen=True)
class Piece:
    """A piece of a text; `is_hit` where it is what was looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True)
class Hit:
    """A part of a document that answers: its document's title, its heading, its address, and where the words stand."""

    title: str
    heading: str
    address: str
    snippet: tuple[Piece, ...]


@dataclass(frozen=True)
class _Entry:
    title: str
    heading: str
    address: str
    text: str
    counts: Counter[str]
    in_title: frozenset[str]
    in_heading: frozenset[str]
    weight: float

    def worth(self, word: str) -> float:
        """How much this part is about a word."""
        often = self.counts.get(word, 0)
        return often / (often + 1.5) + _IN_HEADING * (word in self.in_heading) + _IN_TITLE * (word in self.in_title)


@dataclass(frozen=True)
class _Index:
    """The parts; every word, in order; and for each word the parts that hold it, by their places, with its worth there."""

    entries: tuple[_Entry, ...]
    words: tuple[str, ...]
    holding: dict[str, tuple[tuple[int, float], ...]]

    def known(self, word: str) -> Sequence[str]:
        """The word, if any part holds it."""
        return (word,) if word in self.holding else ()

    def beginning(self, start: str) -> Sequence[str]:
        """The words that begin so."""
        return self.words[bisect_left(self.words, start) : bisect_left(self.words, start + "\x7f")]


def search(query: str, *, most: int = MOST_HITS) -> list[Hit]:
    """The parts that hold every word asked for (the last one may be a beginning). Order: the best first."""
    asked = list(dict.fromkeys(_words(query[:LONGEST_QUERY])))[:MOST_WORDS]
    if not asked:
        return []
    index = _index()
    meant = [index.beginning(word) if word == asked[-1] else index.known(word) for word in asked]
    scores = _best(index, meant[0])
    for words in meant[1:]:
        others = _best(index, words)
        scores = {place: score + others[place] for place, score in scores.items() if place in others}
    best = sorted(scores, key=lambda place: (-scores[place] * index.entries[place].weight, place))[:most]
    said = {word for words in meant for word in words}
    found = [index.entries[place] for place in best]
    return [Hit(one.title, one.heading, one.address, tuple(_snippet(one.text, said))) for one in found]


def prepare() -> None:
    """Make the index, which the first search would wait for. Cost: half a second of computing, once in a process."""
    _index()


def _best(index: _Index, words: Iterable[str]) -> dict[int, float]:
    """The entries that hold any of these words, each with what the best of them is worth there."""
    best: dict[int, float] = {}
    for word in words:
        for place, worth in index.holding[word]:
            best[place] = max(best.get(place, 0.0), worth)
    return best


def _snippet(text: str, words: set[str]) -> list[Piece]:
    """The text around the first hit, cut at words, in pieces, so that a page can mark the hits."""
    hits = [match.span() for match in _WORD.finditer(text) if match[0].lower() in words]
    start = max(0, hits[0][0] - _BEFORE) if hits else 0
    start = text.find(" ", start) + 1 if start else 0
    end = len(text) if len(text) <= start + _SNIPPET else text.rfind(" ", start, start + _SNIPPET)
    end = end if end > start else start + _SNIPPET
    pieces, at = [Piece("… ", is_hit=False)] if start else [], start
    for first, last in hits:
        if first < at or last > end:
            continue
        pieces += [Piece(text[at:first], is_hit=False), Piece(text[first:last], is_hit=True)]
        at = last
    return [*pieces, Piece(text[at:end] + (" …" if end < len(text) else ""), is_hit=False)]


@functools.cache
def _index() -> _Index:
    """Every part of every document, and the parts that each word stands in."""
    entries = tuple(
        entry for section in document_files.sections() for one in section.documents for entry in _entries(one)
    )
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for word in {*entry.counts, *entry.in_title, *entry.in_heading}:
            places[word].append(place)
    holding = {word: _worths(word, held, entries) for word, held in places.items()}
    return _Index(entries, tuple(sorted(holding)), holding)


def _worths(word: str, places: list[int], entries: tuple[_Entry, ...]) -> tuple[tuple[int, float], ...]:
    """What a word is worth in each of the entries that hold it: the rarer it is, the more."""
    rare = math.log(1 + len(entries) / len(places))
    return tuple((place, entries[place].worth(word) * rare) for place in places)


def _entries(document: document_files.Document) -> Iterable[_Entry]:
    text = (document_files.folder() / f"{document.name}.md").read_text(encoding="utf-8")
    for part in markdown.parts_of(text):
        if not (part.text or part.heading):
            continue
        is_first = part.heading == document.title
        yield _Entry(
            title=document.title,
            heading="" if is_first else part.heading,
            address=f"/docs/{document.name}/" + ("" if is_first or not part.anchor else f"#{part.anchor}"),
            text=part.text,
            counts=Counter(_words(part.text)),
            in_title=frozenset(_words(document.title)) if is_first else frozenset(),
            in_heading=frozenset(_words(part.heading)),
            weight=_WEIGHT.get(document.name.partition("/")[0], 1.0),
        )


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
