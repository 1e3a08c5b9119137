"""Severity words, each read once: a report says the same few words in all its rows."""

import functools

from prodsec.vocabulary.severity import Severity


@functools.lru_cache(maxsize=512)
def severity_of(word: str | None) -> Severity:
    """The severity a tool's word stands for; `UNKNOWN` for none and for a word nobody knows."""
    return Severity.from_text(word) if word else Severity.UNKNOWN
