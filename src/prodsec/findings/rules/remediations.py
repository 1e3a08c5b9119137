"""What a person would do once, so that a finding and others with it are gone. Source: design.md §5 (remediation).

Bump a package in an asset, build an image again, take a secret out of use, fix what a rule complains of in an asset.
"""

import enum
import re
from collections.abc import Iterable

from prodsec.vocabulary.kinds import Kind


class Remedy(enum.StrEnum):
    """What to do."""

    BUMP = "bump"
    REBUILD = "rebuild"
    ROTATE = "rotate"
    FIX = "fix"


# The rest is FIX: one rule in one asset.
BY_KIND = {Kind.DEPENDENCY: Remedy.BUMP, Kind.CONTAINER: Remedy.REBUILD, Kind.SECRET: Remedy.ROTATE}


def remedy_of(kind: Kind, component: str) -> Remedy:
    """What to do about a finding. A dependency that names no package is fixed like what a rule complains of."""
    if kind is Kind.DEPENDENCY and not component:
        return Remedy.FIX
    return BY_KIND.get(kind, Remedy.FIX)


def highest(versions: Iterable[str]) -> str:
    """The highest of some versions of one package, empty when there is none: the one that fixes all of them.

    Numbers count as numbers, and a release comes after what leads up to it (`1.0-rc1`). Not every ecosystem's own order.
    """
    single = [part for version in versions for part in re.split(r"[,\s|]+", version) if part]
    return max(single, key=_rank, default="")


def _rank(version: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|[a-z]+", version.lower().removeprefix("v").partition("+")[0])
    ranked = [(2, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]
    return [*ranked, (1, 0, "")]
