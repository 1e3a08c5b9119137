"""Roles are made and given: asked where they hold, written in `accounts`, recorded in `activity`, in one transaction.

Over all, who manages roles gives them; on an asset, who maintains it. Nobody gives more than they have there.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from prodsec.accounts import queries, services
from prodsec.accounts.types import NotPermittedError, Permission, RoleNotFoundError, Viewer
from prodsec.activity import services as activity
from prodsec.inventory import queries as inventory
from prodsec.kit.errors import ForbiddenError

if TYPE_CHECKING:
    from prodsec.accounts.models import Grant


def give(
    viewer: Viewer, *, role: str, person_id: int | None = None, team_id: int | None = None, asset_id: int | None = None
) -> int:
    """Give a role to a person, a team, or (neither) everybody, on an asset and below or (None) over all. Returns its number.

    Raises: NotPermittedError, ForbiddenError, AssetNotFoundError, RoleNotFoundError, PersonNotFoundError,
    TeamNotFoundError, InvalidError.
    """
    _require_giver(viewer, queries.role(viewer, role).permissions, asset_id)
    given, is_new = services.add_grant(viewer, role=role, person_id=person_id, team_id=team_id, asset_id=asset_id)
    if is_new:
        _record(viewer, "role.given", given)
    return given.pk


def take(viewer: Viewer, grant_id: int) -> int:
    """Take away what was given by hand. Returns its number.

    Raises: RoleNotFoundError also where the viewer sees neither asset nor person, ForbiddenError, ConflictError.
    """
    found = queries.grant(viewer, grant_id)
    if not queries.holds(viewer, Permission.ROLE_MANAGE) and not _is_seen(viewer, found):
        raise RoleNotFoundError(f"Role number {grant_id} was not given to anybody.")
    permissions = {role.slug: role.permissions for role in queries.all_roles(viewer)}.get(found.role, frozenset())
    _require_giver(viewer, permissions, found.asset_id)
    services.remove_grant(viewer, grant_id)
    _record(viewer, "role.taken", found)
    return grant_id


def make_role(viewer: Viewer, *, slug: str, name: str, permissions: Collection[Permission]) -> str:
    """A role of this installation is made. Returns its slug. Raises: NotPermittedError, InvalidError, ConflictError."""
    made = services.create_role(viewer, slug=slug, name=name, permissions=permissions)
    details: dict[str, object] = {"name": made.name, "permissions": made.permissions}
    activity.record(viewer, "role.created", object_type="role", object_id=made.slug, details=details)
    return made.slug


def change_role(
    viewer: Viewer, slug: str, *, name: str | None = None, permissions: Collection[Permission] | None = None
) -> str:
    """A role lets people do something else. Returns its slug. Raises: NotPermittedError, RoleNotFoundError, InvalidError."""
    before = queries.role(viewer, slug)
    after = services.change_role(viewer, slug, name=name, permissions=permissions)
    details: dict[str, object] = {
        "name": [before.name, after.name],
        "permissions": [sorted(before.permissions), after.permissions],
    }
    activity.record(viewer, "role.changed", object_type="role", object_id=slug, details=details)
    return slug


def remove_role(viewer: Viewer, slug: str) -> str:
    """A role that nobody has is deleted. Raises: NotPermittedError, RoleNotFoundError, ConflictError."""
    services.remove_role(viewer, slug)
    activity.record(viewer, "role.removed", object_type="role", object_id=slug)
    return slug


def _require_giver(viewer: Viewer, permissions: Collection[Permission], asset_id: int | None) -> None:
    if asset_id is None:
        queries.require(viewer, Permission.ROLE_MANAGE)
        more = sorted(set(permissions) - viewer.over_all)
        if more:
            raise NotPermittedError(f"You cannot give what you do not have: {', '.join(more)}.")
        return
    asset = inventory.asset(viewer, asset_id)
    if not inventory.may(viewer, Permission.ASSET_SHARE, asset):
        raise ForbiddenError(f"Giving roles on {asset.path} is for its maintainers or an admin.")
    more = sorted(permission for permission in permissions if not inventory.may(viewer, permission, asset))
    if more:
        raise ForbiddenError(f"You cannot give what you do not have on {asset.path}: {', '.join(more)}.")


def _is_seen(viewer: Viewer, given: "Grant") -> bool:
    return given.asset_id is not None and inventory.visible_to(viewer).filter(pk=given.asset_id).exists()


def _record(viewer: Viewer, action: str, given: "Grant") -> None:
    details: dict[str, object] = {"role": given.role, "person_id": given.person_id, "team_id": given.team_id}
    kind, number = ("person", given.person_id) if given.person_id else ("team", given.team_id)
    if number is None:
        kind, number = "role", 0
        details["everybody"] = True
    activity.record(viewer, action, object_type=kind, object_id=number, asset_id=given.asset_id, details=details)
