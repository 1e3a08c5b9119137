"""CVSS: base scores out of vectors, versions told apart. Computed by the `cvss` library of Red Hat's product security."""

import functools
import math
import re

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

_VECTOR = re.compile(r"CVSS:[34]\.\d/[A-Za-z:/.]+|(?<![A-Za-z:])AV:[NAL]/AC:[LMH]/Au:[NSM]/[A-Za-z:/]+")


@functools.lru_cache(maxsize=16384)
def base_score(vector: str) -> float | None:
    """The base score of a vector, 0.0 to 10.0; None when it is no vector we know."""
    try:
        if vector.startswith("CVSS:4"):
            return float(CVSS4(vector).base_score)
        if vector.startswith("CVSS:3"):
            return float(CVSS3(vector).scores()[0])
        return float(CVSS2(vector.strip("()")).scores()[0])
    except (CVSSError, ValueError, KeyError, IndexError):
        return None


def vectors_in(text: str) -> tuple[str, ...]:
    """The vectors a text holds, version 3 first, then 2, then 4 (domain/vulnerability-management.md §3 takes v3, else v2)."""
    found = dict.fromkeys(match.rstrip("/.") for match in _VECTOR.findall(text))
    return tuple(sorted(found, key=_preference))


def _preference(vector: str) -> int:
    if vector.startswith("CVSS:3"):
        return 0
    return 2 if vector.startswith("CVSS:4") else 1


@functools.lru_cache(maxsize=4096)
def score_of(vectors: tuple[str, ...]) -> float | None:
    """The base score that counts: of the first version 3 vector, else version 2, else version 4."""
    for vector in sorted(vectors, key=_preference):
        score = base_score(vector)
        if score is not None:
            return score
    return None


def checked_score(value: float) -> float | None:
    """The score when it can be one: a number from 0.0 to 10.0."""
    return round(value, 1) if math.isfinite(value) and 0.0 <= value <= 10.0 else None
