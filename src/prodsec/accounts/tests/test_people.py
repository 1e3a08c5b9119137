"""People and teams at the API."""

import pytest
from django.test import Client

from prodsec.accounts.models import Person, TeamMember
from prodsec.accounts.tests.people import PASSWORD, Door, admin, person, session_door, team, token_door
from prodsec.accounts.types import Scope
from prodsec.activity.models import Activity
from prodsec.activity.queries import verify_chain
from prodsec.findings.tests.record import Weakness, import_report, sarif

pytestmark = pytest.mark.django_db

# Without a password, whose hash would take most of the time of these tests.
NEW = {"email": "Jo@Acme.example", "name": "Jo  March"}


def test_an_admin_lets_somebody_in() -> None:
    door = admin()
    answer = door.post("/people", NEW)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["email"], made["name"], made["is_admin"], made["has_password"]) == (
        "jo@acme.example", "Jo March", False, False,
    )  # fmt: skip
    assert door.get(f"/people/{made['id']}").json() == made
    assert made in door.get("/people").json()["items"]
    (told,) = Activity.objects.filter(action="person.created")
    assert (told.object_id, told.actor_id, told.details["email"]) == (
        str(made["id"]), door.viewer.person_id, "jo@acme.example",
    )  # fmt: skip


def test_a_password_is_told_nobody() -> None:
    door = admin()
    made = door.post("/people", {**NEW, "password": PASSWORD}).json()
    assert made["has_password"]
    door.put(f"/people/{made['id']}/password", {"password": "another harbour of boats"})
    hashed = Person.objects.get(pk=made["id"]).password
    assert hashed.startswith("argon2$argon2id$")
    sinks = [
        door.get("/people").content.decode(),
        door.post("/people", {**NEW, "password": PASSWORD}).content.decode(),
        *(str(row) for row in Activity.objects.values()),
    ]
    assert not [sink for sink in sinks for secret in (PASSWORD, "another harbour", hashed) if secret in sink]


@pytest.mark.parametrize(
    "password", ["shoRt", "password1234", "1q2w3e4r5t6y", "jo@acme.example", ""], ids=lambda text: text or "empty"
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    answer = admin().post("/people", {**NEW, "password": password})
    assert answer.status_code == 422
    assert answer.json()["place"] == "password"
    assert not password or password not in answer.json()["detail"]


@pytest.mark.parametrize("email", ["jo@acme.example", "JO@ACME.EXAMPLE", " Jo@acme.example "])
def test_an_address_belongs_to_one_person(email: str) -> None:
    door = admin()
    assert door.post("/people", NEW).status_code == 201
    assert door.post("/people", {**NEW, "email": email}).status_code == 409


@pytest.mark.parametrize(
    ("fact", "value"),
    [("email", "jo"), ("email", "jo@acme.example\x00"), ("name", " "), ("name", "x" * 201), ("name", "\u202e\u200b")],
)
def test_what_cannot_be_is_refused(fact: str, value: str) -> None:
    assert admin().post("/people", {**NEW, fact: value}).status_code == 422


@pytest.mark.parametrize("field", ["is_staff", "is_superuser", "id", "last_login", "teams", "password_hash"])
def test_facts_nobody_offers_are_refused_not_dropped(field: str) -> None:
    door, somebody = admin(), person()
    assert door.post("/people", {**NEW, field: True}).status_code == 422
    assert door.patch(f"/people/{somebody.pk}", {field: True}).status_code == 422


def test_only_admins_manage_people() -> None:
    somebody = person()
    both = person(is_admin=True)
    for door in (session_door(somebody), token_door(both)):
        answers = [
            door.get("/people"),
            door.get(f"/people/{somebody.pk}"),
            door.post("/people", NEW),
            door.patch(f"/people/{somebody.pk}", {"is_admin": True}),
            door.put(f"/people/{somebody.pk}/password", {"password": PASSWORD}),
            door.post("/teams", {"name": "Ours"}),
        ]
        assert {answer.status_code for answer in answers} == {403}
    somebody.refresh_from_db()
    assert not somebody.is_admin
    assert token_door(both, scopes=frozenset({Scope.ADMIN})).get("/people").status_code == 200


def test_the_last_admin_stays() -> None:
    door = admin()
    own = f"/people/{door.viewer.person_id}"
    for body in ({"is_admin": False}, {"is_active": False}):
        assert door.patch(own, body).status_code == 409
    assert door.get(own).json()["is_admin"]
    person(is_admin=True)
    assert door.patch(own, {"is_admin": False, "name": "Former"}).status_code == 200
    (told,) = Activity.objects.filter(action="person.changed")
    assert told.details["is_admin"] == [True, False]


def test_a_disabled_person_is_out_at_once() -> None:
    somebody = person()
    door = session_door(somebody)
    assert door.get("/me").status_code == 200
    admin().patch(f"/people/{somebody.pk}", {"is_active": False})
    assert door.get("/me").status_code == 401


def test_a_new_password_ends_sessions() -> None:
    somebody = person()
    door = session_door(somebody)
    admin().put(f"/people/{somebody.pk}/password", {"password": "another harbour of boats"})
    assert door.get("/me").status_code == 401


def test_a_session_writes_only_with_the_csrf_token() -> None:
    boss = person(is_admin=True)
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    door = Door(client, admin().viewer)
    assert door.get("/me").status_code == 200
    refused = door.post("/teams", {"name": "Payments"})
    assert (refused.status_code, "CSRF" in refused.json()["detail"]) == (403, True)
    client.get("/accounts/login/")
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post(
        "/api/v1/teams", {"name": "Payments"}, content_type="application/json", headers={"X-CSRFToken": "a" * 32}
    )
    assert answer.status_code == 201


def test_teams_and_their_people() -> None:
    door, somebody = admin(), person("amy")
    made = door.post("/teams", {"name": "Payments & Billing"}).json()
    assert (made["slug"], made["size"], made["members"]) == ("payments-billing", 0, [])
    member = f"/teams/{made['id']}/members/{somebody.pk}"
    assert [door.put(member).status_code for _ in range(2)] == [204, 204]
    assert TeamMember.objects.count() == 1
    assert [each["name"] for each in door.get(f"/teams/{made['id']}").json()["members"]] == ["Amy"]
    assert [each["slug"] for each in session_door(somebody).get("/me").json()["teams"]] == ["payments-billing"]
    assert door.delete(member).status_code == 204
    assert door.get("/teams").json()["items"][0]["size"] == 0
    assert door.patch(f"/teams/{made['id']}", {"name": "Money"}).json()["name"] == "Money"
    told = Activity.objects.filter(object_type="team").order_by("id").values_list("action", flat=True)
    assert list(told) == [
        "team.created", "team.member_added", "team.member_added", "team.member_removed", "team.renamed",
    ]  # fmt: skip


def test_a_team_that_owns_nothing_is_deleted_and_its_people_stay() -> None:
    door, somebody, gone = admin(), person("amy"), team("gone")
    door.put(f"/teams/{gone.pk}/members/{somebody.pk}")
    assert door.delete(f"/teams/{gone.pk}").status_code == 204
    assert [door.send(method, f"/teams/{gone.pk}").status_code for method in ("GET", "DELETE")] == [404, 404]
    assert session_door(somebody).get("/me").json()["teams"] == []
    (told,) = Activity.objects.filter(action="team.deleted")
    assert (told.object_id, told.details) == (str(gone.pk), {"slug": "gone", "name": "Gone"})


def test_what_a_team_owns_is_handed_over_before_it_goes() -> None:
    door, red, blue = admin(), team("red"), team("blue")
    asset_id = door.post("/assets", {"path": "acme/api", "owner": red.pk}).json()["id"]
    import_report(sarif(Weakness()), asset="acme/api")
    refused = door.delete(f"/teams/{red.pk}")
    assert refused.status_code == 409
    assert refused.json()["detail"] == "Red still owns 1 asset and 1 finding; say which team they are handed over to."
    statuses = [door.send("DELETE", f"/teams/{red.pk}", hand_over_to=heir).status_code for heir in (red.pk, 10**9)]
    assert statuses == [422, 404]
    assert door.get(f"/assets/{asset_id}").json()["owner"]["slug"] == "red"
    assert door.send("DELETE", f"/teams/{red.pk}", hand_over_to=blue.pk).status_code == 204
    told = door.get(f"/assets/{asset_id}").json()
    assert (told["owner"]["slug"], told["effective_owner"]["slug"]) == ("blue", "blue")
    (found,) = door.get("/findings").json()["items"]
    assert found["owner_team"] == "Blue"
    events = door.get(f"/findings/{found['id']}/events").json()
    assert ("owner_changed", "team red was deleted") in [(event["kind"], event["reason"]) for event in events]
    actions = Activity.objects.order_by("id").values_list("action", flat=True)
    assert list(actions)[-3:] == ["asset.owner_changed", "finding.owner_changed", "team.deleted"]
    assert verify_chain().broken_at is None


def test_a_team_is_deleted_on_its_page() -> None:
    door, red, blue = admin(), team("red"), team("blue")
    door.post("/assets", {"path": "acme", "owner": red.pk})
    refused = door.client.post(f"/admin/teams/{red.pk}/delete/", {"hand_over_to": ""})
    assert "Red still owns 1 asset; say which team" in refused.content.decode()
    answer = door.client.post(f"/admin/teams/{red.pk}/delete/", {"hand_over_to": blue.pk})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/teams/")
    assert [each["slug"] for each in door.get("/teams").json()["items"]] == ["blue"]


def test_a_slug_is_one_teams() -> None:
    door = admin()
    assert door.post("/teams", {"name": "Payments"}).status_code == 201
    assert door.post("/teams", {"name": "payments"}).status_code == 409
    assert door.post("/teams", {"name": "†", "slug": ""}).status_code == 422
    assert door.post("/teams", {"name": "x", "slug": "A B"}).status_code == 422


@pytest.mark.parametrize("path", ["/people/999", "/teams/999", f"/people/{10**30}"])
def test_nobody_is_not_found(path: str) -> None:
    answer = admin().get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")


def test_lists_go_on_where_they_ended() -> None:
    door = admin()
    for number in range(5):
        team(f"t{number}")
        person(f"p{number}")
    for path, name in (("/teams", "slug"), ("/people", "email")):
        seen, cursor = [], ""
        while cursor is not None:
            page = door.get(path, limit=2, cursor=cursor).json()
            seen += [item[name] for item in page["items"]]
            cursor = page["next"]
        assert len(seen) == len(set(seen)) == (5 if path == "/teams" else 6)
        assert door.get(path, cursor="W10").status_code == 422
        assert door.get(path, cursor="Wy4xXQ").status_code == 422
