"""The tree: assets made, described, moved, archived and restored, with their ancestors kept true.

Whatever changes the tree takes `lock_tree` first, then rows, and the activity chain last; so nobody waits in a circle.
"""

from django.db import IntegrityError, connection, transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.inventory import queries
from prodsec.inventory.models import Asset
from prodsec.inventory.rules import facts, paths
from prodsec.inventory.types import AssetFacts, AssetKind, AssetNotFoundError, AssetTreeError, Lifecycle
from prodsec.kit.errors import ForbiddenError

TREE_LOCK = 0x74726565


def create_asset(viewer: Viewer, path: str, *, kind: AssetKind, given: AssetFacts | None = None) -> Asset:
    """Make an asset, and the groups above it that are missing.

    Raises: ForbiddenError, AssetNotFoundError outside a token's subtree, AssetPathError, AssetTreeError when it exists
    or what is above is archived, InvalidError for a fact.
    """
    asset = make(viewer, path, kind=kind, given=given or AssetFacts())
    activity.record(viewer, "asset.created", object_type="asset", object_id=asset.pk, asset_id=asset.pk,
                    details={"path": asset.path})  # fmt: skip
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
    recompute_owners(asset.pk)
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
    if not queries.may(viewer, Permission.ASSET_EDIT, found):
        raise ForbiddenError(f"Changing {found.path} is for its owner team or an admin.")
    return found


def recompute_owners(asset_id: int) -> None:
    """Hand owners down the subtree again: each asset gets the nearest owner on its chain. Cost: 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_HAND_DOWN_OWNERS, [[asset_id]])


_HAND_DOWN_OWNERS = """
UPDATE inventory_asset AS asset
SET effective_owner_team_id = (
    SELECT above.owner_team_id
    FROM unnest(asset.ancestors) WITH ORDINALITY AS chain (id, depth)
    JOIN inventory_asset AS above ON above.id = chain.id AND above.owner_team_id IS NOT NULL
    ORDER BY chain.depth DESC
    LIMIT 1
)
WHERE asset.ancestors @> %s::bigint[]
"""


def make(viewer: Viewer, path: str, *, kind: AssetKind, given: AssetFacts) -> Asset:
    """As `create_asset`, without the row of activity."""
    path = paths.checked_path(path)
    lock_tree()
    if not paths.is_within(path, viewer.subtree):
        raise _hidden(path)
    chain = paths.chain_of(path)
    existing = {asset.path: asset for asset in Asset.objects.filter(path__in=chain)}
    if path in existing:
        raise AssetTreeError(f"There is an asset {path} already.")
    above = existing[max(existing, key=len)] if existing else None
    missing = [step for step in chain if step not in existing]
    if not _may_create(viewer, missing, above):
        raise ForbiddenError(f"Making {path} is for an admin, or for the owner team of what is above it.")
    if above is not None and above.lifecycle == Lifecycle.ARCHIVED:
        raise AssetTreeError(f"{above.path} is archived; restore it before adding to it.")
    for step in missing[:-1]:
        above = _create_one(step, AssetKind.GROUP, above)
    made = _create_one(path, kind, above)
    describe(made, given)
    return made


def describe(asset: Asset, given: AssetFacts) -> dict[str, object]:
    """Set and save facts; those left None stay. Returns what changed, each as before and after.

    Raises: InvalidError, with the fact as its place.
    """
    before = facts_of(asset)
    if given.kind is not None:
        asset.kind = given.kind
    if given.tier is not None:
        asset.tier = facts.checked_tier(given.tier or None)
    if given.urls is not None:
        asset.urls = facts.checked_urls(given.urls)
    if given.categories is not None or given.urls is not None:
        chosen = asset.categories if given.categories is None else given.categories
        asset.categories = facts.checked_categories(chosen, asset.urls)
    if given.data_class is not None:
        asset.data_class = facts.checked_choice(given.data_class, facts.DATA_CLASSES, "data_class")
    if given.boundary is not None:
        asset.boundary = facts.checked_choice(given.boundary, facts.BOUNDARIES, "boundary")
    if given.default_ref is not None:
        asset.default_ref = facts.checked_ref(given.default_ref)
    after = facts_of(asset)
    changed: dict[str, object] = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        asset.save(update_fields=list(changed))
    return changed


def facts_of(asset: Asset) -> dict[str, object]:
    """What is said of an asset, by name."""
    names = ("kind", "tier", "categories", "data_class", "boundary", "default_ref", "urls")
    return {name: getattr(asset, name) for name in names}


def _to_import_into(viewer: Viewer, path: str) -> Asset | None:
    return queries.visible_to(viewer, Permission.SCAN_IMPORT).filter(path=path).first()


def _create_one(path: str, kind: AssetKind, parent: Asset | None) -> Asset:
    try:
        with transaction.atomic():
            asset = Asset.objects.create(
                path=path,
                name=path.rsplit("/", 1)[-1],
                kind=kind,
                parent=parent,
                effective_owner_team_id=parent.effective_owner_team_id if parent else None,
            )
    except IntegrityError:
        raise AssetTreeError(f"There is an asset {path} already.") from None
    asset.ancestors = [*(parent.ancestors if parent else []), asset.pk]
    asset.save(update_fields=["ancestors"])
    return asset


def _may_create(viewer: Viewer, missing: list[str], above: Asset | None) -> bool:
    """Whether all that would be made lies within a token's subtree, below what the viewer may change (an admin: anywhere)."""
    if not accounts.scope_allows(viewer, Permission.ASSET_CREATE) or not paths.is_within(missing[0], viewer.subtree):
        return False
    return viewer.is_admin or (above is not None and above.effective_owner_team_id in viewer.team_ids)


def _parent_for(viewer: Viewer, path: str) -> Asset | None:
    if "/" not in path:
        if not viewer.is_admin or viewer.subtree:
            raise ForbiddenError("Only an admin may move an asset to the top of the tree.")
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
