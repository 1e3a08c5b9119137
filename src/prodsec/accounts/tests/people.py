"""People, teams and doors for tests of any context."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from prodsec.accounts import queries, services
from prodsec.accounts.models import Person, Team
from prodsec.accounts.types import SYSTEM, Scope, Viewer

PASSWORD = "a harbour full of boats"
ALL_BUT_ADMIN = frozenset({Scope.READ, Scope.IMPORT, Scope.WRITE})

_numbers = itertools.count(1)


def team(slug: str = "") -> Team:
    """A team of this slug, made when there is none."""
    slug = slug or f"team-{next(_numbers)}"
    found = queries.teams(SYSTEM).filter(slug=slug).first()
    return found or services.create_team(SYSTEM, name=slug.title(), slug=slug)


def person(
    name: str = "",
    *,
    is_admin: bool = False,
    teams: tuple[str, ...] = (),
    password: str | None = None,
    roles: dict[str, int | None] | None = None,
) -> Person:
    """A person in these teams, with these roles: each on an asset, or (None) over all."""
    name = name or f"person{next(_numbers)}"
    email = f"{name}@acme.example"
    made = services.create_person(SYSTEM, email=email, name=name.title(), is_admin=is_admin, password=password)
    for slug in teams:
        services.add_member(SYSTEM, team_id=team(slug).pk, person_id=made.pk)
    for role, asset_id in (roles or {}).items():
        services.add_grant(SYSTEM, role=role, person_id=made.pk, asset_id=asset_id)
    return made


@dataclass(frozen=True)
class Door:
    """`/api/v1` as one viewer uses it."""

    client: Client
    viewer: Viewer

    def get(self, path: str, /, **query: object) -> Any:
        return self.client.get(f"/api/v1{path}", query_params=query)

    def send(self, method: str, path: str, /, body: object = None, **query: object) -> Any:
        """Send JSON."""
        return self.client.generic(
            method, f"/api/v1{path}", json.dumps(body), content_type="application/json", query_params=query
        )

    def post(self, path: str, /, body: object = None, **query: object) -> Any:
        return self.send("POST", path, body, **query)

    def patch(self, path: str, body: object = None) -> Any:
        return self.send("PATCH", path, body)

    def put(self, path: str, body: object = None) -> Any:
        return self.send("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)


def token_door(owner: Person, *, scopes: frozenset[Scope] = ALL_BUT_ADMIN, subtree: str = "") -> Door:
    """The door of a token of this person."""
    _, text = services.create_token(
        queries.viewer_of(owner), name="tests", scopes=scopes, subtree=subtree, owner_id=owner.pk
    )
    viewer = queries.viewer_of_token(text)
    assert viewer is not None
    return Door(Client(headers={"Authorization": f"Bearer {text}"}), viewer)


def session_door(owner: Person) -> Door:
    """The door of a signed-in person."""
    client = Client()
    client.force_login(owner)
    return Door(client, queries.viewer_of(owner))


def admin() -> Door:
    """A signed-in admin's door."""
    return session_door(person(is_admin=True))
