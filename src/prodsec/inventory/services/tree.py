"""The tree: assets made, described, moved, archived and restored, with their ancestors kept true.

Whatever changes the tree takes `lock_tree` first, then rows, and the activity chain last; so nobody waits in a circle.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import connection

from prodsec.accounts import queries as accounts
from prodsec.accounts import services as account_services
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.inventory import queries
from prodsec.inventory.models import Asset
from prodsec.inventory.rules import facts, paths
from prodsec.inventory.types import AssetFacts, AssetKind, AssetNotFoundError, AssetTreeError, Lifecycle
from prodsec.kit import bulk
from prodsec.kit.errors import ForbiddenError

if TYPE_CHECKING:
    from prodsec.accounts.models import Team

TREE_LOCK = 0x74726565


def create_asset(
    viewer: Viewer, path: str, *, kind: AssetKind, given: AssetFacts | None = None, owner_id: int | None = None
) -> Asset:
    """Make an asset, and the groups above it that are missing. Without an owner team it inherits one.

    Raises: ForbiddenError, AssetNotFoundError outside a token's subtree, TeamNotFoundError, AssetPathError,
    AssetTreeError when it exists or what is above is archived, InvalidError for a fact.
    """
    asset = make(viewer, path, kind=kind, given=given or AssetFacts(), owner_id=owner_id)
    activity.record(viewer, "asset.created", object_type="asset", object_id=asset.pk, asset_id=asset.pk,
                    details={"path": asset.path, "owner_team_id": owner_id})  # fmt: skip
    return asset


def ensure_asset(viewer: Viewer, path: str, *, kind: AssetKind = AssetKind.PROJECT) -> Asset:
    """The asset of this path, for an import; made when the viewer may make it there.

    Raises: AssetNotFoundError when it is missing, or hidden from the viewer, and they may not make it; AssetTreeError
    when it is archived.
    """
    path = paths.checked_path(path)
    found = _to_import_into(viewer, path)
    if found is None:
        lock_tree()
        found = _to_import_into(viewer, path)
    if found is None and queries.visible_to(viewer).filter(path=path).exists():
        raise ForbiddenError(f"You may not import reports for {path}; ask who maintains it, or an admin.")
    if found is None:
        try:
            found = create_asset(viewer, path, kind=kind)
        except ForbiddenError:
            raise _hidden(path) from None
    if found.lifecycle == Lifecycle.ARCHIVED:
        raise AssetTreeError(f"{found.path} is archived; restore it before importing into it.")
    return found


def change_asset(viewer: Viewer, asset_id: int, given: AssetFacts) -> Asset:
    """Change what is said of an asset; facts left None stay. Raises: AssetNotFoundError, ForbiddenError, InvalidError."""
    asset = editable(viewer, asset_id)
    changed = describe(asset, given)
    if changed:
        asset.save(update_fields=list(changed))
        activity.record(viewer, "asset.changed", object_type="asset", object_id=asset.pk, asset_id=asset.pk,
                        details=changed)  # fmt: skip
    return asset


def move_asset(viewer: Viewer, asset_id: int, new_path: str) -> Asset:
    """Give an asset another path; what is below goes along. The asset above the new path must exist.

    Raises: AssetNotFoundError, ForbiddenError, AssetPathError, AssetTreeError.
    """
    new_path = paths.checked_path(new_path)
    asset = editable(viewer, asset_id)
    old_path = asset.path
    if new_path == old_path:
        return asset
    if paths.is_within(new_path, old_path):
        raise AssetTreeError("An asset cannot move below itself.")
    parent = _parent_for(viewer, new_path)
    if Asset.objects.filter(path=new_path).exists():
        raise AssetTreeError(f"There is an asset {new_path} already.")
    _refuse_endless(asset, new_path)
    asset.name = new_path.rsplit("/", 1)[-1]
    asset.parent = parent
    asset.save(update_fields=["name", "parent"])
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_SUBTREE, {"id": asset.pk, "old": len(asset.ancestors), "new_path": new_path,
                                       "old_length": len(old_path), "above": parent.ancestors if parent else []})  # fmt: skip
    recompute_owners([asset.pk])
    activity.record(viewer, "asset.moved", object_type="asset", object_id=asset.pk, asset_id=asset.pk,
                    details={"path": [old_path, new_path]})  # fmt: skip
    return queries.asset(viewer, asset.pk)


_MOVE_SUBTREE = """
UPDATE inventory_asset
SET path = %(new_path)s || substr(path, %(old_length)s + 1),
    ancestors = %(above)s::bigint[] || ancestors[%(old)s:]
WHERE ancestors @> ARRAY[%(id)s]::bigint[]
"""


def archive_asset(viewer: Viewer, asset_id: int) -> Asset:
    """Stop looking after an asset and all below it; nothing is deleted. Raises: AssetNotFoundError, ForbiddenError."""
    return _set_lifecycle(viewer, editable(viewer, asset_id), Lifecycle.ARCHIVED, "asset.archived")


def restore_asset(viewer: Viewer, asset_id: int) -> Asset:
    """Look after an asset, and all below it, again.

    Raises: AssetNotFoundError, ForbiddenError, AssetTreeError while what is above is archived.
    """
    asset = editable(viewer, asset_id)
    if asset.parent is not None and asset.parent.lifecycle == Lifecycle.ARCHIVED:
        raise AssetTreeError(f"{asset.parent.path} is archived; restore that first.")
    return _set_lifecycle(viewer, asset, Lifecycle.ACTIVE, "asset.restored")


def _set_lifecycle(viewer: Viewer, asset: Asset, lifecycle: Lifecycle, action: str) -> Asset:
    if asset.lifecycle != lifecycle:
        Asset.objects.filter(ancestors__contains=[asset.pk]).update(lifecycle=lifecycle)
        activity.record(viewer, action, object_type="asset", object_id=asset.pk, asset_id=asset.pk)
        asset.lifecycle = lifecycle.value
    return asset


def lock_tree() -> None:
    """Be the only one to change the tree until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def editable(viewer: Viewer, asset_id: int) -> Asset:
    """The asset, locked for a change. Raises: AssetNotFoundError unseen, ForbiddenError seen but not theirs to change."""
    lock_tree()
    found = queries.visible_to(viewer).filter(pk=asset_id).select_for_update(no_key=True).first()
    if found is None:
        raise AssetNotFoundError(f"There is no asset {asset_id}.")
    require_editable(viewer, found)
    return found


def require_editable(viewer: Viewer, asset: Asset) -> None:
    """Pass for who may change the asset. Raises: ForbiddenError."""
    if not queries.may(viewer, Permission.ASSET_EDIT, asset):
        raise ForbiddenError(f"Changing {asset.path} is for its owner team or an admin.")


def owners_changed(owners: Mapping[int, int | None]) -> None:
    """Let everything follow that these assets have these owner teams now: roles, and owners handed down. Cost: 3 queries."""
    account_services.follow_owners(owners)
    recompute_owners(list(owners))


def recompute_owners(asset_ids: list[int]) -> None:
    """Hand owners down these subtrees again: each asset gets the nearest owner on its chain. Cost: 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_HAND_DOWN_OWNERS, [asset_ids])


_HAND_DOWN_OWNERS = """
UPDATE inventory_asset AS asset
SET effective_owner_team_id = (
    SELECT above.owner_team_id
    FROM unnest(asset.ancestors) WITH ORDINALITY AS chain (id, depth)
    JOIN inventory_asset AS above ON above.id = chain.id AND above.owner_team_id IS NOT NULL
    ORDER BY chain.depth DESC
    LIMIT 1
)
WHERE asset.ancestors && %s::bigint[]
"""


def make(viewer: Viewer, path: str, *, kind: AssetKind, given: AssetFacts, owner_id: int | None) -> Asset:
    """As `create_asset`, without the row of activity."""
    path = paths.checked_path(path)
    lock_tree()
    existing = {asset.path: asset for asset in Asset.objects.filter(path__in=paths.chain_of(path))}
    planned = plan(viewer, path, kind=kind, given=given, owner_id=owner_id, existing=existing)
    check_new_owner(viewer, owner_id)
    insert(planned)
    return planned[-1]


def plan(
    viewer: Viewer,
    path: str,
    *,
    kind: AssetKind,
    given: AssetFacts,
    owner_id: int | None,
    existing: Mapping[str, Asset],
) -> list[Asset]:
    """The asset of a checked path, after the groups above it that are missing: all that is to be inserted, checked.

    existing: the assets there are (or are planned) on the way from the root to the path, by path.
    Raises: as `create_asset`, but for the owner, whom the caller checks.
    """
    if not paths.is_within(path, viewer.subtree):
        raise _hidden(path)
    if path in existing and queries.may(viewer, Permission.ASSET_READ, existing[path]):
        raise AssetTreeError(f"There is an asset {path} already.")
    missing = [step for step in paths.chain_of(path) if step not in existing]
    above = existing.get(missing[0].rpartition("/")[0]) if missing else None
    # One that exists but is hidden is refused in the words of one that does not exist.
    if not missing or not _may_create(viewer, missing, above):
        raise ForbiddenError(f"Making {path} is for who maintains what is above it, or for an admin.")
    if above is not None and above.lifecycle == Lifecycle.ARCHIVED:
        raise AssetTreeError(f"{above.path} is archived; restore it before adding to it.")
    planned = [_planned(step, AssetKind.GROUP) for step in missing[:-1]] + [_planned(path, kind)]
    for name, value in _checked(planned[-1], given).items():
        setattr(planned[-1], name, value)
    planned[-1].owner_team_id = owner_id
    for asset in planned:
        asset.parent = above
        inherited = above.effective_owner_team_id if above else None
        asset.effective_owner_team_id = inherited if asset.owner_team_id is None else asset.owner_team_id
        above = asset
    return planned


def insert(planned: list[Asset]) -> None:
    """Write planned assets, each after the one above it. Cost: 2 queries, 2 more with owners."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_IDS, [len(planned)])
        ids = [number for (number,) in cursor.fetchall()]
    for asset, number in zip(planned, ids, strict=True):
        asset.pk = number
        asset.parent = asset.parent  # takes the id that the asset above has by now
        asset.ancestors = [*(asset.parent.ancestors if asset.parent else []), asset.pk]
    bulk.insert(planned)
    owners = {asset.pk: asset.owner_team_id for asset in planned if asset.owner_team_id is not None}
    if owners:
        account_services.follow_owners(owners)


_NEXT_IDS = "SELECT nextval(pg_get_serial_sequence('inventory_asset', 'id')) FROM generate_series(1, %s)"


def check_new_owner(viewer: Viewer, team_id: int | None) -> None:
    """Pass for a team that the viewer may make an owner: an admin any, others their own, everybody none.

    Raises: TeamNotFoundError, ForbiddenError. Cost: 1 query.
    """
    if team_id is not None:
        require_own_team(viewer, accounts.team(viewer, team_id))


def require_own_team(viewer: Viewer, team: "Team") -> None:
    """As `check_new_owner`, for a team at hand. Raises: ForbiddenError."""
    if Permission.ASSET_EDIT not in viewer.over_all and team.pk not in viewer.team_ids:
        raise ForbiddenError(f"Only who maintains everything may make {team} the owner: you are not in that team.")


def describe(asset: Asset, given: AssetFacts) -> dict[str, object]:
    """Set facts, which the caller saves; those left None stay. Returns what changed, each as before and after.

    Raises: InvalidError, with the fact as its place.
    """
    changed: dict[str, object] = {}
    for name, value in _checked(asset, given).items():
        before = getattr(asset, name)
        if before != value:
            changed[name] = [before, value]
            setattr(asset, name, value)
    return changed


def _checked(asset: Asset, given: AssetFacts) -> dict[str, object]:
    """The facts that are given, by name, as they would be stored; nothing is set before all are right."""
    said: dict[str, object] = {}
    if given.kind is not None:
        said["kind"] = given.kind.value
    if given.tier is not None:
        said["tier"] = facts.checked_tier(given.tier or None)
    urls = asset.urls if given.urls is None else facts.checked_urls(given.urls)
    if given.urls is not None:
        said["urls"] = urls
    if given.categories is not None or given.urls is not None:
        chosen = asset.categories if given.categories is None else given.categories
        said["categories"] = facts.checked_categories(chosen, urls)
    if given.data_class is not None:
        said["data_class"] = facts.checked_choice(given.data_class, facts.DATA_CLASSES, "data_class")
    if given.boundary is not None:
        said["boundary"] = facts.checked_choice(given.boundary, facts.BOUNDARIES, "boundary")
    if given.default_ref is not None:
        said["default_ref"] = facts.checked_ref(given.default_ref)
    return said


def would_change(asset: Asset, given: AssetFacts) -> bool:
    """Whether `describe` would change anything. Raises: InvalidError."""
    return any(getattr(asset, name) != value for name, value in _checked(asset, given).items())


def _to_import_into(viewer: Viewer, path: str) -> Asset | None:
    return queries.visible_to(viewer, Permission.SCAN_IMPORT).filter(path=path).first()


def _planned(path: str, kind: AssetKind) -> Asset:
    return Asset(path=path, name=path.rsplit("/", 1)[-1], kind=kind.value)


def _may_create(viewer: Viewer, missing: list[str], above: Asset | None) -> bool:
    """Whether all that would be made lies within a token's subtree, below what the viewer may change (an admin: anywhere)."""
    if not accounts.scope_allows(viewer, Permission.ASSET_CREATE) or not paths.is_within(missing[0], viewer.subtree):
        return False
    if Permission.ASSET_CREATE in viewer.over_all:
        return True
    return above is not None and not viewer.roots(Permission.ASSET_CREATE).isdisjoint(above.ancestors)


def _parent_for(viewer: Viewer, path: str) -> Asset | None:
    if "/" not in path:
        if not accounts.holds(viewer, Permission.ASSET_CREATE):
            raise ForbiddenError("Only who maintains everything may move an asset to the top of the tree.")
        return None
    parent = queries.asset_at(viewer, path.rsplit("/", 1)[0])
    if not queries.may(viewer, Permission.ASSET_EDIT, parent):
        raise ForbiddenError(f"Moving something below {parent.path} is for its owner team or an admin.")
    if parent.lifecycle == Lifecycle.ARCHIVED:
        raise AssetTreeError(f"{parent.path} is archived; restore it before moving something below it.")
    return parent


def _refuse_endless(asset: Asset, new_path: str) -> None:
    """See that no path below becomes longer or deeper than a path may be."""
    below = Asset.objects.filter(ancestors__contains=[asset.pk]).values_list("path", flat=True)
    for path in below:
        paths.checked_path(new_path + path[len(asset.path) :])


def _hidden(path: str) -> AssetNotFoundError:
    return AssetNotFoundError(
        f"There is no asset {path}, and you may not make it there; ask an admin or its owner team."
    )
