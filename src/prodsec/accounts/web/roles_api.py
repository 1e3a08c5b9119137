"""`/api/v1/roles` and `/grants`: what roles there are, and who has which where."""

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router, Status

from prodsec.accounts import queries
from prodsec.accounts.queries import Role, viewer_asking
from prodsec.accounts.types import Permission
from prodsec.accounts.web import role_schemas as schemas
from prodsec.accounts.web.schemas import PersonRef, TeamRef
from prodsec.flows import give_roles
from prodsec.inventory import queries as inventory
from prodsec.kit import querysets
from prodsec.kit.errors import InvalidError

if TYPE_CHECKING:
    from prodsec.accounts.models import Grant

router = Router(tags=["roles"])


@router.get("/roles", response=schemas.RolesOut, summary="List roles")
def list_roles(request: HttpRequest) -> schemas.RolesOut:
    """Every role and what it lets people do. Being an admin is none of them: admins may do everything."""
    viewer = viewer_asking(request)
    queries.require_scope(viewer, Permission.ASSET_READ)
    return schemas.RolesOut(items=[_role(role) for role in queries.all_roles(viewer)])


@router.post("/roles", response={201: schemas.RoleOut}, summary="Make a role")
def make_role(request: HttpRequest, body: schemas.RoleIn) -> Status[schemas.RoleOut]:
    """Make a role of your own; for who manages roles, out of permissions they have."""
    viewer = viewer_asking(request)
    slug = give_roles.make_role(viewer, slug=body.slug, name=body.name, permissions=body.permissions)
    return Status(201, _role(queries.role(viewer, slug)))


@router.patch("/roles/{slug}", response=schemas.RoleOut, summary="Change a role")
def change_role(request: HttpRequest, slug: str, body: schemas.RolePatch) -> schemas.RoleOut:
    """Change what a role of your own is called or lets people do; it holds at their next request."""
    viewer = viewer_asking(request)
    give_roles.change_role(viewer, slug, name=body.name, permissions=body.permissions)
    return _role(queries.role(viewer, slug))


@router.delete("/roles/{slug}", response={204: None}, summary="Delete a role")
def remove_role(request: HttpRequest, slug: str) -> Status[None]:
    """Delete a role of your own that nobody has."""
    give_roles.remove_role(viewer_asking(request), slug)
    return Status(204, None)


@router.get("/grants", response=schemas.GrantPage, summary="List who has which role")
def list_grants(request: HttpRequest, wanted: Annotated[schemas.GrantsOf, Query()]) -> schemas.GrantPage:
    """The roles on an asset you see (`asset`, with those from above it); all others for who may read people's accounts."""
    viewer = viewer_asking(request)
    assets = None
    if wanted.asset is not None:
        assets = inventory.asset(viewer, wanted.asset).ancestors
    else:
        queries.require(viewer, Permission.PERSON_READ)
    rows = queries.grants(viewer, assets=assets, person_id=wanted.person, team_id=wanted.team)
    page = querysets.page(rows, "id", cursor=wanted.cursor, size=wanted.limit)
    return schemas.GrantPage(items=[_grant(grant) for grant in page.items], next=page.next)


@router.post("/grants", response={201: schemas.GrantOut}, summary="Give a role")
def give_role(request: HttpRequest, body: schemas.GrantIn) -> Status[schemas.GrantOut]:
    """Give a role, twice is once: on an asset for its maintainers, over all for who manages roles. Nobody gives more than they have."""
    viewer = viewer_asking(request)
    if body.everybody == (body.person is not None or body.team is not None):
        raise InvalidError("name a person, a team, or everybody", place="person")
    grant_id = give_roles.give(viewer, role=body.role, person_id=body.person, team_id=body.team, asset_id=body.asset)
    return Status(201, _grant(queries.grant(viewer, grant_id)))


@router.delete("/grants/{int:grant_id}", response={204: None}, summary="Take a role away")
def take_role(request: HttpRequest, grant_id: int) -> Status[None]:
    """Take away what was given by hand; it holds at the next request."""
    give_roles.take(viewer_asking(request), grant_id)
    return Status(204, None)


def _role(role: Role) -> schemas.RoleOut:
    return schemas.RoleOut(
        slug=role.slug,
        name=role.name,
        permissions=sorted(role.permissions),
        is_over_all=role.is_over_all,
        is_built_in=role.is_built_in,
    )


def _grant(grant: "Grant") -> schemas.GrantOut:
    person, team = grant.person, grant.team
    return schemas.GrantOut(
        id=grant.pk,
        role=grant.role,
        person=None if person is None else PersonRef(id=person.pk, name=person.name, email=person.email),
        team=None if team is None else TeamRef(id=team.pk, slug=team.slug, name=team.name),
        asset=grant.asset_id,
        source=grant.source,
    )
