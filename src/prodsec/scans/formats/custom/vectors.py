"""CVSS vectors of a row in the order that counts."""

from collections.abc import Iterable


def by_version(vectors: Iterable[str]) -> tuple[str, ...]:
    """Each vector once: version 3 first, then 2, then 4.

    Source: domain/vulnerability-management.md §3, severity comes from v3, else v2.
    """
    distinct = dict.fromkeys(vectors)
    return tuple(sorted(distinct, key=_preference)) if len(distinct) > 1 else tuple(distinct)


def _preference(vector: str) -> int:
    if vector.startswith("CVSS:3"):
        return 0
    return 2 if vector.startswith("CVSS:4") else 1
