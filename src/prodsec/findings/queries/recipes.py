"""Reads of runs of recipes of clusters: what is in force, what was tried, and what each changed."""

import datetime
from dataclasses import dataclass

from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import ClusterDrift, ClusterRun, Finding
from prodsec.findings.types import ClusterRunKind
from prodsec.inventory import queries as inventory
from prodsec.kit.errors import ForbiddenError, NotFoundError


@dataclass(frozen=True)
class ClusterRunFacts:
    """A run. `finished_at`: None for one that is open or broke off."""

    id: int
    kind: ClusterRunKind
    recipe: int
    former: int
    assets: int
    gained: int
    lost: int
    actor: str
    started_at: datetime.datetime
    finished_at: datetime.datetime | None


@dataclass(frozen=True)
class ClusterDriftFacts:
    """What a run changed between two rules, with an example where the viewer may see it."""

    gained: bool
    joins: int
    tool: str
    rule: str
    other_tool: str
    other_rule: str
    reason: str
    finding_id: int | None
    other_id: int | None


def cluster_runs(viewer: Viewer) -> list[ClusterRunFacts]:
    """The last hundred runs, newest first; the first that is no shadow run is in force. Cost: 1 query. Raises: ForbiddenError."""
    _require_admin(viewer)
    return [_facts(row) for row in ClusterRun.objects.order_by("-pk")[:100]]


def cluster_run(viewer: Viewer, run_id: int) -> ClusterRunFacts:
    """One run. Cost: 1 query. Raises: ForbiddenError, NotFoundError."""
    _require_admin(viewer)
    row = ClusterRun.objects.filter(pk=run_id).first()
    if row is None:
        raise NotFoundError(f"There is no run {run_id} of a recipe of clusters.")
    return _facts(row)


def cluster_drift(viewer: Viewer, run_id: int) -> list[ClusterDriftFacts]:
    """What a run changed, most joins first. Cost: 2 queries. Raises: ForbiddenError."""
    _require_admin(viewer)
    rows = list(ClusterDrift.objects.filter(run=run_id).order_by("-joins", "pk"))
    named = {found for row in rows for found in (row.example_id, row.other_example_id) if found is not None}
    visible = inventory.visible_to(viewer, Permission.FINDING_READ)
    seen = set(Finding.objects.filter(pk__in=named, asset__in=visible).values_list("pk", flat=True))
    return [
        ClusterDriftFacts(
            row.gained, row.joins, row.tool, row.rule, row.other_tool, row.other_rule, row.reason,
            row.example_id if row.example_id in seen else None,
            row.other_example_id if row.other_example_id in seen else None,
        )
        for row in rows
    ]  # fmt: skip


def _facts(row: ClusterRun) -> ClusterRunFacts:
    return ClusterRunFacts(
        row.pk, ClusterRunKind(row.kind), row.recipe, row.former, row.assets, row.gained, row.lost, row.actor_name,
        row.started_at, row.finished_at,
    )  # fmt: skip


def _require_admin(viewer: Viewer) -> None:
    if not viewer.is_admin:
        raise ForbiddenError("Recipes of clusters are for admins; they concern every asset.")
