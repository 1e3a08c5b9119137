"""Who is who: people, teams, tokens, the first admin's link."""

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from prodsec.accounts.models import ApiToken, Person, ProvisionedPerson, SetupLink, Team, TeamMember
from prodsec.accounts.queries.viewers import scope_allows
from prodsec.accounts.rules import tokens as rules
from prodsec.accounts.types import Permission, PersonNotFoundError, TeamNotFoundError, Viewer
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError


def people(viewer: Viewer) -> QuerySet[Person]:
    """Everybody with their teams, and whether an identity provider keeps them (`is_provisioned`), by name. Any person may know their colleagues' names. Cost: 2 queries."""
    del viewer
    memberships = Prefetch("memberships", TeamMember.objects.select_related("team").order_by("team__name"))
    kept = Exists(ProvisionedPerson.objects.filter(person=OuterRef("pk")))
    return Person.objects.prefetch_related(memberships).annotate(is_provisioned=kept).order_by("name", "id")


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
    """The viewer's own tokens, for who manages tokens everybody's; newest first.

    Raises: ForbiddenError for a token that was not made for administration everywhere: tokens do not see tokens.
    """
    if not may_manage_tokens(viewer):
        raise ForbiddenError("This token may not see or make tokens; sign in, or use one made for administration.")
    found = ApiToken.objects.select_related("owner").order_by("-id")
    return found if Permission.TOKEN_MANAGE in viewer.over_all else found.filter(owner_id=viewer.person_id)


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
