"""Owners: a team for a subtree, CODEOWNERS for files."""

from prodsec.accounts import queries as accounts
from prodsec.accounts import services as account_services
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.activity.types import Told
from prodsec.inventory import queries
from prodsec.inventory.models import Asset, CodeownersFile
from prodsec.inventory.rules import codeowners
from prodsec.inventory.rules.paths import is_on_github
from prodsec.inventory.services.tree import check_new_owner, editable, lock_tree, owners_changed
from prodsec.kit import clock
from prodsec.kit.errors import InvalidError

LARGEST_CODEOWNERS = 1_000_000


def set_owner(viewer: Viewer, asset_id: int, team_id: int | None) -> Asset:
    """Set (None: inherit again) the owner team of an asset, and of all below that do not set their own.

    Raises: AssetNotFoundError, TeamNotFoundError, ForbiddenError also for handing it to a team one is not in.
    """
    asset = editable(viewer, asset_id)
    before = asset.owner_team_id
    if before != team_id:
        check_new_owner(viewer, team_id)
        asset.owner_team_id = team_id
        asset.save(update_fields=["owner_team"])
        owners_changed({asset.pk: team_id})
        activity.record(viewer, "asset.owner_changed", object_type="asset", object_id=asset.pk, asset_id=asset.pk,
                        details={"owner_team_id": [before, team_id]})  # fmt: skip
    return queries.asset(viewer, asset_id)


def hand_over(viewer: Viewer, team_id: int, heir_id: int) -> int:
    """Make another team the owner of everything that is set to this one. Returns of how many assets. For admins.

    Raises: NotPermittedError, TeamNotFoundError. Cost: 6 queries, and 1 for the teams.
    """
    accounts.require(viewer, Permission.ASSET_EDIT)
    accounts.team(viewer, heir_id)
    lock_tree()
    ids = list(
        queries.given_to(viewer, team_id).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    )
    if ids:
        Asset.objects.filter(pk__in=ids).update(owner_team_id=heir_id)
        owners_changed(dict.fromkeys(ids, heir_id))
    details: dict[str, object] = {"owner_team_id": [team_id, heir_id]}
    activity.record_all(
        viewer, [Told("asset.owner_changed", "asset", asset_id, asset_id, details=details) for asset_id in ids]
    )
    return len(ids)


def team_was_made(slug: str) -> None:
    """Let CODEOWNERS files that named a team before it existed give it its role. Cost: 1 query, 4 a file that names it."""
    naming = CodeownersFile.objects.filter(text__icontains=slug).order_by("asset_id").values_list("asset_id", flat=True)
    for asset_id in naming:
        account_services.follow_codeowners(asset_id, queries.owners_of(asset_id).teams.values())


def set_codeowners(viewer: Viewer, asset_id: int, text: str) -> tuple[str, ...]:
    """Keep a CODEOWNERS file for an asset (an empty text removes it). Returns the lines that could not be used.

    Raises: AssetNotFoundError, ForbiddenError, InvalidError when it is too large or no text.
    """
    asset = editable(viewer, asset_id)
    if len(text) > LARGEST_CODEOWNERS:
        raise InvalidError("a CODEOWNERS file has at most 1 MB", place="codeowners")
    if "\x00" in text:
        raise InvalidError("a text cannot hold the character NUL", place="codeowners")
    if text.strip():
        CodeownersFile.objects.update_or_create(asset=asset, defaults={"text": text, "updated_at": clock.now()})
    else:
        CodeownersFile.objects.filter(asset=asset).delete()
    account_services.follow_codeowners(asset_id, queries.owners_of(asset_id).teams.values())
    activity.record(viewer, "asset.codeowners_changed", object_type="asset", object_id=asset.pk, asset_id=asset.pk)
    return codeowners.parse(text, is_github=is_on_github(asset.path)).problems
