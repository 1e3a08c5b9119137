"""Counts for pages that show many assets at once: open findings by severity, of each asset or of its subtree.

Only rows that lists show (open, leading their cluster) are counted, and never more of them than a page can wait for.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.types import OPEN_STATES
from prodsec.inventory import queries as inventory
from prodsec.vocabulary.severity import Severity

MOST_OF_ASSET, MOST_OF_ALL = 10_000, 60_000

_OPEN_LEAD = f"f.is_lead AND f.state IN ({', '.join(str(state) for state in OPEN_STATES)})"

_OF_ASSETS = f"""
    SELECT a.id, f.severity, count(*) FROM unnest(%(ids)s::bigint[]) AS a (id) CROSS JOIN LATERAL (
        SELECT f.severity FROM findings_finding f WHERE f.asset_id = a.id AND {_OPEN_LEAD} LIMIT %(most)s) AS f
    GROUP BY a.id, f.severity
"""

_OF_SUBTREES = f"""
    SELECT a.id, f.severity, count(*) FROM unnest(%(ids)s::bigint[]) AS a (id) CROSS JOIN LATERAL (
        SELECT f.severity FROM inventory_asset b JOIN findings_finding f ON f.asset_id = b.id AND {_OPEN_LEAD}
        WHERE b.ancestors @> ARRAY[a.id] LIMIT %(most)s) AS f
    GROUP BY a.id, f.severity
"""


@dataclass(frozen=True)
class SeverityCount:
    """How many of a severity; `word` is that of addresses."""

    severity: Severity
    word: str
    number: int


@dataclass(frozen=True)
class OpenCounts:
    """Open findings by severity, worst first. `is_capped`: there are at least `total`, and nobody counted further."""

    by_severity: tuple[SeverityCount, ...]
    total: int
    is_capped: bool

    @property
    def is_zero(self) -> bool:
        """Whether there is none."""
        return self.total == 0


def open_counts(viewer: Viewer, assets: Collection[int], subtrees: Collection[int] = ()) -> dict[int, OpenCounts]:
    """The open findings of `assets` each by itself, and of `subtrees` each with everything below it.

    Cost: 3 queries, by index, at most 60,000 rows read.
    """
    wanted = {*assets, *subtrees}
    seen = inventory.visible_to(viewer, Permission.FINDING_READ).filter(pk__in=wanted)
    ids = set(seen.values_list("pk", flat=True))
    most = max(100, min(MOST_OF_ASSET, MOST_OF_ALL // max(1, len(ids))))
    numbers: dict[int, dict[int, int]] = {asset_id: {} for asset_id in wanted}
    for statement, roots in ((_OF_ASSETS, ids - {*subtrees}), (_OF_SUBTREES, ids & {*subtrees})):
        if not roots:
            continue
        with connection.cursor() as cursor:
            cursor.execute(statement, {"ids": sorted(roots), "most": most})
            for asset_id, severity, number in cursor.fetchall():
                numbers[asset_id][severity] = number
    return {asset_id: _open(found, most) for asset_id, found in numbers.items()}


def _open(found: dict[int, int], most: int) -> OpenCounts:
    total = sum(found.values())
    by_severity = tuple(
        SeverityCount(severity, severity.word, found.get(severity, 0)) for severity in sorted(Severity, reverse=True)
    )
    return OpenCounts(by_severity=by_severity, total=total, is_capped=total >= most)
