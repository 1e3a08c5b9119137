"""`/api/v1/activity`: who sees the record, and how it is searched."""

import datetime

import pytest
from django.test import Client

from prodsec.accounts.tests.people import admin, person, session_door, token_door
from prodsec.accounts.types import SYSTEM, Scope
from prodsec.activity import services
from prodsec.kit import clock

pytestmark = pytest.mark.django_db


def test_only_admins_read_the_record() -> None:
    boss = person(is_admin=True)
    assert Client().get("/api/v1/activity").status_code == 401
    assert session_door(person()).get("/activity").status_code == 403
    assert token_door(boss).get("/activity").status_code == 403
    assert token_door(boss, scopes=frozenset({Scope.ADMIN}), subtree="acme").get("/activity").status_code == 403
    assert token_door(boss, scopes=frozenset({Scope.ADMIN})).get("/activity").status_code == 200


def test_the_record_is_searched() -> None:
    door = admin()
    began = clock.now()
    with clock.set_to(began - datetime.timedelta(days=2)):
        services.record(SYSTEM, "asset.moved", object_type="asset", object_id=1, asset_id=1, reason="tidying")
    services.record(SYSTEM, "asset.archived", object_type="asset", object_id=2, asset_id=2)
    services.record(door.viewer, "assetless.done", object_type="x", object_id="1", details={"a": [1, 2]})

    def actions(**query: object) -> list[str]:
        return [item["action"] for item in door.get("/activity", **query).json()["items"]]

    assert actions() == ["assetless.done", "asset.archived", "asset.moved"]
    assert actions(action="asset") == ["asset.archived", "asset.moved"]
    assert actions(action="asset.moved") == ["asset.moved"]
    assert actions(object_type="asset", object_id="2") == ["asset.archived"]
    assert actions(asset_id=1) == ["asset.moved"]
    assert actions(actor_id=door.viewer.person_id) == ["assetless.done"]
    assert actions(since=began.isoformat()) == ["assetless.done", "asset.archived"]
    assert actions(until=began.isoformat()) == ["asset.moved"]
    first = door.get("/activity", limit=2).json()
    rest = door.get("/activity", limit=2, cursor=first["next"]).json()
    assert [item["action"] for item in rest["items"]] == ["asset.moved"]
    assert rest["next"] is None
    (item,) = rest["items"]
    assert (item["actor"], item["actor_id"], item["reason"], len(item["seal"])) == ("prodsec", None, "tidying", 64)


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"actor_id": "x"},
        {"since": "yesterday"},
        {"object_id": "\x00"},
        {"since": "2026-01-01"},
        {"who": "person:x"},
        {"within": "soon"},
        {"within": "99999d"},
        {"asset": "\x00"},
        {"who": "token:99999999999999999999"},
    ],
)
def test_what_cannot_be_asked_is_said(query: dict[str, str]) -> None:
    answer = admin().get("/activity", **query)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_nobody_writes_through_this_door() -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(admin(), method)("/activity").status_code == 405
