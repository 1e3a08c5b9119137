"""How many places of the tree stand at once: open by severity and overdue, each with all below it, as last counted."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from prodsec.accounts.types import Permission, Viewer
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.metrics.queries import visible
from prodsec.vocabulary.severity import Severity

_SUMS = "sum(r.open) AS open, sum(r.overdue) AS overdue"
# Nodes are read from roll-ups: whole months, then the days of this one. Others are summed from their spans.
_STANDING = f"""
WITH wanted AS MATERIALIZED (
    SELECT a.id, coalesce(p.nodes @> ARRAY[a.id], false) AS is_node
    FROM inventory_asset a LEFT JOIN metrics_placement p ON p.asset = a.id WHERE a.id IN ({{visible}}))
SELECT id, severity, sum(open), sum(overdue) FROM (
    SELECT w.id, r.* FROM wanted w CROSS JOIN LATERAL (
        SELECT r.severity, {_SUMS} FROM metrics_month r
        WHERE r.node = w.id AND r.day < date_trunc('month', %(today)s::date) GROUP BY 1) r WHERE w.is_node
    UNION ALL SELECT w.id, r.* FROM wanted w CROSS JOIN LATERAL (
        SELECT r.severity, {_SUMS} FROM metrics_day r
        WHERE r.node = w.id AND r.day BETWEEN date_trunc('month', %(today)s::date) AND %(today)s::date GROUP BY 1) r WHERE w.is_node
    UNION ALL SELECT w.id, s.severity, count(*), count(*) FILTER (WHERE s.due_on < %(today)s::date)
    FROM wanted w JOIN metrics_span s ON s.asset = w.id
    WHERE NOT w.is_node AND s.from_on <= %(today)s::date AND coalesce(s.until_on, 'infinity') > %(today)s::date
    GROUP BY 1, 2
    UNION ALL SELECT w.id, NULL, 0, 0 FROM wanted w) found
GROUP BY id, severity
"""


@dataclass(frozen=True)
class Standing:
    """Open findings of a place and all below it, by severity, and how many of all are overdue."""

    by_severity: dict[Severity, int]
    overdue: int

    @property
    def total(self) -> int:
        """All that are open."""
        return sum(self.by_severity.values())


def standings(viewer: Viewer, asset_ids: Collection[int]) -> dict[int, Standing]:
    """How each of these places stands now; one that the viewer does not see is not in it. Cost: 1 query."""
    seen = inventory.visible_to(viewer, Permission.FINDING_READ).filter(pk__in=asset_ids)
    statement, named = visible.ids_of(seen)
    severities: dict[int, dict[Severity, int]] = {}
    overdue: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STANDING.format(visible=statement), {"today": clock.now().date().isoformat(), **named})
        for asset, severity, opened, late in cursor.fetchall():
            of_asset = severities.setdefault(asset, {})
            if severity is not None:
                of_asset[Severity(severity)] = int(opened)
            overdue[asset] = overdue.get(asset, 0) + int(late or 0)
    return {asset: Standing(of_asset, overdue[asset]) for asset, of_asset in severities.items()}
