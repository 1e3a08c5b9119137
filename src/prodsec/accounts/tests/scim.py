"""An identity provider at the door of SCIM."""

import json
from typing import Any

from django.test import Client

from prodsec.accounts import queries, services
from prodsec.accounts.models import Person
from prodsec.accounts.types import SYSTEM, Scope

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Provider:
    """`/scim/v2` as an identity provider uses it."""

    def __init__(self, owner: Person | None = None) -> None:
        self.owner = owner or services.create_service_account(SYSTEM, name="Identity provider")
        _, text = services.create_token(SYSTEM, name="scim", scopes=frozenset({Scope.SCIM}), owner_id=self.owner.pk)
        self.text = text
        self.client = Client(headers={"Authorization": f"Bearer {text}"})

    def send(self, method: str, path: str, body: object = None, **query: object) -> Any:
        return self.client.generic(
            method, f"/scim/v2/{path}", json.dumps(body) if body is not None else b"",
            content_type="application/scim+json", query_params=query,
        )  # fmt: skip

    def get(self, path: str, **query: object) -> Any:
        return self.send("GET", path, **query)

    def post(self, path: str, body: object) -> Any:
        return self.send("POST", path, body)

    def patch(self, path: str, *operations: dict[str, object]) -> Any:
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def user(self, name: str = "ada", **more: object) -> str:
        """A user who was just made; their id."""
        answer = self.post("Users", {"schemas": [USER], "userName": f"{name}@acme.example", "active": True, **more})
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def group(self, name: str, *members: str) -> str:
        answer = self.post("Groups", {"displayName": name, "members": [{"value": key} for key in members]})
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])


def found(key: str) -> Person:
    return queries.person(SYSTEM, int(key))
