"""The tree as a page shows it: rows in the order of the tree, with counts, owner and last scan."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from prodsec.accounts.types import Viewer
from prodsec.findings.queries.open_counts import OpenCounts, open_counts
from prodsec.inventory.types import AssetKind
from prodsec.inventory.web.forms import KINDS
from prodsec.kit import clock
from prodsec.metrics import queries as metrics
from prodsec.metrics.queries import LastScan, Standing
from prodsec.metrics.rules import coverage
from prodsec.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from prodsec.inventory.models import Asset

ICONS = {
    AssetKind.GROUP: "folder",
    AssetKind.PROJECT: "code",
    AssetKind.IMAGE: "box",
    AssetKind.PACKAGE: "box",
    AssetKind.HOST: "server",
    AssetKind.WORKSTATION: "server",
    AssetKind.CLUSTER: "server",
    AssetKind.CLOUD_RESOURCE: "server",
    AssetKind.WEBSITE: "globe",
}
_DEEPEST = 5


@dataclass(frozen=True)
class ScannedBy:
    """A kind of analysis on an asset: when it last was (None: never, though it is to be expected there)."""

    analysis: Kind
    at: datetime.datetime | None
    scan_id: int | None
    is_missed: bool


@dataclass(frozen=True)
class TreeRow:
    """One asset in the tree. `label` is its name, or its whole path where rows stand outside of the tree.

    standing    open and overdue with all below, as last counted; None where the viewer sees no findings
    scanned     kinds of analysis that were there, or are to be expected
    """

    id: int
    path: str
    label: str
    icon: str
    kind: Promise
    depth: int
    is_group: bool
    owner_id: int | None
    owner: str
    is_owner_inherited: bool
    tier: int | None
    data_class: str
    counts: OpenCounts
    standing: Standing | None
    scanned: tuple[ScannedBy, ...]


def rows(
    viewer: Viewer,
    assets: Iterable["Asset"],
    *,
    as_tree: bool,
    with_below: frozenset[int] = frozenset(),
    stands: bool = True,
) -> list[TreeRow]:
    """Rows for these assets. The counts of a group, and of those in `with_below`, are those of everything below it too.

    stands: whether rows tell how their places stand.

    Cost: 5 queries.
    """
    found = sorted(assets, key=lambda asset: asset.path.split("/"))
    ids = [asset.pk for asset in found]
    groups = {asset.pk for asset in found if asset.kind == AssetKind.GROUP}
    counts = open_counts(viewer, ids, subtrees=groups | with_below)
    standing = metrics.standings(viewer, ids) if stands else {}
    scanned = metrics.last_scans(viewer, ids)
    return [
        TreeRow(
            id=asset.pk,
            path=asset.path,
            label=asset.name if as_tree else asset.path,
            icon=ICONS[AssetKind(asset.kind)],
            kind=KINDS[AssetKind(asset.kind)],
            depth=min(len(asset.ancestors) - 1, _DEEPEST) if as_tree else 0,
            is_group=asset.kind == AssetKind.GROUP,
            owner_id=asset.effective_owner_team_id,
            owner=asset.effective_owner_team.name if asset.effective_owner_team else "",
            is_owner_inherited=asset.owner_team_id is None,
            tier=asset.tier,
            data_class=asset.data_class,
            counts=counts[asset.pk],
            standing=standing.get(asset.pk),
            scanned=_scanned_by(AssetKind(asset.kind), scanned.get(asset.pk, [])),
        )
        for asset in found
    ]


def _scanned_by(kind: AssetKind, had: list[LastScan]) -> tuple[ScannedBy, ...]:
    """What was scanned, and what is missed, in the order of kinds."""
    expected = coverage.expected_on(kind)
    oldest = clock.now() - datetime.timedelta(days=metrics.RECENT_DAYS)
    found = [ScannedBy(one.analysis, one.at, one.scan_id, one.analysis in expected and one.at < oldest) for one in had]
    known = {one.analysis for one in had}
    found += [ScannedBy(analysis, None, None, is_missed=True) for analysis in expected if analysis not in known]
    return tuple(sorted(found, key=lambda one: one.analysis))
