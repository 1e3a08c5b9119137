"""Search in the documentation: an index of its parts in memory, made once from the files of docs/."""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable
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


def search(query: str, *, most: int = MOST_HITS) -> list[Hit]:
    """The parts that hold every word asked for (the last one may be a beginning). Order: the best first."""
    asked = list(dict.fromkeys(_words(query[:LONGEST_QUERY])))[:MOST_WORDS]
    if not asked:
        return []
    entries, known = _index()
    meant = [{word} if word in known else set[str]() for word in asked]
    meant[-1] = {word for word in known if word.startswith(asked[-1])}
    found = [(score, entry) for entry in entries if (score := _score(entry, meant, known, len(entries)))]
    found.sort(key=lambda pair: -pair[0])
    words = set().union(*meant)
    return [
        Hit(entry.title, entry.heading, entry.address, tuple(_snippet(entry.text, words))) for _, entry in found[:most]
    ]


def _score(entry: _Entry, meant: list[set[str]], known: Counter[str], total: int) -> float:
    score = 0.0
    for words in meant:
        best = 0.0
        for word in words:
            often = entry.counts.get(word, 0)
            weight = often / (often + 1.5)
            weight += _IN_HEADING * (word in entry.in_heading) + _IN_TITLE * (word in entry.in_title)
            best = max(best, weight * math.log(1 + total / known[word]))
        if not best:
            return 0.0
        score += best
    return score * entry.weight


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
def _index() -> tuple[tuple[_Entry, ...], Counter[str]]:
    """Every part of every document, and in how many parts each word stands."""
    entries = tuple(
        entry for section in document_files.sections() for one in section.documents for entry in _entries(one)
    )
    known = Counter(word for entry in entries for word in {*entry.counts, *entry.in_title, *entry.in_heading})
    return entries, known


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
