"""What was scanned when, by which kind of analysis; and what was not."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from prodsec.accounts.types import Permission, Viewer
from prodsec.inventory import queries as inventory
from prodsec.inventory.models import Asset
from prodsec.inventory.types import Lifecycle
from prodsec.kit import clock
from prodsec.kit.sql import Parameter
from prodsec.metrics.models import Scanned
from prodsec.metrics.queries import visible
from prodsec.metrics.rules import coverage as rules
from prodsec.vocabulary.kinds import Kind

RECENT_DAYS = 30
_COVERAGE = """
SELECT e.analysis, count(*), count(*) FILTER (WHERE s.at >= %(since)s), count(*) FILTER (WHERE s.at < %(since)s)
FROM inventory_asset a
JOIN unnest(%(kinds)s::smallint[], %(analyses)s::smallint[]) AS e (kind, analysis) ON e.kind = a.kind
LEFT JOIN metrics_scanned s ON s.asset = a.id AND s.analysis = e.analysis
WHERE a.id IN ({visible}) GROUP BY e.analysis ORDER BY e.analysis
"""


@dataclass(frozen=True)
class LastScan:
    """The last scan of an asset by a kind of analysis."""

    analysis: Kind
    at: datetime.datetime
    scan_id: int


@dataclass(frozen=True)
class Coverage:
    """Of the assets on which a kind of analysis is to be expected: scanned lately, longer ago, never."""

    analysis: Kind
    expected: int
    recent: int
    older: int
    never: int

    @property
    def share(self) -> float | None:
        """Scanned lately of all expected; None when it is expected nowhere."""
        return self.recent / self.expected if self.expected else None


def last_scans(viewer: Viewer, asset_ids: Collection[int]) -> dict[int, list[LastScan]]:
    """The last scan of each of these assets by each kind of analysis; an asset without any is not in it. Cost: 1 query."""
    visible = inventory.visible_to(viewer, Permission.SCAN_READ).filter(pk__in=asset_ids)
    found: dict[int, list[LastScan]] = {}
    for row in Scanned.objects.filter(asset__in=visible.values("pk")).order_by("asset", "analysis"):
        found.setdefault(row.asset, []).append(LastScan(Kind(row.analysis), row.at, row.scan))
    return found


def coverage(viewer: Viewer, *, under: str = "", days: int = RECENT_DAYS) -> list[Coverage]:
    """For each kind of analysis that is to be expected on assets of the viewer, how many had it. Cost: 1 query.

    Order: of kinds. Archived assets are not looked after, so nothing is expected of them.
    """
    statement, named = visible.ids_of(_assets(viewer, under))
    pairs = [(kind.value, analysis.value) for kind, expected in rules.EXPECTED.items() for analysis in expected]
    facts: dict[str, Parameter] = {
        "kinds": [kind for kind, _ in pairs],
        "analyses": [analysis for _, analysis in pairs],
        "since": _since(days),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COVERAGE.format(visible=statement), {**facts, **named})
        rows = cursor.fetchall()
    return [
        Coverage(Kind(analysis), expected, recent, older, expected - recent - older)
        for analysis, expected, recent, older in rows
    ]


def unscanned(viewer: Viewer, analysis: Kind, *, days: int | None = RECENT_DAYS, under: str = "") -> QuerySet[Asset]:
    """Assets on which a kind of analysis is to be expected that did not have it in so many days (None: never)."""
    had = Scanned.objects.filter(analysis=analysis)
    if days is not None:
        had = had.filter(at__gte=_since(days))
    kinds = [kind.value for kind in rules.where_expected(analysis)]
    return _assets(viewer, under).filter(kind__in=kinds).exclude(pk__in=had.values("asset"))


def _assets(viewer: Viewer, under: str) -> QuerySet[Asset]:
    return visible.assets_below(viewer, Permission.SCAN_READ, under).filter(lifecycle=Lifecycle.ACTIVE)


def _since(days: int) -> datetime.datetime:
    return clock.now() - datetime.timedelta(days=days)
