"""Counts of findings. Exact where an index tells, capped where it does not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from prodsec.accounts.types import Viewer
from prodsec.findings.models import Finding
from prodsec.findings.queries.listing import CAP, narrowed
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

    count: int
    is_capped: bool
    query: str


def count_owned(viewer: Viewer, team_id: int) -> int:
    """How many findings a team owns, closed ones too. Cost: 1 query that may look at all findings."""
    return Finding.objects.filter(asset__in=inventory.visible_to(viewer), owner_team_id=team_id).count()


def badges(viewer: Viewer, queries: Sequence[str]) -> list[Badge]:
    """How many findings answer to each question of an address, at most 10,000. Order: as asked.

    Cost: 1 query, that reads at most 10,001 rows a question.
    """
    found = [narrowed(viewer, addresses.filters_in(query)) for query in queries]
    return [
        Badge(count=min(count, CAP), is_capped=count > CAP, query=query)
        for query, count in zip(queries, count_each(found, most=CAP + 1), strict=True)
    ]


def count_each(asked: Sequence[QuerySet[Finding]], *, most: int) -> list[int]:
    """How many rows each of these gives, none counted beyond `most`. Cost: 1 query; none for nothing."""
    if not asked:
        return []
    compilers = [
        # A question that nothing can answer still has a statement, which counts to zero.
        found.order_by().values("pk")[:most].query.get_compiler(connection=connection, elide_empty=False)
        for found in asked
    ]
    parts = [compiler.as_sql() for compiler in compilers]
    counts = ", ".join(f"(SELECT count(*) FROM ({sql}) AS f)" for sql, _ in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value for _, values in parts for value in values])
        return list(cursor.fetchone())


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
