"""Severity: how bad, in six words, and how the words of others become ours."""

import enum
import re


class Severity(enum.IntEnum):
    """Ordered from unknown to critical; stored as its number, so that worse sorts higher.

    `UNKNOWN` is not `INFO`: it means nobody has said. Source: domain/vulnerability-management.md §3, ux.md rule 9.
    """

    UNKNOWN = 0
    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def word(self) -> str:
        """The lower-case word used in JSON, addresses and files."""
        return self.name.lower()

    @classmethod
    def from_score(cls, score: float) -> "Severity":
        """The severity of a CVSS score; 0.0 is info. Source: domain/vulnerability-management.md §3."""
        if score >= 9.0:
            return cls.CRITICAL
        if score >= 7.0:
            return cls.HIGH
        if score >= 4.0:
            return cls.MEDIUM
        return cls.LOW if score > 0.0 else cls.INFO

    @classmethod
    def from_text(cls, text: str) -> "Severity":
        """The severity a word stands for, in any case and with any decoration; `UNKNOWN` for a word nobody knows."""
        return _WORDS.get(_LETTERS.sub("", text.lower()), cls.UNKNOWN)


_LETTERS = re.compile(r"[^a-z]+")

_WORDS = {
    word: severity
    for severity, words in {
        Severity.CRITICAL: "critical crit fatal blocker emergency veryhigh urgent catastrophic",
        Severity.HIGH: "high error important major severe serious h",
        Severity.MEDIUM: "medium moderate med warning warn average mid m",
        Severity.LOW: "low minor note notice weak negligible verylow l",
        Severity.INFO: "info information informational infos trivial style none log debug convention refactor suggestion",
    }.items()
    for word in words.split()
}
