"""Lists of assets, previewed and applied. One bad row never stops the others."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Viewer
from prodsec.activity import services as activity
from prodsec.activity.types import Told
from prodsec.inventory import queries
from prodsec.inventory.models import Asset
from prodsec.inventory.rules import lists, paths
from prodsec.inventory.services.tree import (
    describe,
    insert,
    lock_tree,
    owners_changed,
    plan,
    require_editable,
    require_own_team,
    would_change,
)
from prodsec.inventory.types import AssetFacts, AssetKind, FactChange, ListedAsset, ListOutcome, Outcome
from prodsec.kit import bulk
from prodsec.kit.errors import ConflictError, InvalidError, ProdsecError

if TYPE_CHECKING:
    from prodsec.accounts.models import Team


def import_assets(viewer: Viewer, rows: list[ListedAsset], *, dry_run: bool) -> list[ListOutcome]:
    """Create and change the assets of a list, parents first. Returns what became of each row, in the order of the list.

    dry_run: all is done and taken back, so the preview cannot differ from the deed.
    """
    with transaction.atomic():
        outcomes, told = _apply(viewer, rows)
        if dry_run:
            transaction.set_rollback(True)
        else:
            activity.record_all(viewer, told)
    return outcomes


@dataclass
class _List:
    """A list while it is applied.

    seen: named paths of assets that the viewer sees; tree: assets on the way to any named path, planned ones too;
    planned: what is to be inserted; changed: what is to be updated, by the facts that changed; owners: whose owner team
    changed; used: lines that were applied, by path.
    """

    viewer: Viewer
    teams: dict[str, "Team"]
    slugs: dict[int, str]
    seen: frozenset[str]
    tree: dict[str, Asset]
    planned: list[Asset] = field(default_factory=list)
    changed: dict[tuple[str, ...], list[Asset]] = field(default_factory=dict)
    owners: dict[int, int | None] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    outcomes: list[ListOutcome] = field(default_factory=list)
    deeds: list[tuple[str, Asset, dict[str, object]]] = field(default_factory=list)


def _apply(viewer: Viewer, rows: list[ListedAsset]) -> tuple[list[ListOutcome], list[Told]]:
    """Rights are those the viewer has before the list.

    Cost: 4 queries, 2 for new assets, 1 for each set of facts that changes together, 1 for all new owners.
    """
    applied = _begin(viewer, rows)
    for row in sorted(rows, key=lambda row: row.values.get("path", "").strip().strip("/")):
        try:
            _apply_row(applied, row)
        except ProdsecError as error:
            path = row.values.get("path", "")
            applied.outcomes.append(ListOutcome(row.line, path, Outcome.REJECTED, reason=str(error)))
    if applied.planned:
        insert(applied.planned)
    for names, assets in applied.changed.items():
        bulk.update(assets, names)
    if applied.owners:
        owners_changed(applied.owners)
    told = [Told(action, "asset", asset.pk, asset.pk, details=details) for action, asset, details in applied.deeds]
    return sorted(applied.outcomes, key=lambda outcome: outcome.line), told


def _begin(viewer: Viewer, rows: list[ListedAsset]) -> _List:
    lock_tree()
    teams = {team.slug: team for team in accounts.teams(viewer)}
    named = {row.values.get("path", "").strip().strip("/") for row in rows}
    steps = {step for path in named if len(path) <= paths.LONGEST_PATH for step in paths.chain_of(path)}
    storable = [step for step in steps if "\x00" not in step]
    seen = queries.visible_to(viewer).filter(path__in=storable).values_list("path", flat=True)
    tree = Asset.objects.filter(path__in=storable).select_for_update(no_key=True)
    slugs = {team.pk: slug for slug, team in teams.items()}
    return _List(viewer, teams, slugs, frozenset(seen), {asset.path: asset for asset in tree})


def _apply_row(applied: _List, row: ListedAsset) -> None:
    """One row, wholly or not at all."""
    if row.problem:
        raise InvalidError(row.problem)
    path = paths.checked_path(row.values.get("path", ""))
    if path in applied.used:
        raise ConflictError(f"line {applied.used[path]} of the list names {path} as well")
    given = lists.facts_of_row(row)
    owner = _team(row.values.get("owner", ""), applied.teams)
    if path not in applied.seen:
        outcome = _create(applied, row, path, given, owner)
    else:
        outcome = _change(applied, row, applied.tree[path], given, owner)
    applied.used[path] = row.line
    applied.outcomes.append(outcome)


def _create(applied: _List, row: ListedAsset, path: str, given: AssetFacts, owner: "Team | None") -> ListOutcome:
    owner_id = None if owner is None else owner.pk
    planned = plan(
        applied.viewer, path, kind=given.kind or AssetKind.PROJECT, given=given, owner_id=owner_id,
        existing=applied.tree,
    )  # fmt: skip
    if owner is not None:
        require_own_team(applied.viewer, owner)
    applied.planned += planned
    applied.tree |= {asset.path: asset for asset in planned}
    applied.deeds.append(("asset.created", planned[-1], {"path": path, "owner_team_id": owner_id}))
    owned: dict[str, object] = {"owner_team_id": [None, owner_id]} if owner_id is not None else {}
    return ListOutcome(row.line, path, Outcome.CREATED, _changes(_said(given) | owned, applied.slugs))


def _change(applied: _List, row: ListedAsset, asset: Asset, given: AssetFacts, owner: "Team | None") -> ListOutcome:
    require_editable(applied.viewer, asset)
    before, after = asset.owner_team_id, None if owner is None else owner.pk
    is_handed_over = "owner" in row.values and before != after
    # Facts are checked here and the owner before anything is set, so a refused row has changed nothing.
    if not would_change(asset, given) and not is_handed_over:
        return ListOutcome(row.line, asset.path, Outcome.UNCHANGED)
    if is_handed_over and owner is not None:
        require_own_team(applied.viewer, owner)
    changed: dict[str, object] = {}
    if is_handed_over:
        asset.owner_team_id = after
        applied.owners[asset.pk] = after
        changed["owner_team_id"] = [before, after]
    changed |= describe(asset, given)
    applied.changed.setdefault(tuple(sorted(changed)), []).append(asset)
    applied.deeds.append(("asset.changed", asset, changed))
    return ListOutcome(row.line, asset.path, Outcome.CHANGED, _changes(changed, applied.slugs))


def _said(given: AssetFacts) -> dict[str, object]:
    """What a row says of a new asset, each with nothing before."""
    return {fact: [None, value] for fact, value in vars(given).items() if value not in (None, "", 0, [])}


def _changes(changed: dict[str, object], slugs: dict[int, str]) -> tuple[FactChange, ...]:
    found = []
    for fact, before_after in changed.items():
        before, after = before_after if isinstance(before_after, list) else (None, before_after)
        name = "owner" if fact == "owner_team_id" else fact
        found.append(FactChange(name, _words(fact, before, slugs), _words(fact, after, slugs)))
    return tuple(found)


def _words(fact: str, value: object, teams: dict[int, str]) -> str:
    if value is None:
        return ""
    if fact == "kind" and isinstance(value, int):
        return AssetKind(value).word
    if fact == "owner_team_id" and isinstance(value, int):
        return teams.get(value, str(value))
    return " ".join(value) if isinstance(value, list) else str(value)


def _team(slug: str, teams: dict[str, "Team"]) -> "Team | None":
    if not slug:
        return None
    if slug not in teams:
        raise InvalidError(f"there is no team {slug[:60]!r}", place="owner")
    return teams[slug]
