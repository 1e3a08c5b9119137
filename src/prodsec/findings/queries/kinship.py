"""Reads of what people said of clusters: on one finding, and all of it, to improve the recipe by."""

import datetime
from dataclasses import dataclass

from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import ClusterWord
from prodsec.findings.types import ClusterWordKind
from prodsec.inventory import queries as inventory
from prodsec.kit.paging import Page
from prodsec.kit.querysets import page


@dataclass(frozen=True)
class ClusterWordFacts:
    """A person's word on the cluster of a finding. `recipe_reason`: why the recipe had put it with others; empty if it had not."""

    id: int
    kind: ClusterWordKind
    asset: str
    finding_id: int
    tool: str
    rule: str
    other_id: int | None
    other_tool: str
    other_rule: str
    recipe_reason: str
    reason: str
    actor: str
    created_at: datetime.datetime
    withdrawn_at: datetime.datetime | None


def cluster_words(viewer: Viewer, *, cursor: str = "", size: int | None = None) -> Page[ClusterWordFacts]:
    """What people said of clusters, newest first, withdrawn words too. Cost: 1 query. Raises: InvalidError for a strange cursor."""
    rows = ClusterWord.objects.filter(asset__in=inventory.visible_to(viewer, Permission.FINDING_READ))
    found = page(rows.select_related(*_RELATED), "-id", cursor=cursor, size=size)
    return Page([_facts(row) for row in found.items], found.next)


def word_on(finding_id: int) -> ClusterWordFacts | None:
    """The word that holds for a finding, for who sees it. Cost: 1 query."""
    row = ClusterWord.objects.select_related(*_RELATED).filter(finding=finding_id, withdrawn_at__isnull=True).first()
    return _facts(row) if row else None


_RELATED = ("asset", "finding__definition", "other__definition")


def _facts(row: ClusterWord) -> ClusterWordFacts:
    other = row.other
    return ClusterWordFacts(
        id=row.pk,
        kind=ClusterWordKind(row.kind),
        asset=row.asset.path,
        finding_id=row.finding_id,
        tool=row.finding.definition.tool,
        rule=row.finding.definition.rule,
        other_id=row.other_id,
        other_tool=other.definition.tool if other else "",
        other_rule=other.definition.rule if other else "",
        recipe_reason=row.recipe_reason,
        reason=row.reason,
        actor=row.actor_name,
        created_at=row.created_at,
        withdrawn_at=row.withdrawn_at,
    )
