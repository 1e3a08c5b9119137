"""Reads of `accounts`."""

import datetime

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest

from prodsec.accounts import rules
from prodsec.accounts.models import ApiToken, Person, SetupLink, Team, TeamMember
from prodsec.accounts.types import (
    AdminOnlyError,
    Permission,
    PersonNotFoundError,
    Scope,
    SignInError,
    TeamNotFoundError,
    Viewer,
)
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError

# A token's last use is noted at most this often, so that reading does not mean writing.
NOTE_USE_EVERY = datetime.timedelta(minutes=1)

_NEEDED_SCOPE = {
    Permission.ASSET_READ: Scope.READ,
    Permission.FINDING_READ: Scope.READ,
    Permission.SCAN_READ: Scope.READ,
    Permission.SCAN_IMPORT: Scope.IMPORT,
    Permission.ASSET_CREATE: Scope.IMPORT,
    Permission.ASSET_EDIT: Scope.WRITE,
    Permission.FINDING_TRIAGE: Scope.WRITE,
    Permission.FINDING_DECIDE: Scope.WRITE,
}


def viewer_of(person: Person) -> Viewer:
    """The viewer a signed-in person is. Cost: 1 query."""
    teams = TeamMember.objects.filter(person=person).values_list("team_id", flat=True)
    return Viewer(person_id=person.pk, name=str(person), is_admin=person.is_admin, team_ids=frozenset(teams))


def viewer_of_token(text: str) -> Viewer | None:
    """The viewer a token speaks for; None when it is unknown, expired, revoked, or its person was disabled.

    Cost: 2 queries, and one update a minute.
    """
    if not rules.is_well_formed(text):
        return None
    now = clock.now()
    usable = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    token = (
        ApiToken.objects.select_related("owner")
        .filter(usable, digest=rules.digest_of(text), revoked_at__isnull=True, owner__is_active=True)
        .first()
    )
    if token is None:
        return None
    if token.last_used_at is None or now - token.last_used_at > NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    person = viewer_of(token.owner)
    scopes = frozenset(Scope(scope) for scope in token.scopes)
    return Viewer(
        person_id=person.person_id,
        name=person.name,
        is_admin=person.is_admin,
        team_ids=person.team_ids,
        scopes=scopes,
        subtree=token.subtree,
    )


def viewer_asking(request: HttpRequest) -> Viewer:
    """Whom `ViewerMiddleware` found to be asking.

    Raises: SignInError for nobody; doors that let anonymous people in do not ask.
    """
    viewer = getattr(request, "viewer", None)
    if not isinstance(viewer, Viewer):
        raise SignInError("Sign in first.")
    return viewer


def scope_allows(viewer: Viewer, permission: Permission) -> bool:
    """Whether the token (if it is one) was made for this; a session may do what its person may."""
    if viewer.scopes is None or Scope.ADMIN in viewer.scopes:
        return True
    needed = _NEEDED_SCOPE.get(permission, Scope.ADMIN)
    if needed is Scope.READ:
        return bool(viewer.scopes & {Scope.READ, Scope.WRITE})
    if needed is Scope.IMPORT:
        return bool(viewer.scopes & {Scope.IMPORT, Scope.WRITE})
    return needed in viewer.scopes


def require_scope(viewer: Viewer, permission: Permission) -> None:
    """Pass for people, and for tokens made for this. Raises: ForbiddenError."""
    if not scope_allows(viewer, permission):
        raise ForbiddenError(f"This token was not made for {permission}; use one with another scope.")


def require_admin(viewer: Viewer, permission: Permission) -> None:
    """Pass for an admin, with a token only for one made for administration.

    Raises: AdminOnlyError.
    """
    if not (viewer.is_admin and not viewer.subtree and scope_allows(viewer, permission)):
        raise AdminOnlyError("Only an admin may do this.")


def people(viewer: Viewer) -> QuerySet[Person]:
    """Everybody with their teams, by name. Any person may know their colleagues' names. Cost: 2 queries."""
    del viewer
    memberships = Prefetch("memberships", TeamMember.objects.select_related("team").order_by("team__name"))
    return Person.objects.prefetch_related(memberships).order_by("name", "id")


def person(viewer: Viewer, person_id: int) -> Person:
    """One person. Raises: PersonNotFoundError."""
    found = people(viewer).filter(pk=person_id).first()
    if found is None:
        raise PersonNotFoundError(f"There is no person {person_id}.")
    return found


def person_with_email(viewer: Viewer, email: str) -> Person:
    """One person by address, in any case of letters. Raises: PersonNotFoundError."""
    found = people(viewer).filter(email=email.strip().lower()).first()
    if found is None:
        raise PersonNotFoundError(f"There is no person with the address {email}.")
    return found


def teams(viewer: Viewer) -> QuerySet[Team]:
    """All teams with how many active people are in each (`size`), by name."""
    del viewer
    active = Count("members", filter=Q(members__person__is_active=True))
    return Team.objects.annotate(size=active).order_by("name", "id")


def team(viewer: Viewer, team_id: int) -> Team:
    """One team. Raises: TeamNotFoundError."""
    found = teams(viewer).filter(pk=team_id).first()
    if found is None:
        raise TeamNotFoundError(f"There is no team {team_id}.")
    return found


def members(viewer: Viewer, team_id: int) -> QuerySet[Person]:
    """The people in a team, by name. Raises: TeamNotFoundError."""
    return Person.objects.filter(memberships__team=team(viewer, team_id)).order_by("name", "id")


def tokens(viewer: Viewer) -> QuerySet[ApiToken]:
    """The viewer's own tokens, for an admin everybody's; newest first.

    Raises: ForbiddenError for a token that was not made for administration everywhere: tokens do not see tokens.
    """
    if not may_manage_tokens(viewer):
        raise ForbiddenError("This token may not see or make tokens; sign in, or use one made for administration.")
    found = ApiToken.objects.select_related("owner").order_by("-id")
    return found if viewer.is_admin else found.filter(owner_id=viewer.person_id)


def may_manage_tokens(viewer: Viewer) -> bool:
    """Whether tokens are this viewer's business: people's are, a token's only when made for administration everywhere."""
    return scope_allows(viewer, Permission.TOKEN_MANAGE) and not viewer.subtree


def has_people() -> bool:
    """Whether the installation has its first person."""
    return Person.objects.exists()


def setup_link(text: str) -> SetupLink | None:
    """The unused, unexpired link with this text, while nobody exists yet."""
    if has_people():
        return None
    return SetupLink.objects.filter(
        digest=rules.digest_of(text), used_at__isnull=True, expires_at__gt=clock.now()
    ).first()
