"""Counts of findings. Exact where an index tells, capped where it does not."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from prodsec.accounts.types import Viewer
from prodsec.findings.models import Finding
from prodsec.findings.queries.listing import CAP, count_capped
from prodsec.findings.rules.filtering import addresses
from prodsec.findings.types import OPEN_STATES
from prodsec.inventory import queries as inventory
from prodsec.vocabulary.severity import Severity

_BY_ASSET = """
SELECT root.id, f.severity, count(*)
FROM unnest(%(roots)s::bigint[]) AS root (id)
JOIN inventory_asset a ON a.ancestors @> ARRAY[root.id]
JOIN findings_finding f ON f.asset_id = a.id AND f.is_lead AND f.state = ANY(%(open)s)
GROUP BY root.id, f.severity
"""


@dataclass(frozen=True)
class Badge:
    """A count with the filters that show exactly what it counts. `is_capped`: there are more than 10,000."""

    name: str
    count: int
    is_capped: bool
    query: str


def count_owned(viewer: Viewer, team_id: int) -> int:
    """How many findings a team owns, closed ones too. Cost: 1 query that may look at all findings."""
    return Finding.objects.filter(asset__in=inventory.visible_to(viewer), owner_team_id=team_id).count()


def badges(viewer: Viewer) -> list[Badge]:
    """What needs attention among the findings of the viewer's teams (an admin's: all). Cost: 4 queries, each capped."""
    is_mine = bool(viewer.team_ids) and not inventory.sees_all(viewer)
    asked = (
        ("overdue", "due=overdue"),
        ("due soon", "due=soon"),
        ("critical", "severity=critical"),
        ("unowned", "owner=none"),
    )
    found = []
    for name, what in asked:
        query = f"{what}&owner=mine" if is_mine and name != "unowned" else what
        count = count_capped(viewer, addresses.filters_in(query))
        found.append(Badge(name=name, count=min(count, CAP), is_capped=count > CAP, query=query))
    return found


def counts_by_severity(viewer: Viewer, asset_id: int) -> dict[Severity, int]:
    """Open findings of an asset's subtree by severity, every severity named. Cost: 2 queries."""
    asset = inventory.asset(viewer, asset_id)
    return counts_by_asset(viewer, [asset.pk]).get(asset.pk, dict.fromkeys(Severity, 0))


def counts_by_asset(viewer: Viewer, asset_ids: Collection[int]) -> dict[int, dict[Severity, int]]:
    """Open findings by severity for each asset, its subtree included. Unseen assets are left out. Cost: 2 queries."""
    seen: list[int] = list(inventory.visible_to(viewer).filter(pk__in=list(asset_ids)).values_list("pk", flat=True))
    counts = {asset_id: dict.fromkeys(Severity, 0) for asset_id in seen}
    with connection.cursor() as cursor:
        cursor.execute(_BY_ASSET, {"roots": seen, "open": list(OPEN_STATES)})
        for asset_id, severity, count in cursor.fetchall():
            counts[asset_id][Severity(severity)] = count
    return counts
