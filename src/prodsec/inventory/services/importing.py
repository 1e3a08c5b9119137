"""Lists of assets, previewed and applied. One bad row never stops the others."""

from django.db import transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Viewer
from prodsec.activity import services as activity
from prodsec.activity.types import Told
from prodsec.inventory import queries
from prodsec.inventory.models import Asset
from prodsec.inventory.rules import lists, paths
from prodsec.inventory.services.owning import hand_over
from prodsec.inventory.services.tree import describe, editable, lock_tree, make
from prodsec.inventory.types import AssetFacts, AssetKind, FactChange, ListedAsset, ListOutcome, Outcome
from prodsec.kit.errors import ConflictError, InvalidError, ProdsecError


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


def _apply(viewer: Viewer, rows: list[ListedAsset]) -> tuple[list[ListOutcome], list[Told]]:
    lock_tree()
    teams = {team.slug: team.pk for team in accounts.teams(viewer)}
    outcomes: list[ListOutcome] = []
    told: list[Told] = []
    seen: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.values.get("path", "").strip().strip("/")):
        try:
            with transaction.atomic():
                outcome, deed = _apply_row(viewer, row, teams, seen)
        except ProdsecError as error:
            path = row.values.get("path", "")
            outcomes.append(ListOutcome(row.line, path, Outcome.REJECTED, reason=str(error)))
            continue
        seen[outcome.path] = row.line
        outcomes.append(outcome)
        told += deed
    return sorted(outcomes, key=lambda outcome: outcome.line), told


def _apply_row(
    viewer: Viewer, row: ListedAsset, teams: dict[str, int], seen: dict[str, int]
) -> tuple[ListOutcome, list[Told]]:
    if row.problem:
        raise InvalidError(row.problem)
    path = paths.checked_path(row.values.get("path", ""))
    if path in seen:
        raise ConflictError(f"line {seen[path]} of the list names {path} as well")
    given = lists.facts_of_row(row)
    found = queries.visible_to(viewer).filter(path=path).first()
    if found is None:
        asset, changed = make(viewer, path, kind=given.kind or AssetKind.PROJECT, given=given), _said(given)
    else:
        asset = editable(viewer, found.pk)
        changed = describe(asset, given)
    if "owner" in row.values:
        changed |= hand_over(viewer, asset, _team(row.values["owner"], teams))
    names = {team_id: slug for slug, team_id in teams.items()}
    changes = tuple(_change(fact, before_after, names) for fact, before_after in changed.items())
    if found is None:
        return ListOutcome(row.line, path, Outcome.CREATED, changes), [_told("asset.created", asset, {"path": path})]
    if not changed:
        return ListOutcome(row.line, path, Outcome.UNCHANGED), []
    return ListOutcome(row.line, path, Outcome.CHANGED, changes), [_told("asset.changed", asset, changed)]


def _said(given: AssetFacts) -> dict[str, object]:
    """What a row says of a new asset, each with nothing before."""
    return {fact: [None, value] for fact, value in vars(given).items() if value not in (None, "", 0, [])}


def _told(action: str, asset: Asset, details: dict[str, object]) -> Told:
    return Told(action, "asset", asset.pk, asset.pk, details=details)


def _change(fact: str, before_after: object, teams: dict[int, str]) -> FactChange:
    before, after = before_after if isinstance(before_after, list) else (None, before_after)
    return FactChange(
        "owner" if fact == "owner_team_id" else fact, _words(fact, before, teams), _words(fact, after, teams)
    )


def _words(fact: str, value: object, teams: dict[int, str]) -> str:
    if value is None:
        return ""
    if fact == "kind" and isinstance(value, int):
        return AssetKind(value).word
    if fact == "owner_team_id" and isinstance(value, int):
        return teams.get(value, str(value))
    return " ".join(value) if isinstance(value, list) else str(value)


def _team(slug: str, teams: dict[str, int]) -> int | None:
    if not slug:
        return None
    if slug not in teams:
        raise InvalidError(f"there is no team {slug[:60]!r}", place="owner")
    return teams[slug]
