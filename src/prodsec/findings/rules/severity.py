"""One severity out of many opinions, with the reason in words.

A person outranks a policy, a policy the vendor, the vendor the advisory, the advisory the scanner: who knows the
installation better speaks later. A scanner's opinion is its CVSS base score (v3, else v2) where it gives one, else its word.
Source: domain/vulnerability-management.md §3, §5.
"""

from prodsec.findings.types import Opinions
from prodsec.vocabulary.severity import Severity

_SOURCES = ("person", "policy", "vendor", "advisory", "scanner")
_WORDS = {
    "person": "set by a person",
    "policy": "set by a policy",
    "vendor": "the vendor's rating",
    "advisory": "the advisory's rating",
    "scanner": "the scanner's rating",
}


def resolve(opinions: Opinions) -> Severity:
    """The severity that counts; unknown when nobody said anything."""
    return next((said for source in _SOURCES if (said := getattr(opinions, source)) is not None), Severity.UNKNOWN)


def explain(opinions: Opinions, score: float | None) -> str:
    """Why the severity is what it is, in one sentence."""
    for source in _SOURCES:
        said: Severity | None = getattr(opinions, source)
        if said is None:
            continue
        others = [
            f"{_WORDS[other]} is {getattr(opinions, other).word}"
            for other in _SOURCES
            if other != source and getattr(opinions, other) not in (None, said)
        ]
        because = f" (CVSS base score {score:.1f})" if source == "scanner" and score else ""
        return (
            f"{said.word.capitalize()}: {_WORDS[source]}{because}" + (f"; {'; '.join(others)}" if others else "") + "."
        )
    return "Unknown: no source has rated it yet."


def of_scanner(severity: Severity, score: float | None, *, has_vector: bool) -> Severity:
    """A scanner's opinion: by its CVSS base score where it gives a vector, else its own word, else its bare score."""
    if has_vector and score:
        return Severity.from_score(score)
    if severity is Severity.UNKNOWN and score:
        return Severity.from_score(score)
    return severity
