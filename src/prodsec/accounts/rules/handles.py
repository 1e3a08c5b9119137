"""Handles: what people and teams are called after an `@`. Pure, so that the same names give the same handles everywhere."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_NO_WORD = re.compile(r"[^\w]+")
LONGEST = 60


def people_handles(names: Iterable[tuple[int, str]], taken: Iterable[str]) -> dict[int, str]:
    """A handle for each person, by id: their name in small letters with hyphens; with their number where two are called the same.

    taken: the slugs of teams, which come first.
    """
    wanted = {person_id: handle_of(name) or f"person-{person_id}" for person_id, name in names}
    counts: dict[str, int] = dict.fromkeys(taken, 1)
    for handle in wanted.values():
        counts[handle] = counts.get(handle, 0) + 1
    return {
        person_id: handle if counts[handle] == 1 else f"{handle}-{person_id}" for person_id, handle in wanted.items()
    }


def handle_of(name: str) -> str:
    """A name in small letters with hyphens, in whatever script: `Ada Lovelace` is `ada-lovelace`."""
    text = unicodedata.normalize("NFKC", name).lower()
    return _NO_WORD.sub("-", text).strip("-_")[:LONGEST].strip("-_")


def mentioned(handles: Iterable[str], known: Mapping[str, int]) -> set[int]:
    """The ids of those who are named, by handles as they were written."""
    return {known[handle.lower()] for handle in handles if handle.lower() in known}
