"""Reads of `inventory`: what a viewer sees, what they may do there, and who owns what."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from prodsec.accounts import queries as accounts
from prodsec.accounts.models import Team
from prodsec.accounts.types import Permission, Viewer
from prodsec.inventory.models import Asset, CodeownersFile
from prodsec.inventory.rules import codeowners
from prodsec.inventory.rules.paths import is_on_github, is_within
from prodsec.inventory.types import AssetKind, AssetNotFoundError, Lifecycle, Placed

# A list narrowed to so many assets is read by them; with more of them, a walk along the list soon meets findings of theirs.
FEW = 300


def visible_to(viewer: Viewer, permission: Permission = Permission.ASSET_READ) -> QuerySet[Asset]:
    """The assets on which the viewer may do this, above all read: the start of every query.

    All of them, or what lies on and below those they have a role on: one indexed condition. A token sees no more than
    its person, only in its subtree, and nothing without the scope for it.
    """
    if not accounts.scope_allows(viewer, permission):
        return Asset.objects.none()
    found = Asset.objects.all()
    if permission not in viewer.over_all:
        found = found.filter(ancestors__overlap=sorted(viewer.roots(permission)))
    if not viewer.subtree:
        return found
    return found.filter(Q(path=viewer.subtree) | Q(path__startswith=f"{viewer.subtree}/"))


def sees_all(viewer: Viewer, permission: Permission = Permission.ASSET_READ) -> bool:
    """Whether `visible_to` leaves nothing out, so that a query need not ask."""
    return accounts.holds(viewer, permission)


def few_visible(viewer: Viewer, permission: Permission) -> list[int] | None:
    """The ids of what `visible_to` gives when they are few, so that a plan can be made for just these; None for many.

    Cost: 1 query, once a viewer.
    """
    if permission not in viewer.seen:
        ids = list(visible_to(viewer, permission).values_list("pk", flat=True)[: FEW + 1])
        viewer.seen[permission] = ids if len(ids) <= FEW else None
    return viewer.seen[permission]


def visible_among(viewer: Viewer, asset_ids: Collection[int], permission: Permission) -> set[int]:
    """Those of these assets on which the viewer may do this. Cost: 1 query."""
    return set(visible_to(viewer, permission).filter(pk__in=asset_ids).values_list("pk", flat=True))


def seen_findings(viewer: Viewer) -> QuerySet[Asset] | None:
    """The assets whose findings the viewer may read, for a condition of another context; None: all of them."""
    return None if sees_all(viewer, Permission.FINDING_READ) else visible_to(viewer, Permission.FINDING_READ)


def readers_of(asset: Asset) -> set[int]:
    """The people who may read an asset's findings. Cost: 1 query."""
    return accounts.people_with(Permission.FINDING_READ, asset.ancestors)


def may(viewer: Viewer, permission: Permission, asset: Asset | Placed) -> bool:
    """Whether the viewer may do this to (or, for `asset:create`, right below) this asset.

    By a role over all, or by one on the asset or anything above it; owner teams have theirs by owning. A token never
    more than its person, within its scopes and subtree. Cost: no query when the asset is loaded.
    """
    if not accounts.scope_allows(viewer, permission) or not is_within(asset.path, viewer.subtree):
        return False
    return permission in viewer.over_all or not viewer.roots(permission).isdisjoint(asset.ancestors)


def asset(viewer: Viewer, asset_id: int) -> Asset:
    """One asset. Raises: AssetNotFoundError. Cost: 1 query."""
    found = visible_to(viewer).select_related("owner_team", "effective_owner_team").filter(pk=asset_id).first()
    if found is None:
        raise AssetNotFoundError(f"There is no asset {asset_id}.")
    return found


def asset_at(viewer: Viewer, path: str) -> Asset:
    """One asset by its path. Raises: AssetNotFoundError. Cost: 1 query."""
    found = visible_to(viewer).select_related("owner_team", "effective_owner_team").filter(path=path).first()
    if found is None:
        raise AssetNotFoundError(f"There is no asset {path[:200]!r}.")
    return found


def assets(
    viewer: Viewer,
    *,
    path: str = "",
    under: str = "",
    text: str = "",
    kinds: Iterable[AssetKind] = (),
    owner_id: int | None = None,
    unowned: bool = False,
    archived: bool = False,
) -> QuerySet[Asset]:
    """Assets in the order of their paths, with their owner teams.

    path: exactly this one; under: a subtree with its root; text: part of a path, in any case of letters;
    owner_id, unowned: by effective owner; archived: archived ones too.
    """
    found = visible_to(viewer).select_related("owner_team", "effective_owner_team").order_by("path")
    if not archived:
        found = found.filter(lifecycle=Lifecycle.ACTIVE)
    if path:
        found = found.filter(path=path)
    if under:
        found = found.filter(Q(path=under) | Q(path__startswith=f"{under}/"))
    if text:
        found = found.filter(path__icontains=text)
    if owner_id is not None:
        found = found.filter(effective_owner_team_id=owner_id)
    if unowned:
        found = found.filter(effective_owner_team_id__isnull=True)
    wanted = [kind.value for kind in kinds]
    return found.filter(kind__in=wanted) if wanted else found


def given_to(viewer: Viewer, team_id: int) -> QuerySet[Asset]:
    """The assets whose owner is set to a team, archived ones too; those below inherit it."""
    return visible_to(viewer).filter(owner_team_id=team_id)


def children(viewer: Viewer, parent: Asset | None) -> QuerySet[Asset]:
    """The assets right below one (None: the roots of what the viewer sees), in the order of their paths."""
    if parent is None and not sees_all(viewer):
        seen = visible_to(viewer)
        return assets(viewer).filter(Q(parent=None) | ~Q(parent__in=seen))
    return assets(viewer).filter(parent=parent)


def ancestors(viewer: Viewer, of: Asset) -> list[Asset]:
    """The chain from the root down to the asset above, as far as the viewer sees it."""
    found = visible_to(viewer).filter(pk__in=of.ancestors[:-1]).in_bulk()
    return [found[key] for key in of.ancestors if key in found]


@dataclass(frozen=True)
class Owners:
    """Who owns what inside one asset: by file where CODEOWNERS say so, else the asset's own effective owner."""

    default: int | None
    rules: codeowners.Codeowners | None = None
    teams: dict[str, int] = field(default_factory=dict)

    def of(self, file: str) -> int | None:
        """The owner team of a file (or of what has no file, with an empty text); None is unowned."""
        if self.rules is None or not file:
            return self.default
        for owners in self.rules.owners_of(file):
            for owner in owners:
                team = self.teams.get(owner.lstrip("@").lower())
                if team is not None:
                    return team
        return self.default


def effective_owners() -> dict[int, int | None]:
    """The team that owns each asset, its own or inherited; for who compares before and after. Cost: 1 query."""
    return dict(Asset.objects.values_list("pk", "effective_owner_team_id"))


def owners_of(asset_id: int) -> Owners:
    """The owners inside an asset. Cost: 2 queries, 1 more with a CODEOWNERS file."""
    path, default = Asset.objects.values_list("path", "effective_owner_team_id").get(pk=asset_id)
    text = CodeownersFile.objects.filter(asset_id=asset_id).values_list("text", flat=True).first()
    if text is None:
        return Owners(default)
    rules = codeowners.parse(text, is_github=is_on_github(path))
    slugs = dict(Team.objects.values_list("slug", "id"))
    teams = {}
    for owner in {owner.lstrip("@").lower() for rule in rules.rules for owner in rule.owners}:
        team = slugs.get(owner.replace("/", "-")) or slugs.get(owner.rsplit("/", 1)[-1])
        if team is not None:
            teams[owner] = team
    return Owners(default, rules, teams)


def has_codeowners(of: Asset) -> bool:
    """Whether a CODEOWNERS file was given for an asset that the viewer was found to see. Cost: 1 query."""
    return CodeownersFile.objects.filter(asset=of).exists()


def codeowners_of(viewer: Viewer, asset_id: int) -> tuple[str, tuple[str, ...]]:
    """The CODEOWNERS file given for an asset, empty when none was, and its lines that cannot be used.

    Raises: AssetNotFoundError.
    """
    found = asset(viewer, asset_id)
    text = CodeownersFile.objects.filter(asset=found).values_list("text", flat=True).first() or ""
    return text, codeowners.parse(text, is_github=is_on_github(found.path)).problems
