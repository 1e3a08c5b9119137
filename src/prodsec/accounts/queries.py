"""Reads of `accounts`."""

import datetime

from django.db.models import Q, QuerySet

from prodsec.accounts import rules
from prodsec.accounts.models import ApiToken, Person, SetupLink, Team, TeamMember
from prodsec.accounts.types import AdminOnlyError, Permission, PersonNotFoundError, Scope, Viewer
from prodsec.kit import clock

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


def require_admin(viewer: Viewer, permission: Permission) -> None:
    """Pass for an admin, with a token only for one made for administration.

    Raises: AdminOnlyError.
    """
    if not (viewer.is_admin and not viewer.subtree and scope_allows(viewer, permission)):
        raise AdminOnlyError("Only an admin may do this.")


def people(viewer: Viewer) -> QuerySet[Person]:
    """Everybody, by name. Any person may know their colleagues' names."""
    del viewer
    return Person.objects.order_by("name", "id")


def person(viewer: Viewer, person_id: int) -> Person:
    """One person. Raises: PersonNotFoundError."""
    found = people(viewer).filter(pk=person_id).first()
    if found is None:
        raise PersonNotFoundError(f"There is no person {person_id}.")
    return found


def teams(viewer: Viewer) -> QuerySet[Team]:
    """All teams, by name."""
    del viewer
    return Team.objects.order_by("name", "id")


def tokens(viewer: Viewer) -> QuerySet[ApiToken]:
    """The viewer's own tokens, for an admin everybody's; newest first."""
    found = ApiToken.objects.select_related("owner").order_by("-id")
    return found if viewer.is_admin and not viewer.subtree else found.filter(owner_id=viewer.person_id)


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
