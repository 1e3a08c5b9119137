"""People with tokens, and reports, for the tests of `scans`."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from prodsec.accounts import services as accounts
from prodsec.accounts.models import Person
from prodsec.accounts.queries import viewer_of
from prodsec.accounts.types import SYSTEM, Scope, Viewer

ASSET = "gitlab.com/acme/api"
WORKING = frozenset({Scope.READ, Scope.IMPORT, Scope.WRITE})


def sarif(*lines: int, **of_run: object) -> bytes:
    """A SARIF report of one rule that was broken at these lines of one file."""
    results = [
        {
            "ruleId": "no-eval",
            "level": "error",
            "message": {"text": f"Do not evaluate input ({line})."},
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": "app/views.py"}, "region": {"startLine": line}}}
            ],
        }
        for line in lines
    ]
    run: dict[str, object] = {"tool": {"driver": {"name": "lintel", "version": "1.0"}}, "results": results, **of_run}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


@dataclass(frozen=True)
class Door:
    """The API as one person with one token uses it."""

    client: Client
    viewer: Viewer

    def send(self, report: bytes, *, asset: str = ASSET, key: str = "", **query: str) -> Any:
        """POST a report as a raw body."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            "/api/v1/imports",
            data=report,
            content_type="application/octet-stream",
            query_params={"asset": asset, **query},
            headers=headers,
        )

    def get(self, path: str, **query: str) -> Any:
        """GET below /api/v1/imports."""
        return self.client.get(f"/api/v1/imports{path}", query_params=query)

    def post(self, path: str) -> Any:
        """POST an action below /api/v1/imports."""
        return self.client.post(f"/api/v1/imports{path}")


def door_of(
    name: str, *, is_admin: bool = False, scopes: frozenset[Scope] = WORKING, subtree: str = "", role: str = ""
) -> Door:
    """Make a person, admin or with a role over all or without any, with a token of these scopes, and give their door."""
    person: Person = accounts.create_person(SYSTEM, email=f"{name}@acme.example", name=name.title(), is_admin=is_admin)
    if role:
        accounts.add_grant(SYSTEM, role=role, person_id=person.pk)
    viewer = viewer_of(person)
    _, text = accounts.create_token(viewer, name="tests", scopes=scopes, subtree=subtree)
    return Door(Client(headers={"Authorization": f"Bearer {text}"}), viewer)
