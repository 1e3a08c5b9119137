"""SCIM: what Okta and Entra ID send, as they send it, and what comes of it."""

import pytest
from django.test import Client

from prodsec.accounts import queries, services
from prodsec.accounts.models import ApiToken, Team, TeamMember
from prodsec.accounts.tests.people import PASSWORD, admin, person, session_door, team, token_door
from prodsec.accounts.tests.scim import GROUP, PATCH, USER, Provider, found
from prodsec.accounts.types import SYSTEM, Scope
from prodsec.activity.models import Activity
from prodsec.activity.queries import verify_chain
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind

pytestmark = pytest.mark.django_db


def test_okta_provisions_a_user_from_first_to_last() -> None:
    okta = Provider()
    looked = okta.get("Users", filter='userName eq "ada@acme.example"', startIndex=1, count=100)
    assert looked.json() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
    }  # fmt: skip
    made = okta.post("Users", {
        "schemas": [USER], "userName": "ada@acme.example", "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"primary": True, "value": "ada@acme.example", "type": "work"}], "displayName": "Ada Lovelace",
        "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [], "password": "1mz050nq", "active": True,
    })  # fmt: skip
    assert made.status_code == 201
    assert made["Content-Type"] == "application/scim+json"
    key = made.json()["id"]
    assert made["Location"].endswith(f"/scim/v2/Users/{key}")
    assert (made.json()["userName"], made.json()["externalId"]) == ("ada@acme.example", "00ujl29u0le5T6Aj10h7")
    assert b"1mz050nq" not in made.content
    assert not found(key).has_usable_password()
    read = okta.get(f"Users/{key}").json()
    read["name"] = {"givenName": "Ada", "familyName": "King"}
    read["displayName"] = "Ada King"
    assert okta.send("PUT", f"Users/{key}", read).json()["name"]["formatted"] == "Ada King"
    gone = okta.patch(f"Users/{key}", {"op": "replace", "value": {"active": False}})
    assert (gone.status_code, gone.json()["active"]) == (200, False)
    assert not found(key).is_active
    back = okta.patch(f"Users/{key}", {"op": "replace", "value": {"active": True}})
    assert back.json()["active"] is True
    actions = list(
        Activity.objects.filter(object_type="person", object_id=key).order_by("id").values_list("action", flat=True)
    )
    assert actions == ["person.created", "person.changed", "person.changed", "person.changed"]
    assert verify_chain().fault is None


def test_okta_keeps_a_group() -> None:
    okta = Provider()
    ada, bob = okta.user("ada"), okta.user("bob")
    made = okta.post("Groups", {"schemas": [GROUP], "displayName": "Payments Team", "members": []})
    key = made.json()["id"]
    assert Team.objects.get(pk=key).slug == "payments-team"
    # The id inside is Okta's habit.
    named = okta.patch(f"Groups/{key}", {"op": "replace", "value": {"id": key, "displayName": "Payments"}})
    assert (named.status_code, named.json()["displayName"]) == (200, "Payments")
    both = okta.patch(f"Groups/{key}", {"op": "add", "path": "members", "value": [{"value": ada, "display": "ada"}, {"value": bob}]})  # fmt: skip
    assert [member["value"] for member in both.json()["members"]] == [ada, bob]
    one = okta.patch(f"Groups/{key}", {"op": "remove", "path": f'members[value eq "{ada}"]'})
    assert [member["value"] for member in one.json()["members"]] == [bob]
    swapped = okta.patch(f"Groups/{key}", {"op": "replace", "path": "members", "value": [{"value": ada}]})
    assert [member["value"] for member in swapped.json()["members"]] == [ada]
    assert okta.get("Users/" + ada).json()["groups"][0]["display"] == "Payments"
    whole = okta.send(
        "PUT", f"Groups/{key}", {"schemas": [GROUP], "displayName": "Payments", "members": [{"value": bob}]}
    )
    assert [member["value"] for member in whole.json()["members"]] == [bob]
    assert okta.send("DELETE", f"Groups/{key}").status_code == 204
    assert not Team.objects.filter(pk=key).exists()


def test_entra_provisions_a_user_from_first_to_last() -> None:
    entra = Provider()
    assert entra.get("Users", filter='externalId eq "58342554-38d6"').json()["totalResults"] == 0
    made = entra.post("Users", {
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"], "externalId": "58342554-38d6",
        "userName": "Test_User_ab6490ee@testuser.com", "active": True,
        "emails": [{"primary": True, "type": "work", "value": "Test_User_fd0ea19b@testuser.com"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"}, "roles": [],
    })  # fmt: skip
    assert made.status_code == 201
    key = made.json()["id"]
    assert made.json()["userName"] == "Test_User_ab6490ee@testuser.com"
    assert (
        entra.get("Users", filter='userName eq "TEST_user_ab6490ee@testuser.com"').json()["Resources"][0]["id"] == key
    )
    assert entra.get("Users", filter='externalId eq "58342554-38d6"').json()["totalResults"] == 1
    changed = entra.patch(
        f"Users/{key}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "updatedEmail@testuser.com"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "X"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "123"},
    )
    assert changed.status_code == 200
    assert changed.json()["name"]["formatted"] == "givenName updatedFamilyName"
    assert found(key).email == "updatedemail@testuser.com"
    renamed = entra.patch(f"Users/{key}", {"op": "Replace", "path": "userName", "value": "5b50642d@testuser.com"})
    assert renamed.json()["userName"] == found(key).email == "5b50642d@testuser.com"
    off = entra.patch(f"Users/{key}", {"op": "Replace", "path": "active", "value": "False"})
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert entra.send("DELETE", f"Users/{key}").status_code == 204
    assert found(key).name == "givenName updatedFamilyName", "what somebody did keeps their name"


def test_entra_keeps_a_group() -> None:
    entra = Provider()
    ada, bob = entra.user("ada"), entra.user("bob")
    made = entra.post("Groups", {
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3", "displayName": "displayName", "meta": {"resourceType": "Group"},
    })  # fmt: skip
    key = made.json()["id"]
    shown = entra.get(f"Groups/{key}", excludedAttributes="members").json()
    assert "members" not in shown
    looked = entra.get("Groups", filter='displayName eq "DISPLAYNAME"', excludedAttributes="members").json()
    assert [row["id"] for row in looked["Resources"]] == [key]
    for kind, who, expected in (("Add", ada, [ada]), ("Add", bob, [ada, bob]), ("Remove", ada, [bob])):
        answer = entra.patch(f"Groups/{key}", {"op": kind, "path": "members", "value": [{"$ref": None, "value": who}]})
        assert [member["value"] for member in answer.json()["members"]] == expected
    emptied = entra.patch(f"Groups/{key}", {"op": "Remove", "path": "members"})
    assert emptied.json()["members"] == []


def test_what_a_group_gives_ends_at_the_next_request() -> None:
    okta = Provider()
    asset = inventory.create_asset(SYSTEM, "acme", kind=AssetKind.GROUP)
    ada = okta.user("ada")
    key = okta.group("Payments", ada)
    services.add_grant(SYSTEM, role="viewer", team_id=int(key), asset_id=asset.pk)
    door = session_door(found(ada))
    assert door.get(f"/assets/{asset.pk}").status_code == 200
    okta.patch(f"Groups/{key}", {"op": "remove", "path": f'members[value eq "{ada}"]'})
    assert door.get(f"/assets/{asset.pk}").status_code == 404
    okta.patch(f"Groups/{key}", {"op": "add", "path": "members", "value": [{"value": ada}]})
    assert door.get(f"/assets/{asset.pk}").status_code == 200
    okta.send("DELETE", f"Groups/{key}")
    assert door.get(f"/assets/{asset.pk}").status_code == 404


def test_who_is_disabled_is_out_at_once_and_stays_out() -> None:
    ada = person("ada", password=PASSWORD)
    okta, browser, machine = Provider(), Client(), token_door(ada)
    assert browser.post("/accounts/login/", {"login": ada.email, "password": PASSWORD}).status_code == 302
    assert (browser.get("/api/v1/me").status_code, machine.get("/me").status_code) == (200, 200)
    assert okta.send("DELETE", f"Users/{ada.pk}").status_code == 204
    assert (browser.get("/api/v1/me").status_code, machine.get("/me").status_code) == (401, 401)
    okta.patch(f"Users/{ada.pk}", {"op": "replace", "path": "active", "value": True})
    assert (browser.get("/api/v1/me").status_code, machine.get("/me").status_code) == (401, 401)
    assert ApiToken.objects.get(owner=ada).revoked_at is not None


def test_one_active_admin_stays() -> None:
    boss = person(is_admin=True)
    okta = Provider()
    for answer in (
        okta.send("DELETE", f"Users/{boss.pk}"),
        okta.patch(f"Users/{boss.pk}", {"op": "Replace", "path": "active", "value": "False"}),
        okta.send("PUT", f"Users/{boss.pk}", {"userName": boss.email, "active": False}),
    ):
        assert answer.status_code == 409
        assert (answer.json()["status"], answer.json()["scimType"]) == ("409", "mutability")
        assert "last admin" in answer.json()["detail"]
    assert found(str(boss.pk)).is_active
    person(is_admin=True)
    assert okta.send("DELETE", f"Users/{boss.pk}").status_code == 204


def test_who_was_made_by_hand_is_found_and_kept_from_then_on() -> None:
    grace = person("grace")
    okta = Provider()
    (row,) = okta.get("Users", filter=f'userName eq "{grace.email}"').json()["Resources"]
    assert row["id"] == str(grace.pk)
    again = okta.post("Users", {"userName": grace.email})
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    okta.send("PUT", f"Users/{grace.pk}", {"userName": grace.email, "displayName": "Grace Hopper", "externalId": "x1"})
    assert found(str(grace.pk)).name == "Grace Hopper"
    assert Activity.objects.filter(action="person.provisioned", object_id=str(grace.pk)).count() == 1
    boss = admin()
    assert "kept by SCIM" in boss.client.get("/admin/people/").content.decode()
    assert boss.patch(f"/people/{grace.pk}", {"name": "Another"}).status_code == 409
    assert boss.patch(f"/people/{grace.pk}", {"is_active": False}).status_code == 200
    assert boss.patch(f"/people/{grace.pk}", {"is_active": True}).status_code == 409
    assert "identity provider keeps" in boss.client.get(f"/admin/people/{grace.pk}/").content.decode()


def test_a_team_made_by_hand_is_taken_over_only_where_it_was_opened() -> None:
    grace, made = person("grace"), team("payments")
    services.add_member(SYSTEM, team_id=made.pk, person_id=grace.pk)
    okta = Provider()
    ada = okta.user("ada")
    body = {"displayName": "Payments", "members": [{"value": ada}]}
    refused = okta.post("Groups", body)
    assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")
    assert okta.get(f"Groups/{made.pk}").status_code == 404
    assert okta.get("Groups").json()["totalResults"] == 0
    boss = admin()
    assert boss.client.post(f"/admin/teams/{made.pk}/identity-provider/", {"open": "yes"}).status_code == 302
    assert okta.get(f"Groups/{made.pk}").status_code == 404
    taken = okta.post("Groups", body)
    assert (taken.status_code, taken.json()["id"]) == (201, str(made.pk))
    assert [member["value"] for member in taken.json()["members"]] == [ada]
    okta.patch(f"Groups/{made.pk}", {"op": "Remove", "path": f'members[value eq "{grace.pk}"]'})
    okta.send("DELETE", f"Groups/{made.pk}")
    assert list(TeamMember.objects.values_list("person_id", "source")) == [(grace.pk, "")], "by hand stays by hand"
    actions = list(Activity.objects.filter(object_type="team").order_by("id").values_list("action", flat=True))
    assert actions == ["team.opened", "team.provisioned", "team.member_added", "team.released"]


def test_discovery_says_what_there_is() -> None:
    okta = Provider()
    config = okta.get("ServiceProviderConfig").json()
    assert (config["patch"]["supported"], config["filter"]["supported"], config["bulk"]["supported"]) == (
        True,
        True,
        False,
    )
    assert [row["id"] for row in okta.get("ResourceTypes").json()["Resources"]] == ["User", "Group"]
    assert okta.get("ResourceTypes/User").json()["endpoint"] == "/Users"
    schemas = {row["id"]: row for row in okta.get("Schemas").json()["Resources"]}
    assert set(schemas) == {USER, GROUP}
    assert {attribute["name"] for attribute in schemas[USER]["attributes"]} == {
        "userName", "name", "displayName", "emails", "active", "groups",
    }  # fmt: skip
    assert okta.get(f"Schemas/{USER}").json()["id"] == USER
    assert okta.get("Schemas/nothing").status_code == okta.get("Bulk").status_code == 404


def test_lists_come_in_pages() -> None:
    okta = Provider()
    keys = [okta.user(f"user{number}") for number in range(5)]
    first = okta.get("Users", startIndex=2, count=2).json()
    assert ([row["id"] for row in first["Resources"]], first["totalResults"], first["startIndex"]) == (keys[1:3], 5, 2)
    assert okta.get("Users", count=0).json()["Resources"] == []
    assert okta.get("Users", startIndex=-5, count=100_000).json()["itemsPerPage"] == 5
    both = okta.get(
        "Users", filter='userName eq "user1@acme.example" or userName eq "user3@acme.example"', attributes="userName"
    )
    assert both.json()["Resources"] == [
        {"schemas": [USER], "id": keys[number], "userName": f"user{number}@acme.example"} for number in (1, 3)
    ]
    narrow = okta.get("Users", filter='userName eq "user1@acme.example" and active eq false').json()
    assert narrow["totalResults"] == 0
    with pytest.raises(AssertionError):
        okta.user("user1")


def test_only_a_token_for_scim_opens_and_it_opens_nothing_else() -> None:
    boss = person(is_admin=True)
    okta = Provider()
    askers = [Client(), session_door(boss).client]
    askers += [token_door(boss, scopes=frozenset({scope})).client for scope in Scope if scope is not Scope.SCIM]
    routes = ("ServiceProviderConfig", "ResourceTypes", "ResourceTypes/User", "Schemas", "Schemas/x", "Users", "Users/1",
              "Groups", "Groups/1", "nowhere", "")  # fmt: skip
    for client in askers:
        for route in routes:
            for method in ("GET", "POST", "DELETE"):
                answer = client.generic(method, f"/scim/v2/{route}", b"{}", content_type="application/json")
                assert answer.status_code in (401, 429), f"{method} {route}: {answer.status_code}"
                assert answer["Content-Type"] == "application/scim+json"
    for path in ("/api/v1/me", "/api/v1/people", "/api/v1/assets", "/api/v1/activity"):
        assert okta.client.get(path).status_code == 403
    assert okta.client.get("/admin/people/").status_code == 302
    assert session_door(boss).client.get(f"/scim/v2/Users?access_token={okta.text}").status_code in (400, 401)


def test_who_may_have_a_token_for_scim() -> None:
    boss, nobody = admin(), session_door(person())
    account = services.create_service_account(SYSTEM, name="okta")
    scim = {"name": "okta", "scopes": ["scim"]}
    assert nobody.post("/tokens", scim).status_code == 403
    assert boss.post("/tokens", {**scim, "owner": nobody.viewer.person_id}).status_code == 422
    assert boss.post("/tokens", {**scim, "scopes": ["scim", "read"]}).status_code == 422
    assert boss.post("/tokens", {**scim, "subtree": "acme"}).status_code == 422
    assert boss.post("/tokens", {**scim, "owner": account.pk}).status_code == 201
    former = person("former", is_admin=True)
    okta = Provider(former)
    assert okta.get("Users").status_code == 200
    services.change_person(SYSTEM, former.pk, is_admin=False)
    assert okta.get("Users").status_code == 401
    assert queries.viewer_of_token(okta.text) is not None, "it is the token of somebody, but no longer of an admin"


def test_patch_needs_its_form() -> None:
    okta = Provider()
    ada = okta.user("ada")
    for operations, word in (
        ([{"op": "explode", "path": "active", "value": True}], "invalidSyntax"),
        ([{"op": "replace", "path": "a b", "value": True}], "invalidPath"),
        ([{"op": "remove"}], "noTarget"),
        ([{"op": "remove", "path": "userName"}], "mutability"),
        ([{"op": "replace", "path": "active", "value": "maybe"}], "invalidValue"),
        ([{"op": "replace", "value": "x"}], "invalidSyntax"),
        ([], "invalidSyntax"),
        ([{"op": "replace", "path": "active", "value": True}] * 1001, "tooMany"),
    ):
        answer = okta.send("PATCH", f"Users/{ada}", {"schemas": [PATCH], "Operations": operations})
        assert (answer.status_code, answer.json()["scimType"]) == (400, word), answer.content
