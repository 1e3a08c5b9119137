"""`/api/v1/me`, `/people`, `/teams`, `/tokens`: who is who, and what acts for them."""

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router, Status

from prodsec.accounts import queries
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Scope
from prodsec.accounts.web import schemas
from prodsec.flows import manage_accounts
from prodsec.flows import remove_team as team_removal
from prodsec.kit import querysets

if TYPE_CHECKING:
    from prodsec.accounts.models import ApiToken, Person, Team

router = Router()


@router.get("/me", response=schemas.Me, tags=["me"], summary="Who am I?")
def read_me(request: HttpRequest) -> schemas.Me:
    """The person you are, or that your token acts for."""
    viewer = viewer_asking(request)
    person = queries.person(viewer, viewer.person_id or 0)
    return schemas.Me(
        person=_person_ref(person),
        is_admin=viewer.is_admin,
        teams=_teams_of(person),
        scopes=None if viewer.scopes is None else [scope.value for scope in sorted(viewer.scopes)],
        subtree=viewer.subtree,
    )


@router.get("/people", response=schemas.PersonPage, tags=["people"], summary="List people")
def list_people(request: HttpRequest, wanted: Annotated[schemas.PageOf, Query()]) -> schemas.PersonPage:
    """Everybody, disabled people too; for admins."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.PERSON_READ)
    page = querysets.page(queries.people(viewer), "id", cursor=wanted.cursor, size=wanted.limit)
    return schemas.PersonPage(items=[_person(person) for person in page.items], next=page.next)


@router.post("/people", response={201: schemas.PersonOut}, tags=["people"], summary="Add a person")
def add_person(request: HttpRequest, body: schemas.PersonIn) -> Status[schemas.PersonOut]:
    """Let somebody in; for admins."""
    viewer = viewer_asking(request)
    person_id = manage_accounts.add_person(
        viewer, email=body.email, name=body.name, password=body.password, is_admin=body.is_admin
    )
    return Status(201, _person(queries.person(viewer, person_id)))


@router.post("/service-accounts", response={201: schemas.PersonOut}, tags=["people"], summary="Add a service account")
def add_service_account(request: HttpRequest, body: schemas.ServiceAccountIn) -> Status[schemas.PersonOut]:
    """An account for a program: give it roles and tokens; it never signs in. For who manages people."""
    viewer = viewer_asking(request)
    person_id = manage_accounts.add_service_account(viewer, name=body.name)
    return Status(201, _person(queries.person(viewer, person_id)))


@router.get("/people/{int:person_id}", response=schemas.PersonOut, tags=["people"], summary="Read a person")
def read_person(request: HttpRequest, person_id: int) -> schemas.PersonOut:
    """One person; for admins."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.PERSON_READ)
    return _person(queries.person(viewer, person_id))


@router.patch("/people/{int:person_id}", response=schemas.PersonOut, tags=["people"], summary="Change a person")
def change_person(request: HttpRequest, person_id: int, body: schemas.PersonPatch) -> schemas.PersonOut:
    """Rename somebody, make them an admin or not, disable or enable them; for admins. One active admin always stays."""
    viewer = viewer_asking(request)
    manage_accounts.change_person(viewer, person_id, name=body.name, is_admin=body.is_admin, is_active=body.is_active)
    return _person(queries.person(viewer, person_id))


@router.put("/people/{int:person_id}/password", response={204: None}, tags=["people"], summary="Set a password")
def set_password(request: HttpRequest, person_id: int, body: schemas.PasswordIn) -> Status[None]:
    """Give somebody a new password and end their sessions; for admins."""
    manage_accounts.set_password(viewer_asking(request), person_id, body.password)
    return Status(204, None)


@router.get("/teams", response=schemas.TeamPage, tags=["teams"], summary="List teams")
def list_teams(request: HttpRequest, wanted: Annotated[schemas.PageOf, Query()]) -> schemas.TeamPage:
    """All teams, by slug."""
    viewer = viewer_asking(request)
    queries.require_scope(viewer, Permission.ASSET_READ)
    page = querysets.page(queries.teams(viewer), "slug", cursor=wanted.cursor, size=wanted.limit, kind=str)
    return schemas.TeamPage(items=[_team(team) for team in page.items], next=page.next)


@router.post("/teams", response={201: schemas.TeamWithMembers}, tags=["teams"], summary="Add a team")
def add_team(request: HttpRequest, body: schemas.TeamIn) -> Status[schemas.TeamWithMembers]:
    """Make a team; for admins."""
    team_id = manage_accounts.add_team(viewer_asking(request), name=body.name, slug=body.slug)
    return Status(201, _team_with_members(request, team_id))


@router.get("/teams/{int:team_id}", response=schemas.TeamWithMembers, tags=["teams"], summary="Read a team")
def read_team(request: HttpRequest, team_id: int) -> schemas.TeamWithMembers:
    """One team with its people."""
    queries.require_scope(viewer_asking(request), Permission.ASSET_READ)
    return _team_with_members(request, team_id)


@router.patch("/teams/{int:team_id}", response=schemas.TeamWithMembers, tags=["teams"], summary="Rename a team")
def rename_team(request: HttpRequest, team_id: int, body: schemas.TeamPatch) -> schemas.TeamWithMembers:
    """Give a team another name; for admins."""
    manage_accounts.rename_team(viewer_asking(request), team_id, name=body.name)
    return _team_with_members(request, team_id)


@router.delete("/teams/{int:team_id}", response={204: None}, tags=["teams"], summary="Delete a team")
def remove_team(request: HttpRequest, team_id: int, hand_over_to: int | None = None) -> Status[None]:
    """Delete a team; for admins. While it owns assets or findings, `hand_over_to` has to name the team that gets them."""
    team_removal.run(viewer_asking(request), team_id, heir_id=hand_over_to)
    return Status(204, None)


@router.put(
    "/teams/{int:team_id}/members/{int:person_id}", response={204: None}, tags=["teams"], summary="Add a member"
)
def add_member(request: HttpRequest, team_id: int, person_id: int) -> Status[None]:
    """Put a person into a team; for admins. Twice is once."""
    manage_accounts.add_member(viewer_asking(request), team_id=team_id, person_id=person_id)
    return Status(204, None)


@router.delete(
    "/teams/{int:team_id}/members/{int:person_id}", response={204: None}, tags=["teams"], summary="Remove a member"
)
def remove_member(request: HttpRequest, team_id: int, person_id: int) -> Status[None]:
    """Take a person out of a team; for admins."""
    manage_accounts.remove_member(viewer_asking(request), team_id=team_id, person_id=person_id)
    return Status(204, None)


@router.get("/tokens", response=schemas.TokenPage, tags=["tokens"], summary="List tokens")
def list_tokens(request: HttpRequest, wanted: Annotated[schemas.PageOf, Query()]) -> schemas.TokenPage:
    """Your tokens; for admins everybody's. The text of a token is never shown again."""
    rows = queries.tokens(viewer_asking(request))
    page = querysets.page(rows, "-id", cursor=wanted.cursor, size=wanted.limit)
    return schemas.TokenPage(
        items=[schemas.TokenOut.model_validate(_token(token)) for token in page.items], next=page.next
    )


@router.post("/tokens", response={201: schemas.NewToken}, tags=["tokens"], summary="Make a token")
def make_token(request: HttpRequest, body: schemas.TokenIn) -> Status[schemas.NewToken]:
    """Make a token. Its text is in this answer and nowhere else."""
    viewer = viewer_asking(request)
    token_id, text = manage_accounts.make_token(
        viewer,
        name=body.name,
        scopes=frozenset(Scope(scope) for scope in body.scopes),
        subtree=body.subtree,
        expires_at=body.expires_at,
        owner_id=body.owner,
    )
    return Status(
        201, schemas.NewToken.model_validate({**_token(queries.tokens(viewer).get(pk=token_id)), "text": text})
    )


@router.delete("/tokens/{int:token_id}", response={204: None}, tags=["tokens"], summary="Revoke a token")
def revoke_token(request: HttpRequest, token_id: int) -> Status[None]:
    """End a token at once; yours, for admins anybody's."""
    manage_accounts.revoke_token(viewer_asking(request), token_id)
    return Status(204, None)


def _person_ref(person: "Person") -> schemas.PersonRef:
    return schemas.PersonRef(id=person.pk, name=person.name, email=person.email)


def _teams_of(person: "Person") -> list[schemas.TeamRef]:
    teams = [membership.team for membership in person.memberships.all()]
    return [schemas.TeamRef(id=team.pk, slug=team.slug, name=team.name) for team in teams]


def _person(person: "Person") -> schemas.PersonOut:
    return schemas.PersonOut(
        id=person.pk,
        email=person.email,
        name=person.name,
        is_admin=person.is_admin,
        is_active=person.is_active,
        is_service=person.is_service,
        has_password=person.has_usable_password(),
        teams=_teams_of(person),
        created_at=person.created_at,
        last_sign_in_at=person.last_login,
    )


def _team(team: "Team") -> schemas.TeamOut:
    return schemas.TeamOut(id=team.pk, slug=team.slug, name=team.name, size=getattr(team, "size", 0))


def _team_with_members(request: HttpRequest, team_id: int) -> schemas.TeamWithMembers:
    viewer = viewer_asking(request)
    members = [_person_ref(person) for person in queries.members(viewer, team_id)]
    return schemas.TeamWithMembers(**_team(queries.team(viewer, team_id)).dict(), members=members)


def _token(token: "ApiToken") -> dict[str, object]:
    names = ("name", "prefix", "scopes", "subtree", "created_at", "expires_at", "last_used_at", "revoked_at")
    return {"id": token.pk, "owner": _person_ref(token.owner), **{name: getattr(token, name) for name in names}}
