"""Roles of this installation, and giving roles to people and teams.

Who may give what where is asked by `flows.give_roles`, since the tree of assets stands above `accounts`.
"""

import re
from collections.abc import Collection, Mapping

from django.db import IntegrityError, transaction

from prodsec.accounts import queries
from prodsec.accounts.models import CustomRole, Grant, TeamMember
from prodsec.accounts.rules import roles
from prodsec.accounts.services.people import checked_name
from prodsec.accounts.types import NotPermittedError, Permission, Viewer
from prodsec.kit import bulk
from prodsec.kit.errors import ConflictError, InvalidError

BY_OWNERSHIP, BY_CODEOWNERS = "owner", "codeowners"


def create_role(viewer: Viewer, *, slug: str, name: str, permissions: Collection[Permission]) -> CustomRole:
    """Add a role of this installation. Nobody makes a role that may do more than they may.

    Raises: NotPermittedError, InvalidError, ConflictError.
    """
    queries.require(viewer, Permission.ROLE_MANAGE)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", slug):
        raise InvalidError("use lower-case letters, digits and hyphens, 100 characters at most", place="slug")
    if slug in roles.BUILT_IN or slug in ("admin", BY_OWNERSHIP, BY_CODEOWNERS):
        raise ConflictError(f"There is a role {slug} already.")
    made = CustomRole(slug=slug, name=checked_name(name), permissions=_checked(viewer, permissions))
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise ConflictError(f"There is a role {slug} already.") from None
    return made


def change_role(
    viewer: Viewer, slug: str, *, name: str | None = None, permissions: Collection[Permission] | None = None
) -> CustomRole:
    """Change what a role is called or lets people do; it holds at their next request.

    Raises: NotPermittedError, RoleNotFoundError, InvalidError.
    """
    queries.require(viewer, Permission.ROLE_MANAGE)
    role = queries.custom_role(viewer, slug)
    if name is not None:
        role.name = checked_name(name)
    if permissions is not None:
        _refuse_more_than_own(viewer, roles.known(role.permissions))
        role.permissions = _checked(viewer, permissions)
    role.save(update_fields=["name", "permissions"])
    return role


def remove_role(viewer: Viewer, slug: str) -> None:
    """Delete a role that nobody has. Raises: NotPermittedError, RoleNotFoundError, ConflictError."""
    queries.require(viewer, Permission.ROLE_MANAGE)
    role = queries.custom_role(viewer, slug)
    _refuse_more_than_own(viewer, roles.known(role.permissions))
    given = Grant.objects.filter(role=slug).count()
    if given:
        raise ConflictError(f"{role.name} is given {given} times; take it away there first.")
    role.delete()


def add_grant(
    viewer: Viewer, *, role: str, person_id: int | None = None, team_id: int | None = None, asset_id: int | None = None
) -> tuple[Grant, bool]:
    """Give a role to a person, a team, or (neither) everybody, by hand. Returns it, and whether it is new.

    Who may ask is the caller's to know. Raises: RoleNotFoundError, PersonNotFoundError, TeamNotFoundError, InvalidError.
    """
    if person_id is not None and team_id is not None:
        raise InvalidError("name a person or a team, not both", place="person")
    if person_id is not None:
        queries.person(viewer, person_id)
    if team_id is not None:
        queries.team(viewer, team_id)
    known = queries.role(viewer, role)
    if not known.is_built_in:
        queries.custom_role(viewer, role)  # locked, so that nobody deletes it meanwhile
    if known.is_over_all and asset_id is not None:
        raise InvalidError(f"{role} is given over all, not for a part of the tree", place="asset")
    if person_id is None and team_id is None and not known.permissions <= roles.OF_ASSETS:
        raise InvalidError(f"{role} is too much for everybody", place="role")
    wanted = Grant(role=role, person_id=person_id, team_id=team_id, asset_id=asset_id, source="")
    same = queries.grants(viewer, person_id=person_id, team_id=team_id).filter(role=role, asset_id=asset_id, source="")
    if person_id is None and team_id is None:
        same = same.filter(person=None, team=None)
    try:
        with transaction.atomic():
            wanted.save()
    except IntegrityError:
        return same.get(), False
    return wanted, True


def remove_grant(viewer: Viewer, grant_id: int) -> Grant:
    """Take away what was given by hand. Who may ask is the caller's to know.

    Raises: RoleNotFoundError, ConflictError for what follows from elsewhere.
    """
    found = queries.grant(viewer, grant_id)
    if found.source in (BY_OWNERSHIP, BY_CODEOWNERS):
        raise ConflictError("This follows from who owns the asset; change the owner or the CODEOWNERS file.")
    if found.source:
        raise ConflictError(f"This comes from {found.source}; change it there.")
    Grant.objects.filter(pk=grant_id).delete()
    return found


def follow_owners(owners: Mapping[int, int | None]) -> None:
    """Let ownership give its role: each of these assets to this team, or to none any more. Cost: 2 queries."""
    Grant.objects.filter(source=BY_OWNERSHIP, asset_id__in=list(owners)).delete()
    bulk.insert(
        [
            Grant(role=roles.OWNER, team_id=team_id, asset_id=asset_id, source=BY_OWNERSHIP)
            for asset_id, team_id in owners.items()
            if team_id is not None
        ]
    )


def follow_codeowners(asset_id: int, team_ids: Collection[int]) -> None:
    """Let the teams that a CODEOWNERS file names work on its asset, and nobody else for that reason. Cost: 2 queries."""
    Grant.objects.filter(source=BY_CODEOWNERS, asset_id=asset_id).delete()
    bulk.insert(
        [
            Grant(role=roles.FILE_OWNER, team_id=team_id, asset_id=asset_id, source=BY_CODEOWNERS)
            for team_id in sorted(set(team_ids))
        ]
    )


def sync_grants(person_id: int, *, source: str, given: Collection[tuple[str, int | None]]) -> bool:
    """Make what a source gives a person exactly this: roles, each on an asset or (None) over all. Returns whether it changed.

    A role that is gone gives nothing. Cost: 1 query, 2 more when something changed.
    """
    before = {
        (grant.role, grant.asset_id): grant.pk for grant in Grant.objects.filter(person_id=person_id, source=source)
    }
    wanted = set(given)
    gone = [key for pair, key in before.items() if pair not in wanted]
    new = [pair for pair in sorted(wanted, key=str) if pair not in before]
    if gone:
        Grant.objects.filter(pk__in=gone).delete()
    bulk.insert([Grant(role=role, person_id=person_id, asset_id=asset_id, source=source) for role, asset_id in new])
    return bool(gone or new)


def sync_memberships(person_id: int, *, source: str, team_ids: Collection[int]) -> bool:
    """Make a person's teams by this source exactly these; where they are by hand they stay. Returns whether it changed.

    Cost: 1 query, 2 more when something changed.
    """
    rows = list(TeamMember.objects.filter(person_id=person_id))
    inside, wanted = {row.team_id for row in rows}, set(team_ids)
    gone = [row.pk for row in rows if row.source == source and row.team_id not in wanted]
    new = sorted(wanted - inside)
    if gone:
        TeamMember.objects.filter(pk__in=gone).delete()
    TeamMember.objects.bulk_create(
        [TeamMember(person_id=person_id, team_id=team_id, source=source) for team_id in new], ignore_conflicts=True
    )
    return bool(gone or new)


def _checked(viewer: Viewer, permissions: Collection[Permission]) -> list[str]:
    if not permissions:
        raise InvalidError("choose at least one permission", place="permissions")
    _refuse_more_than_own(viewer, permissions)
    return sorted(permissions)


def _refuse_more_than_own(viewer: Viewer, permissions: Collection[Permission]) -> None:
    more = sorted(set(permissions) - viewer.over_all)
    if more:
        raise NotPermittedError(f"You cannot give what you do not have: {', '.join(more)}.")
