"""Instants as reports write them, read to aware UTC."""

import datetime
import functools

_ZONELESS_WORDS = (" UTC", " GMT")
_NOBODY_SAID = 1970  # Go's zero time is year 1; no scanner finding is older than the Unix epoch
_LAST_YEAR = 9000  # year 9999 is another way to say never


@functools.lru_cache(maxsize=4_096)
def instant(text: str | None) -> datetime.datetime | None:
    """The instant an ISO 8601 text names; None for none, for a zero time and for what cannot be read.

    A text without a zone is taken as UTC. Fractions finer than a microsecond are cut.
    """
    if not text:
        return None
    cleaned = text.strip()
    for word in _ZONELESS_WORDS:
        cleaned = cleaned.removesuffix(word)
    try:
        moment = datetime.datetime.fromisoformat(_microseconds(cleaned))
    except ValueError:
        return None
    if not _NOBODY_SAID <= moment.year < _LAST_YEAR:
        return None
    return moment.replace(tzinfo=datetime.UTC) if moment.tzinfo is None else moment.astimezone(datetime.UTC)


def _microseconds(text: str) -> str:
    """Cut a fraction of more than six digits; Go writes nine."""
    head, dot, fraction = text.partition(".")
    if not dot:
        return text
    digits = len(fraction) - len(fraction.lstrip("0123456789"))
    return f"{head}.{fraction[: min(digits, 6)]}{fraction[digits:]}"
