"""Tokens: made once, shown once, refused when they should be."""

import datetime
import hashlib

import pytest
from django.test import Client

from prodsec.accounts import services
from prodsec.accounts.models import ApiToken
from prodsec.accounts.tests.people import admin, person, session_door, token_door
from prodsec.accounts.types import SYSTEM, Scope
from prodsec.activity.models import Activity
from prodsec.kit import clock

pytestmark = pytest.mark.django_db


def bearer(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}"})


def make(**body: object) -> dict[str, object]:
    answer = session_door(person()).post("/tokens", {"name": "pipeline", "scopes": ["read"], **body})
    assert answer.status_code == 201, answer.content
    made: dict[str, object] = answer.json()
    return made


def test_the_text_is_shown_once_and_kept_as_a_hash() -> None:
    door = session_door(person())
    made = door.post("/tokens", {"name": "pipeline", "scopes": ["import", "read"]}).json()
    text = made.pop("text")
    (listed,) = door.get("/tokens").json()["items"]
    assert listed == made
    assert text.startswith(made["prefix"])
    token = ApiToken.objects.get()
    assert bytes(token.digest) == hashlib.sha256(text.encode()).digest()
    assert bearer(text).get("/api/v1/me").json()["scopes"] == ["import", "read"]
    kept = [str(row) for row in [*ApiToken.objects.values(), *Activity.objects.values()]]
    assert not [row for row in kept if text in row]


def test_a_token_ends() -> None:
    made = make(expires_at=(clock.now() + datetime.timedelta(hours=1)).isoformat())
    client = bearer(str(made["text"]))
    assert client.get("/api/v1/me").status_code == 200
    with clock.set_to(clock.now() + datetime.timedelta(hours=2)):
        assert client.get("/api/v1/me").status_code == 401


def test_a_revoked_token_is_refused_at_once() -> None:
    made = make()
    client = bearer(str(made["text"]))
    assert admin().delete(f"/tokens/{made['id']}").status_code == 204
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401
    assert str(made["text"]) not in answer.content.decode()


def test_a_token_of_a_disabled_person_is_refused() -> None:
    owner = person()
    door = token_door(owner)
    assert door.get("/me").status_code == 200
    services.change_person(SYSTEM, owner.pk, is_active=False)
    assert door.get("/me").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer pst_x", "Basic YTpi", "Bearer " + "pst_" + "a" * 46, "x"])
def test_a_wrong_header_is_nobody_even_with_a_session(header: str) -> None:
    client = session_door(person()).client
    assert client.get("/api/v1/me", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize("name", ["token", "access_token", "key", "Authorization"])
def test_a_token_in_the_address_is_no_token(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """T06: refused, whatever it is called there, also beside a session; and not written down."""
    text = str(make()["text"])
    for client in (Client(), admin().client):
        for address in ("/api/v1/me", "/findings/"):
            answer = client.get(address, query_params={name: text})
            assert answer.status_code == 400
            assert text not in answer.content.decode() + caplog.text
    assert Client().get("/api/v1/me", query_params={name: f"Bearer {text}"}).status_code == 401


def test_its_last_use_is_noted_once_a_minute() -> None:
    client = bearer(str(make()["text"]))
    began = clock.now()

    def used_at(seconds: int) -> datetime.datetime | None:
        with clock.set_to(began + datetime.timedelta(seconds=seconds)):
            client.get("/api/v1/me")
        return ApiToken.objects.get().last_used_at

    first, soon, later = used_at(0), used_at(30), used_at(100)
    assert first == soon
    assert first is not None
    assert later is not None
    assert later - first > datetime.timedelta(seconds=60)


def test_a_token_makes_no_token() -> None:
    owner = person(is_admin=True)
    for door in (token_door(owner), token_door(owner, scopes=frozenset({Scope.ADMIN}), subtree="acme")):
        assert door.post("/tokens", {"name": "another", "scopes": ["read"]}).status_code == 403
        assert door.get("/tokens").status_code == 403
    assert token_door(owner, scopes=frozenset({Scope.ADMIN})).post(
        "/tokens", {"name": "another", "scopes": ["read"]}
    ).status_code == 201  # fmt: skip


def test_nobody_gives_away_more_than_they_have() -> None:
    door, other = session_door(person()), person()
    assert door.post("/tokens", {"name": "a", "scopes": ["admin"]}).status_code == 422
    assert door.post("/tokens", {"name": "a", "scopes": ["read"], "owner": other.pk}).status_code == 403
    assert door.post("/tokens", {"name": "a", "scopes": ["read"], "owner": 10**9}).status_code == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"name": "", "scopes": ["read"]}, "name"),
        ({"name": "a" * 201, "scopes": ["read"]}, "name"),
        ({"name": "a", "scopes": []}, "scopes"),
        ({"name": "a", "scopes": ["all"]}, "scopes"),
        ({"name": "a", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "a", "scopes": ["read"], "expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"name": "a", "scopes": ["read"], "digest": "00"}, "digest"),
        ({"name": "a\x00b", "scopes": ["read"]}, "name"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(body: object, place: str) -> None:
    answer = session_door(person()).post("/tokens", body)
    assert answer.status_code == 422
    assert place in answer.json()["detail"]
    assert not ApiToken.objects.exists()


def test_tokens_of_others_do_not_exist() -> None:
    made = make()
    door = session_door(person())
    assert door.get("/tokens").json()["items"] == []
    hidden, missing = door.delete(f"/tokens/{made['id']}"), door.delete("/tokens/999999")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json()["detail"].replace(str(made["id"]), "N") == missing.json()["detail"].replace("999999", "N")
    assert [token["id"] for token in admin().get("/tokens").json()["items"]] == [made["id"]]


def test_making_and_revoking_is_on_record() -> None:
    door = session_door(person())
    made = door.post("/tokens", {"name": "pipeline", "scopes": ["read"]}).json()
    door.delete(f"/tokens/{made['id']}")
    told = Activity.objects.filter(object_type="token", object_id=str(made["id"])).order_by("id")
    assert [(row.action, row.actor_id) for row in told] == [
        ("token.created", door.viewer.person_id),
        ("token.revoked", door.viewer.person_id),
    ]
