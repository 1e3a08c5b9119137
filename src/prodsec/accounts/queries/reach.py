"""The other way round: who may do something in a place, what a team's roles reach, and how all of them are called."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection

from prodsec.accounts.models import Grant, Person, Team, TeamMember
from prodsec.accounts.queries.roles import all_roles
from prodsec.accounts.rules import handles
from prodsec.accounts.rules.roles import BUILT_IN, OF_ASSETS
from prodsec.accounts.types import SYSTEM, Given, Permission, Viewer

_REACHING = """
WITH role AS (
    SELECT unnest(%(roles)s::text[]) AS slug, unnest(%(over_all)s::bool[]) AS is_over_all
    UNION ALL SELECT slug, false FROM accounts_customrole WHERE permissions @> ARRAY[%(permission)s]::text[]),
given AS (
    SELECT g.person_id, g.team_id FROM accounts_grant g JOIN role ON role.slug = g.role
    WHERE g.asset_id IS NULL OR (g.asset_id = ANY(%(ancestors)s) AND NOT role.is_over_all))
SELECT p.id FROM accounts_person p
WHERE p.is_active AND (p.is_admin
    OR EXISTS (SELECT FROM given WHERE person_id IS NULL AND team_id IS NULL)
    OR p.id IN (SELECT person_id FROM given)
    OR p.id IN (SELECT m.person_id FROM accounts_teammember m JOIN given ON given.team_id = m.team_id))
"""


@dataclass(frozen=True)
class Named:
    """Somebody who can be called with an `@`: a person, or a team."""

    handle: str
    name: str
    person_id: int | None
    team_id: int | None


def people_with(permission: Permission, ancestors: Collection[int]) -> set[int]:
    """The active people whose roles give them this on an asset, of which the chain from its root is given. Cost: 1 query."""
    roles = [role for role in BUILT_IN.values() if permission in role.permissions]
    with connection.cursor() as cursor:
        cursor.execute(
            _REACHING,
            {
                "roles": [role.slug for role in roles],
                "over_all": [role.is_over_all for role in roles],
                "permission": permission.value,
                "ancestors": list(ancestors),
            },
        )
        return {person_id for (person_id,) in cursor.fetchall()}


def viewer_of_team(team_id: int) -> Viewer:
    """What a team sees as such: what was given to it and to everybody, not what its members have besides. Cost: 2 queries."""
    permissions = {role.slug: role.permissions for role in all_roles(SYSTEM)}
    given = Grant.objects.filter(person=None).filter(team_id=team_id) | Grant.objects.filter(person=None, team=None)
    over_all: frozenset[Permission] = frozenset()
    below: list[Given] = []
    for role, asset_id in given.values_list("role", "asset_id"):
        may = permissions.get(role, frozenset())
        if asset_id is None:
            over_all |= may
        elif not (role in BUILT_IN and BUILT_IN[role].is_over_all):
            below.append(Given(may & OF_ASSETS, frozenset({asset_id})))
    return Viewer(
        person_id=None, name=f"team {team_id}", is_admin=False, team_ids=frozenset({team_id}), over_all=over_all,
        below=tuple(below),
    )  # fmt: skip


def members_of(team_ids: Iterable[int]) -> dict[int, set[int]]:
    """The people in each of these teams; a team without people is left out. Cost: 1 query, none for no teams."""
    wanted, found = list(team_ids), dict[int, set[int]]()
    if wanted:
        for team_id, person_id in TeamMember.objects.filter(team_id__in=wanted).values_list("team_id", "person_id"):
            found.setdefault(team_id, set()).add(person_id)
    return found


def everybody_named() -> list[Named]:
    """All active people and all teams with their handles, teams first, each by name. Cost: 2 queries."""
    teams = list(Team.objects.order_by("name", "id").values_list("id", "slug", "name"))
    rows = Person.objects.filter(is_active=True, is_service=False).order_by("name", "id")
    people = list(rows.values_list("id", "name"))
    called = handles.people_handles(people, [slug for _, slug, _ in teams])
    return [
        *(Named(slug, name, None, team_id) for team_id, slug, name in teams),
        *(Named(called[person_id], name, person_id, None) for person_id, name in people),
    ]
