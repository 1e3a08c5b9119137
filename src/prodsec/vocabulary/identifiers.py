"""Vulnerability ids: found in any text, in upper case, in the order they are met."""

import functools
import re

_IDS = re.compile(
    r"\b(?:CVE-\d{4}-\d{4,19}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|RUSTSEC-\d{4}-\d{4}|GO-\d{4}-\d{4,}|PYSEC-\d{4}-\d+"
    r"|OSV-\d{4}-\d+|RHSA-\d{4}:\d+|DSA-\d+(?:-\d+)?|DLA-\d+(?:-\d+)?|USN-\d+-\d+|ALAS\d*-\d{4}-\d+|ELSA-\d{4}-\d+"
    r"|SNYK-[A-Z0-9]+-[A-Z0-9]+-\d+|MAL-\d{4}-\d+|TEMP-\d+-[0-9A-F]+|BIT-[a-z0-9-]+-\d{4}-\d+|SONATYPE-\d{4}-\d+)\b",
    re.I,
)


@functools.lru_cache(maxsize=65536)
def ids_in(text: str) -> tuple[str, ...]:
    """The known vulnerability ids that a text names, each once."""
    return tuple(dict.fromkeys(match.upper() for match in _IDS.findall(text)))


def is_cve(identifier: str) -> bool:
    """Whether the id is a CVE."""
    return identifier.startswith("CVE-")


def primary(ids: tuple[str, ...], fallback: str) -> str:
    """The id that stands for the weakness: the CVE when there is exactly one, else the row's own first id."""
    cves = [identifier for identifier in ids if is_cve(identifier)]
    if len(cves) == 1:
        return cves[0]
    return ids[0] if ids else fallback
