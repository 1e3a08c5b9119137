"""Drift: what another clustering of the same findings joins, and what it takes apart."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple


class Link(NamedTuple):
    """Two findings that are together in one clustering and not in the other."""

    finding: int
    other: int


def links_between(before: Mapping[int, int], after: Mapping[int, int]) -> tuple[list[Link], list[Link]]:
    """What is gained and what is lost, out of finding → cluster. A cluster of which parts were together counts one link a part more.

    Shape: as few links as join the parts, so a hundred findings that come together are 99. Order: by finding.
    """
    return _missing(after, before), _missing(before, after)


def _missing(here: Mapping[int, int], there: Mapping[int, int]) -> list[Link]:
    members: dict[int, list[int]] = defaultdict(list)
    for finding, cluster in here.items():
        members[cluster].append(finding)
    found = []
    for group in members.values():
        parts: dict[tuple[bool, int], int] = {}
        for finding in sorted(group):
            parts.setdefault((True, there[finding]) if finding in there else (False, finding), finding)
        heads = sorted(parts.values())
        found += [Link(heads[0], head) for head in heads[1:]]
    return sorted(found)
