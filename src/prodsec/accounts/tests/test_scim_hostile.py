"""SCIM asked for what it must not give: rights, other people's addresses, everything at once."""

import contextlib
import json
from collections.abc import Sequence
from unittest import mock

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Model
from hypothesis import given
from hypothesis import strategies as st

from prodsec.accounts import queries, services
from prodsec.accounts.models import Grant, Person
from prodsec.accounts.rules import scim_filters, scim_reading
from prodsec.accounts.tests.people import person, session_door
from prodsec.accounts.tests.scim import USER, Provider, found
from prodsec.accounts.types import SYSTEM, ProvisioningRefusedError
from prodsec.activity.models import Activity
from prodsec.kit import bulk

pytestmark = pytest.mark.django_db
RIGHTS: dict[str, object] = {
    "is_admin": True, "isAdmin": True, "is_staff": True, "is_superuser": True, "is_service": True, "admin": True,
    "roles": [{"value": "admin", "primary": True}], "entitlements": [{"value": "admin"}], "password": "a harbour full of boats",
    "groups": [{"value": "1"}], "id": "1", "pk": 1, "over_all": ["person:manage"], "scopes": ["admin"], "last_login": None,
    "urn:prodsec:admin": True, "meta": {"created": "1970-01-01T00:00:00Z"},
}  # fmt: skip


def test_t04_rights_cannot_be_set() -> None:
    okta = Provider()
    services.create_team(SYSTEM, name="Security")
    key = okta.user("mallory", **RIGHTS)
    whole = {"schemas": [USER], "userName": "mallory@acme.example", **RIGHTS}
    assert okta.send("PUT", f"Users/{key}", whole).status_code == 200
    assert okta.patch(f"Users/{key}", {"op": "replace", "value": RIGHTS}).status_code == 200
    for name, value in RIGHTS.items():
        okta.patch(f"Users/{key}", {"op": "add", "path": name, "value": value})
    row = found(key)
    assert (row.is_admin, row.is_service, row.has_usable_password(), str(row.pk)) == (False, False, False, key)
    viewer = queries.viewer_of(row)
    assert (viewer.over_all, viewer.below, viewer.team_ids) == (frozenset(), (), frozenset())
    assert not Grant.objects.exists()


def test_t04_an_admins_address_is_not_changed_from_outside() -> None:
    boss = person("boss", is_admin=True)
    okta = Provider()
    operations: tuple[dict[str, object], ...] = (
        {"op": "replace", "path": "userName", "value": "mallory@evil.example"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "mallory@evil.example"},
        {"op": "replace", "value": {"emails": [{"value": "mallory@evil.example"}]}},
    )
    for operation in operations:
        answer = okta.patch(f"Users/{boss.pk}", operation)
        assert answer.status_code == 409
    assert found(str(boss.pk)).email == boss.email


def test_service_accounts_are_nobodys() -> None:
    okta = Provider()
    group = okta.group("Payments")
    key = str(okta.owner.pk)
    assert okta.get(f"Users/{key}").status_code == 404
    assert okta.send("DELETE", f"Users/{key}").status_code == 404
    assert okta.patch(f"Users/{key}", {"op": "replace", "path": "active", "value": False}).status_code == 404
    assert okta.get("Users", filter=f'userName eq "{okta.owner.email}"').json()["totalResults"] == 0
    assert okta.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": [{"value": key}]}).status_code == 400
    assert okta.post("Users", {"userName": "x@service.invalid"}).status_code == 400
    ada = okta.user("ada")
    assert (
        okta.patch(f"Users/{ada}", {"op": "replace", "path": "userName", "value": "x@service.invalid"}).status_code
        == 400
    )


@pytest.mark.parametrize("key", ["0", "-1", "99999", "9" * 40, "abc", "1%20OR%201=1", "../Groups", "%00", "１"])
def test_foreign_ids_are_not_found(key: str) -> None:
    okta = Provider()
    for path in (f"Users/{key}", f"Groups/{key}"):
        for method, body in (("GET", None), ("PUT", {"userName": "a@b.example", "displayName": "x"}), ("DELETE", None)):
            answer = okta.send(method, path, body)
            assert answer.status_code == 404, (method, path, answer.content)
            assert answer["Content-Type"] == "application/scim+json"


@pytest.mark.parametrize(
    "text",
    [
        "x", "userName", 'userName eq', 'userName sw "a"', 'userName pr', 'not (userName eq "a")', 'password eq "x"',
        'is_admin eq true', "userName eq \"a\" or 1=1", 'userName eq "a"; DROP TABLE accounts_person', "(" * 900,
        "a" * 100_000, " or ".join(f'userName eq "{number}"' for number in range(40)), 'userName eq "a\\u0000b"',
        'userName eq 5', 'active eq "x"', 'userName eq "a" and', 'emails[type eq "work"].value eq "x"',
    ],
)  # fmt: skip
def test_filters_that_are_not_understood_are_refused(text: str) -> None:
    answer = Provider().get("Users", filter=text)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter"), answer.content


@pytest.mark.parametrize("text", ["' OR '1'='1", "%", "a%' --", "_", "\\", '" or "1"="1'])
def test_a_filters_value_is_a_value(text: str) -> None:
    okta = Provider()
    okta.user("ada")
    answer = okta.get("Users", filter=f"userName eq {json.dumps(text)}")
    assert (answer.status_code, answer.json()["totalResults"]) == (200, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"userName": "x" * 10_000 + "@acme.example"}, {"userName": "ada@acme.example", "displayName": "n" * 10_000},
        {"userName": "ada@acme.example", "name": {"givenName": "g" * 10_000}}, {"userName": "ada@acme.example\x00"},
        {"userName": ""}, {}, [], "text", None, {"userName": 5}, {"userName": "no address"}, {"userName": "ada@acme.example", "active": 7},
        {"userName": "ada@acme.example", "externalId": "e" * 10_000}, {"userName": {"value": "ada@acme.example"}},
        {"userName": "ada@acme.example", "emails": [[[]]]},
    ],
)  # fmt: skip
def test_users_that_cannot_be_are_refused_in_scims_form(body: object) -> None:
    okta = Provider()
    answer = okta.post("Users", body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.json()["status"] == "400"
    assert Person.objects.count() == 1
    assert not Activity.objects.filter(object_type="person").exists()


def test_names_with_markup_stay_text_and_run_the_right_way() -> None:
    okta = Provider()
    key = okta.user("ada", displayName="<script>alert(1)</script>\u202e")
    boss = person(is_admin=True)
    page = session_door(boss).client.get("/admin/people/").content.decode()
    assert "<script>alert(1)" not in page
    assert "\u202e" not in found(key).name


def test_a_patch_is_done_whole_or_not_at_all() -> None:
    okta = Provider()
    ada = okta.user("ada")
    group = okta.group("Payments", ada)
    answer = okta.patch(
        f"Groups/{group}",
        {"op": "replace", "path": "displayName", "value": "Renamed"},
        {"op": "add", "path": "members", "value": [{"value": "987654"}]},
    )
    assert answer.status_code == 400
    assert okta.get(f"Groups/{group}").json()["displayName"] == "Payments"
    too_many = [{"value": str(number)} for number in range(10_001)]
    assert (
        okta.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": too_many}).json()["scimType"]
        == "tooMany"
    )


def test_t24_a_change_that_cannot_be_written_down_does_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    okta = Provider()
    ada = okta.user("ada")
    group = okta.group("Payments", ada)
    whole = bulk.insert

    def broken(rows: Sequence[Model]) -> None:
        if isinstance(rows[0], Activity):
            raise DatabaseError("no room left")
        whole(rows)

    monkeypatch.setattr(bulk, "insert", broken)
    answers = [
        okta.post("Users", {"userName": "bob@acme.example"}),
        okta.send("DELETE", f"Users/{ada}"),
        okta.patch(f"Groups/{group}", {"op": "remove", "path": "members"}),
        okta.post("Groups", {"displayName": "Another"}),
        okta.send("DELETE", f"Groups/{group}"),
    ]
    assert {(answer.status_code, answer["Content-Type"]) for answer in answers} == {(500, "application/scim+json")}
    assert found(ada).is_active
    assert okta.get("Users").json()["totalResults"] == 1
    (left,) = okta.get("Groups").json()["Resources"]
    assert [member["value"] for member in left["members"]] == [ada]


def test_broken_bodies_are_told() -> None:
    okta = Provider()
    for data in (b"{", b"\xff\xfe", b"[" * 100_000, b""):
        answer = okta.client.post("/scim/v2/Users", data, content_type="application/scim+json")
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")
    assert okta.send("PATCH", "Users").status_code == 405


def test_t08_who_asks_too_often_waits() -> None:
    okta = Provider()
    assert settings.ACCOUNT_RATE_LIMITS["scim"] == "600/m/key"
    with mock.patch("prodsec.accounts.web.limits.spend", return_value=17):
        answer = okta.get("Users")
    assert (answer.status_code, answer["Retry-After"]) == (429, "17")
    assert answer.json()["status"] == "429"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["userName", "active", "emails", "value", "op", "path", "Operations", "members", "name"]), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@given(anything)
def test_whatever_is_sent_is_read_or_refused(body: object) -> None:
    for read in (scim_reading.person, scim_reading.person_changes, scim_reading.group, scim_reading.group_changes):
        with contextlib.suppress(ProvisioningRefusedError):
            read(body)


@given(st.text(max_size=60))
def test_whatever_is_asked_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ProvisioningRefusedError):
        scim_filters.read(text, {"username": "user_name"})
