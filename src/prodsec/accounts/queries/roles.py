"""Roles: which there are, who has which, and where."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from prodsec.accounts.models import CustomRole, Grant
from prodsec.accounts.rules.roles import BUILT_IN, known
from prodsec.accounts.types import Permission, RoleNotFoundError, Viewer


@dataclass(frozen=True)
class Role:
    """A role as pages and API show it. `name` is empty for a built-in one, whose slug is its name."""

    slug: str
    name: str
    permissions: frozenset[Permission]
    is_over_all: bool
    is_built_in: bool


def all_roles(viewer: Viewer) -> list[Role]:
    """Every role, the built-in ones first. Anybody signed in may know them. Cost: 1 query."""
    del viewer
    built_in = [Role(role.slug, "", role.permissions, role.is_over_all, is_built_in=True) for role in BUILT_IN.values()]
    custom = CustomRole.objects.order_by("slug")
    return built_in + [
        Role(role.slug, role.name, known(role.permissions), is_over_all=False, is_built_in=False) for role in custom
    ]


def role(viewer: Viewer, slug: str) -> Role:
    """One role. Raises: RoleNotFoundError."""
    found = next((role for role in all_roles(viewer) if role.slug == slug), None)
    if found is None:
        raise RoleNotFoundError(f"There is no role {slug[:100]!r}.")
    return found


def custom_role(viewer: Viewer, slug: str) -> CustomRole:
    """One role of this installation, locked for a change. Raises: RoleNotFoundError."""
    del viewer
    found = CustomRole.objects.select_for_update().filter(slug=slug).first()
    if found is None:
        raise RoleNotFoundError(f"There is no role of your own called {slug[:100]!r}.")
    return found


def grants(
    viewer: Viewer,
    *,
    assets: Collection[int] | None = None,
    person_id: int | None = None,
    team_id: int | None = None,
) -> QuerySet[Grant]:
    """Who was given which role where, with people and teams.

    assets: only on these, which the caller saw the viewer may read; None: over all and everywhere, for who may read
    people over all (the caller asks).
    """
    del viewer
    found = Grant.objects.select_related("person", "team").order_by(
        "asset_id", "role", "team__name", "person__name", "id"
    )
    if assets is not None:
        found = found.filter(asset_id__in=assets)
    if person_id is not None:
        found = found.filter(person_id=person_id)
    return found if team_id is None else found.filter(team_id=team_id)


def grant(viewer: Viewer, grant_id: int) -> Grant:
    """One giving of a role. Raises: RoleNotFoundError."""
    found = grants(viewer).filter(pk=grant_id).first()
    if found is None:
        raise RoleNotFoundError(f"Role number {grant_id} was not given to anybody.")
    return found
