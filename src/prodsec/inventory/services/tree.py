"""The tree: assets made, changed, moved and archived, with their ancestors kept true."""

from django.db import IntegrityError, connection, transaction

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

    Raises: ForbiddenError, AssetPathError, AssetTreeError when it exists, InvalidError for a fact.
    """
    path = paths.checked_path(path)
    _lock_tree()
    if Asset.objects.filter(path=path).exists():
        if queries.visible_to(viewer).filter(path=path).exists():
            raise AssetTreeError(f"There is an asset {path} already.")
        raise _hidden(path)
    asset = _create_chain(viewer, path, kind)
    if given is not None:
        _set_facts(asset, given)
        asset.save()
    activity.record(
        viewer, "asset.created", object_type="asset", object_id=asset.pk, asset_id=asset.pk, details={"path": path}
    )
    return asset


def ensure_asset(viewer: Viewer, path: str, *, kind: AssetKind = AssetKind.PROJECT) -> Asset:
    """The asset of this path; made when the viewer may make it there.

    Raises: AssetNotFoundError when it is missing, or hidden from the viewer, and they may not make it.
    """
    path = paths.checked_path(path)
    found = queries.visible_to(viewer).filter(path=path).first()
    if found is not None:
        return found
    try:
        return create_asset(viewer, path, kind=kind)
    except ForbiddenError:
        raise _hidden(path) from None
    except AssetTreeError:
        return queries.asset_at(viewer, path)


def change_asset(viewer: Viewer, asset_id: int, given: AssetFacts) -> Asset:
    """Change what is said of an asset; facts left None stay. Raises: AssetNotFoundError, ForbiddenError, InvalidError."""
    asset = editable(viewer, asset_id)
    before = facts_of(asset)
    _set_facts(asset, given)
    asset.save()
    after = facts_of(asset)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        activity.record(
            viewer, "asset.changed", object_type="asset", object_id=asset.pk, asset_id=asset.pk, details=changed
        )
    return asset


def move_asset(viewer: Viewer, asset_id: int, new_path: str) -> Asset:
    """Give an asset another path; what is below goes along. The asset above the new path must exist.

    Raises: AssetNotFoundError, ForbiddenError, AssetPathError, AssetTreeError.
    """
    new_path = paths.checked_path(new_path)
    _lock_tree()
    asset = editable(viewer, asset_id)
    old_path = asset.path
    if paths.is_within(new_path, old_path):
        raise AssetTreeError("An asset cannot move below itself.")
    if Asset.objects.filter(path=new_path).exists():
        raise AssetTreeError(f"There is an asset {new_path} already, or one you do not see.")
    parent = _parent_for(viewer, new_path)
    asset.name = new_path.rsplit("/", 1)[-1]
    asset.parent = parent
    asset.save(update_fields=["name", "parent"])
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_SUBTREE, {"id": asset.pk, "old": len(asset.ancestors), "new_path": new_path,
                                       "old_length": len(old_path), "above": parent.ancestors if parent else []})  # fmt: skip
    recompute_owners(asset.pk)
    activity.record(viewer, "asset.moved", object_type="asset", object_id=asset.pk, asset_id=asset.pk,
                    details={"path": [old_path, new_path]})  # fmt: skip
    return queries.asset_at(viewer, new_path)


_MOVE_SUBTREE = """
UPDATE inventory_asset
SET path = %(new_path)s || substr(path, %(old_length)s + 1),
    ancestors = %(above)s::bigint[] || ancestors[%(old)s:]
WHERE ancestors @> ARRAY[%(id)s]::bigint[]
"""


def archive_asset(viewer: Viewer, asset_id: int) -> Asset:
    """Stop looking after an asset and all below it; nothing is deleted. Raises: AssetNotFoundError, ForbiddenError."""
    asset = editable(viewer, asset_id)
    Asset.objects.filter(ancestors__contains=[asset.pk]).update(lifecycle=Lifecycle.ARCHIVED)
    activity.record(viewer, "asset.archived", object_type="asset", object_id=asset.pk, asset_id=asset.pk)
    asset.lifecycle = Lifecycle.ARCHIVED.value
    return asset


def editable(viewer: Viewer, asset_id: int) -> Asset:
    """The asset, locked for a change. Raises: AssetNotFoundError unseen, ForbiddenError seen but not theirs to change."""
    found = queries.visible_to(viewer).filter(pk=asset_id).select_for_update().first()
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


def facts_of(asset: Asset) -> dict[str, object]:
    """What is said of an asset, by name, for previews and the activity record."""
    names = ("kind", "tier", "categories", "data_class", "boundary", "default_ref", "urls", "owner_team_id")
    return {name: getattr(asset, name) for name in names}


def _set_facts(asset: Asset, given: AssetFacts) -> None:
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


def _create_chain(viewer: Viewer, path: str, kind: AssetKind) -> Asset:
    """Make the asset and the missing groups above it, from the root down."""
    chain = paths.chain_of(path)
    existing = {asset.path: asset for asset in Asset.objects.filter(path__in=chain)}
    above = max(existing.values(), key=lambda asset: len(asset.path), default=None)
    if not _may_create(viewer, path, above):
        raise ForbiddenError(f"Making {path} is for an admin, or for the owner team of what is above it.")
    made = above
    for step in chain:
        if step not in existing:
            made = _create_one(step, kind if step == path else AssetKind.GROUP, made)
    assert made is not None
    return made


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


def _may_create(viewer: Viewer, path: str, above: Asset | None) -> bool:
    if not paths.is_within(path, viewer.subtree):
        return False
    if above is None:
        return viewer.is_admin and queries.accounts.scope_allows(viewer, Permission.ASSET_CREATE)
    # A token's subtree may begin below `above`; what counts there is the person's own right and the scope.
    own = viewer.is_admin or (above.effective_owner_team_id in viewer.team_ids)
    return own and queries.accounts.scope_allows(viewer, Permission.ASSET_CREATE)


def _parent_for(viewer: Viewer, path: str) -> Asset | None:
    if "/" not in path:
        if not viewer.is_admin:
            raise ForbiddenError("Only an admin may move an asset to the top of the tree.")
        return None
    parent = queries.asset_at(viewer, path.rsplit("/", 1)[0])
    if not queries.may(viewer, Permission.ASSET_EDIT, parent):
        raise ForbiddenError(f"Moving something below {parent.path} is for its owner team or an admin.")
    return parent


def _hidden(path: str) -> AssetNotFoundError:
    return AssetNotFoundError(
        f"There is no asset {path}, and you may not make it there; ask an admin or its owner team."
    )


def _lock_tree() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])
