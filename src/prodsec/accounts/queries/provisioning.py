"""What an identity provider sees through SCIM: people, and the teams that are its groups."""

from django.db.models import Prefetch, Q, QuerySet

from prodsec.accounts.models import Person, ProvisionedPerson, ProvisionedTeam, TeamMember
from prodsec.accounts.queries.viewers import viewer_of_token
from prodsec.accounts.rules.scim_filters import Filter, Joined
from prodsec.accounts.types import NotPermittedError, PersonNotFoundError, Scope, TeamNotFoundError, Viewer

SOURCE = "scim"
_Fields = dict[str, tuple[tuple[str, ...], ...]]
_LARGEST_ID = 2**63 - 1


def provisioner_of_token(text: str) -> Viewer | None:
    """The identity provider a token speaks for; None for every other token. Its owner is an admin or a service account.

    Cost: 3 queries, and one update a minute.
    """
    viewer = viewer_of_token(text)
    if viewer is None or viewer.scopes != frozenset({Scope.SCIM}):
        return None
    if viewer.is_admin or Person.objects.filter(pk=viewer.person_id or 0, is_service=True).exists():
        return viewer
    return None


def require_provisioner(viewer: Viewer) -> None:
    """Pass for an identity provider. Raises: NotPermittedError."""
    if viewer.scopes != frozenset({Scope.SCIM}):
        raise NotPermittedError("This is for an identity provider with a token made for SCIM.")


def provisionable_people(viewer: Viewer) -> QuerySet[Person]:
    """People as the provider sees them: all but service accounts, by id, with its own words and the groups they are in.

    Cost: 2 queries. Raises: NotPermittedError.
    """
    require_provisioner(viewer)
    groups = TeamMember.objects.filter(source=SOURCE, team__provisioned__is_open=False).select_related("team")
    return (
        Person.objects.filter(is_service=False)
        .select_related("provisioned")
        .prefetch_related(Prefetch("memberships", groups, to_attr="groups"))
        .order_by("pk")
    )


def provisionable_person(viewer: Viewer, key: str, *, locked: bool = False) -> Person:
    """One person by the id that the provider was given. Raises: NotPermittedError, PersonNotFoundError."""
    found = provisionable_people(viewer).filter(pk=_number(key))
    row = (found.select_for_update(of=("self",)) if locked else found).first()
    if row is None:
        raise PersonNotFoundError(f"There is no user {key[:50]!r}.")
    return row


def provisioned_teams(viewer: Viewer) -> QuerySet[ProvisionedTeam]:
    """The provider's groups, by id of their team, with the members that it put there.

    Cost: 2 queries. Raises: NotPermittedError.
    """
    require_provisioner(viewer)
    members = TeamMember.objects.filter(source=SOURCE).select_related("person").order_by("person_id")
    found = ProvisionedTeam.objects.filter(is_open=False).select_related("team").order_by("team_id")
    return found.prefetch_related(Prefetch("team__members", members, to_attr="provisioned_members"))


def provisioned_team(viewer: Viewer, key: str, *, locked: bool = False) -> ProvisionedTeam:
    """One group by the id that the provider was given. Raises: NotPermittedError, TeamNotFoundError."""
    found = provisioned_teams(viewer).filter(team_id=_number(key))
    row = (found.select_for_update(of=("self",)) if locked else found).first()
    if row is None:
        raise TeamNotFoundError(f"There is no group {key[:50]!r}.")
    return row


def matching_people(found: QuerySet[Person], wanted: Filter) -> QuerySet[Person]:
    """Those of the people who fit a filter."""
    return found.filter(_condition(wanted, _OF_PEOPLE))


def matching_teams(found: QuerySet[ProvisionedTeam], wanted: Filter) -> QuerySet[ProvisionedTeam]:
    """Those of the groups that fit a filter."""
    return found.filter(_condition(wanted, _OF_TEAMS))


def is_provisioned(person_id: int) -> bool:
    """Whether an identity provider keeps this person. Cost: 1 query."""
    return ProvisionedPerson.objects.filter(person_id=person_id).exists()


def provisioning_of_team(team_id: int) -> ProvisionedTeam | None:
    """How a team is kept by an identity provider; None when it is not. Cost: 1 query."""
    return ProvisionedTeam.objects.filter(team_id=team_id).first()


# Who was made by hand is found by their address, which is the name that a provider would give them.
_OF_PEOPLE: _Fields = {
    "user_name": (("provisioned__user_name__iexact",), ("provisioned__isnull=", "email__iexact")),
    "external_id": (("provisioned__external_id",),),
    "email": (("email__iexact",),),
    "name": (("name__iexact",),),
    "id": (("pk",),),
    "active": (("is_active",),),
}
_OF_TEAMS: _Fields = {
    "name": (("team__name__iexact",),),
    "external_id": (("external_id",),),
    "id": (("team_id",),),
}


def _condition(wanted: Filter, fields: _Fields) -> Q:
    if isinstance(wanted, Joined):
        parts = [_condition(part, fields) for part in wanted.parts]
        joined = parts[0]
        for part in parts[1:]:
            joined = joined | part if wanted.is_any else joined & part
        return joined
    value: object = wanted.value
    if wanted.field == "id":
        value = _number(str(wanted.value))
    either = Q()
    for names in fields[wanted.field]:
        both = Q()
        for name in names:
            both &= Q(provisioned__isnull=True) if name == "provisioned__isnull=" else Q(**{name: value})
        either |= both
    return either


def _number(key: str) -> int:
    """The number of an id; 0, which nobody has, for what is none."""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 19 and int(key) <= _LARGEST_ID else 0
