"""`/api/v1/assets`: the tree is true, facts are checked, owners are handed down."""

import pytest
from django.test import Client

from prodsec.accounts.tests.people import Door, admin, person, session_door, team, token_door
from prodsec.accounts.types import Scope
from prodsec.activity.models import Activity
from prodsec.inventory.models import Asset

pytestmark = pytest.mark.django_db


def make(door: Door, path: str, **facts: object) -> int:
    answer = door.post("/assets", {"path": path, **facts})
    assert answer.status_code == 201, answer.content
    made: int = answer.json()["id"]
    return made


def assert_the_tree_is_true() -> None:
    """Ancestors, paths, names and owners are what a walk up the parents gives."""
    for asset in Asset.objects.all():
        chain: list[int] = []
        owner, step = None, asset
        while step is not None:
            chain.insert(0, step.pk)
            owner = owner if owner is not None else step.owner_team_id
            step = step.parent  # type: ignore[assignment]  # the loop ends at the root
        assert asset.ancestors == chain, asset.path
        assert asset.effective_owner_team_id == owner, asset.path
        above = f"{asset.parent.path}/" if asset.parent else ""
        assert asset.path == above + asset.name


def test_an_asset_is_made_with_the_groups_above() -> None:
    door, payments = admin(), team("payments")
    answer = door.post(
        "/assets",
        {
            "path": "/gitlab.com/acme/shop/", "kind": "website", "tier": 1, "categories": ["website", "product"],
            "urls": ["https://shop.acme.example"], "data_class": "orange", "boundary": "commercial",
            "default_ref": "trunk", "owner": payments.pk,
        },
    )  # fmt: skip
    made = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1/assets/{made['id']}")
    assert made["path"] == "gitlab.com/acme/shop"
    assert (made["tier"], made["categories"], made["default_ref"]) == (1, ["product", "website"], "trunk")
    assert made["owner"] == made["effective_owner"] == {"id": payments.pk, "slug": "payments", "name": "Payments"}
    assert door.get(f"/assets/{made['id']}").json() == made
    listed = door.get("/assets").json()["items"]
    assert [(each["path"], each["kind"]) for each in listed] == [
        ("gitlab.com", "group"), ("gitlab.com/acme", "group"), ("gitlab.com/acme/shop", "website"),
    ]  # fmt: skip
    assert made["ancestors"] == [each["id"] for each in listed]
    assert_the_tree_is_true()
    (told,) = Activity.objects.filter(asset_id=made["id"])
    assert (told.action, told.details) == (
        "asset.created",
        {"path": "gitlab.com/acme/shop", "owner_team_id": payments.pk},
    )


def test_an_owner_is_handed_down_until_another_is_set() -> None:
    door, red, blue = admin(), team("red"), team("blue")
    root, middle, leaf = make(door, "a"), make(door, "a/b"), make(door, "a/b/c")
    other = make(door, "a2/b")

    def owners() -> list[str]:
        items = door.get("/assets").json()["items"]
        return [each["effective_owner"]["slug"] if each["effective_owner"] else "" for each in items]

    assert owners() == ["", "", "", "", ""]
    door.patch(f"/assets/{root}", {"owner": red.pk})
    assert owners() == ["red", "red", "red", "", ""]
    door.patch(f"/assets/{middle}", {"owner": blue.pk})
    assert owners() == ["red", "blue", "blue", "", ""]
    assert make(door, "a/b/c/d")
    assert owners() == ["red", "blue", "blue", "blue", "", ""]
    door.patch(f"/assets/{middle}", {"owner": None})
    door.patch(f"/assets/{leaf}", {"owner": blue.pk})
    assert owners() == ["red", "red", "blue", "blue", "", ""]
    assert [each["id"] for each in door.get("/assets", unowned=True, under="a2").json()["items"]][-1] == other
    assert len(door.get("/assets", owner=blue.pk).json()["items"]) == 2
    assert_the_tree_is_true()


def test_a_subtree_moves_as_a_whole() -> None:
    door, red, blue = admin(), team("red"), team("blue")
    moved, target = make(door, "old/shop", owner=None), make(door, "new", owner=blue.pk)
    make(door, "old/shop/api/v1")
    make(door, "old/shopping")
    door.patch(f"/assets/{moved}", {"tier": 2})
    door.patch(f"/assets/{Asset.objects.get(path='old').pk}", {"owner": red.pk})
    answer = door.patch(f"/assets/{moved}", {"path": "new/store"})
    assert answer.status_code == 200
    assert (answer.json()["path"], answer.json()["parent"]) == ("new/store", target)
    assert [each["path"] for each in door.get("/assets").json()["items"]] == [
        "new", "new/store", "new/store/api", "new/store/api/v1", "old", "old/shopping",
    ]  # fmt: skip
    assert Asset.objects.get(path="new/store/api/v1").effective_owner_team_id == blue.pk
    assert_the_tree_is_true()
    assert door.patch(f"/assets/{moved}", {"path": "store"}).status_code == 200
    assert door.patch(f"/assets/{moved}", {"path": "store"}).status_code == 200
    assert_the_tree_is_true()
    moves = Activity.objects.filter(action="asset.moved").order_by("id").values_list("details", flat=True)
    assert [each["path"] for each in moves] == [["old/shop", "new/store"], ["new/store", "store"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [("a/b/c", 409), ("x", 409), ("nowhere/b", 404), ("b/" + "y" * 256, 422), ("b/\u202e", 422), ("", 422), ("z", 409)],
)
def test_a_move_that_cannot_be(path: str, status: int) -> None:
    door = admin()
    make(door, "a/b/c"), make(door, "x"), make(door, "z")
    moved = Asset.objects.get(path="a/b")
    answer = door.patch(f"/assets/{moved.pk}", {"path": path, "tier": 1})
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
    moved.refresh_from_db()
    assert (moved.path, moved.tier) == ("a/b", None)
    assert_the_tree_is_true()


def test_a_move_makes_no_path_endless() -> None:
    door = admin()
    moved = make(door, "a")
    make(door, "a/" + "/".join(["b" * 200] * 4))
    make(door, "c" * 250)
    answer = door.patch(f"/assets/{moved}", {"path": "c" * 250 + "/a"})
    assert (answer.status_code, "at most 1000 characters" in answer.json()["detail"]) == (422, True)


def test_archived_is_out_of_sight_until_restored() -> None:
    door = admin()
    group, child = make(door, "acme"), make(door, "acme/api")
    assert door.delete(f"/assets/{group}").status_code == 204
    assert door.get("/assets").json()["items"] == []
    assert [each["is_archived"] for each in door.get("/assets", archived=True).json()["items"]] == [True, True]
    assert door.get(f"/assets/{child}").json()["is_archived"]
    for answer in (door.post("/assets", {"path": "acme/web"}), door.patch(f"/assets/{child}", {"is_archived": False})):
        assert (answer.status_code, "restore" in answer.json()["detail"]) == (409, True)
    assert door.patch(f"/assets/{group}", {"is_archived": False}).json()["is_archived"] is False
    assert len(door.get("/assets").json()["items"]) == 2
    assert Activity.objects.filter(action__in=["asset.archived", "asset.restored"]).count() == 2


def test_the_owner_team_looks_after_its_own() -> None:
    door, red = admin(), team("red")
    own, foreign = make(door, "red", owner=red.pk), make(door, "blue", owner=team("blue").pk)
    member = session_door(person(teams=("red",)))
    assert member.patch(f"/assets/{own}", {"tier": 1, "owner": red.pk}).status_code == 200
    child = make(member, "red/api", kind="image")
    assert member.put(f"/assets/{child}/codeowners", {"text": "* @red"}).status_code == 200
    assert member.delete(f"/assets/{child}").status_code == 204
    refused = [
        member.post("/assets", {"path": "green"}),
        member.post("/assets", {"path": "blue/api"}),
        member.patch(f"/assets/{foreign}", {"tier": 1}),
        member.patch(f"/assets/{foreign}", {"owner": red.pk}),
        member.patch(f"/assets/{own}", {"path": "purple"}),
        member.patch(f"/assets/{own}", {"path": "blue/red"}),
        member.put(f"/assets/{foreign}/codeowners", {"text": "* @red"}),
        member.delete(f"/assets/{foreign}"),
    ]
    # What is not theirs to see is not there; where nothing is yet, and right above their own, they are told.
    assert [answer.status_code for answer in refused] == [403, 403, 404, 404, 403, 404, 404, 404]
    assert not Asset.objects.filter(path__in=["green", "blue/api"]).exists()


def test_an_owner_has_to_exist_and_to_be_ones_own() -> None:
    door = admin()
    own = make(door, "red", owner=team("red").pk)
    blue = team("blue")
    member = session_door(person(teams=("red",)))
    assert member.patch(f"/assets/{own}", {"owner": blue.pk}).status_code == 403
    assert door.patch(f"/assets/{own}", {"owner": 10**6}).status_code == 404
    assert door.post("/assets", {"path": "x", "owner": 10**6}).status_code == 404
    assert not Asset.objects.filter(path="x").exists()
    assert door.patch(f"/assets/{own}", {"owner": blue.pk}).status_code == 200


def test_a_token_stays_in_its_subtree() -> None:
    boss = person(is_admin=True)
    door = session_door(boss)
    inside, outside = make(door, "acme/api"), make(door, "acme/api2")
    root = Asset.objects.get(path="acme").pk
    token = token_door(boss, subtree="acme/api")
    assert [each["path"] for each in token.get("/assets").json()["items"]] == ["acme/api"]
    assert token.get(f"/assets/{inside}").status_code == 200
    for hidden in (outside, root):
        missing = token.get("/assets/999999")
        for answer in (
            token.get(f"/assets/{hidden}"),
            token.patch(f"/assets/{hidden}", {"tier": 1}),
            token.delete(f"/assets/{hidden}"),
            token.get(f"/assets/{hidden}/codeowners"),
            token.put(f"/assets/{hidden}/codeowners", {"text": ""}),
            token.get(f"/assets/{hidden}/owner"),
        ):
            assert answer.status_code == 404
            assert answer.content.replace(str(hidden).encode(), b"N") == missing.content.replace(b"999999", b"N")
    made = [token.post("/assets", {"path": path}) for path in ("acme/api2", "acme/new", "else", "acme/api/x")]
    assert [answer.status_code for answer in made] == [404, 404, 404, 201]
    taken = [token.patch(f"/assets/{inside}", {"path": path}) for path in ("acme/api2", "acme/free", "free/a", "top")]
    assert [answer.status_code for answer in taken] == [404, 404, 404, 403]


@pytest.mark.parametrize("scope", [Scope.READ, Scope.IMPORT])
def test_a_token_without_the_scope_changes_nothing(scope: Scope) -> None:
    boss = person(is_admin=True)
    made = make(session_door(boss), "acme")
    token = token_door(boss, scopes=frozenset({scope}))
    refused = [
        token.patch(f"/assets/{made}", {"tier": 1}),
        token.delete(f"/assets/{made}"),
        token.put(f"/assets/{made}/codeowners", {"text": ""}),
        token.post("/assets/import", [{"path": "x"}]),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert token.get("/assets").status_code == (200 if scope is Scope.READ else 403)


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"path": "a\x00"}, "path"),
        ({"path": "a" * 10_000}, "path"),
        ({"path": 7}, "path"),
        ({"kind": "planet"}, "kind"),
        ({"tier": 5}, "tier"),
        ({"tier": -1}, "tier"),
        ({"categories": ["produkt"]}, "categories"),
        ({"categories": ["website"]}, "urls"),
        ({"urls": ["http://acme.example"]}, "urls"),
        ({"urls": ["https://a"] * 51}, "urls"),
        ({"data_class": "purple"}, "data_class"),
        ({"boundary": "moon"}, "boundary"),
        ({"default_ref": ""}, "default_ref"),
        ({"default_ref": "a b"}, "default_ref"),
        ({"ancestors": [1]}, "ancestors"),
        ({"effective_owner_team": 1}, "effective_owner_team"),
        ({"lifecycle": 2}, "lifecycle"),
        ({"external_ids": {}}, "external_ids"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_cannot_be_said_is_refused_with_its_place(facts: dict[str, object], place: str) -> None:
    door = admin()
    made = make(door, "acme")
    for answer in (
        door.post("/assets", {"path": "acme/api", **facts}),
        door.patch(f"/assets/{made}", facts),
    ):
        assert answer.status_code == 422
        assert place in answer.json()["detail"].split(" ")[0]
    assert Asset.objects.count() == 1


def test_a_fact_left_out_stays_and_null_is_unknown() -> None:
    door = admin()
    made = make(door, "acme", tier=1, categories=["website"], urls=["https://acme.example"], data_class="red")
    before = door.get(f"/assets/{made}").json()
    assert door.patch(f"/assets/{made}", {}).json() == before
    assert door.patch(f"/assets/{made}", {"tier": None, "kind": None}).json() == {**before, "tier": None}
    # Taking away the address of a website is as wrong as never giving one.
    assert door.patch(f"/assets/{made}", {"urls": []}).status_code == 422
    assert Activity.objects.filter(action="asset.changed").get().details == {"tier": [1, None]}


def test_lists_are_filtered_and_go_on() -> None:
    door = admin()
    for path in ("a/one", "a/Two", "b_c/one", "bxc/one"):
        make(door, path, kind="image")

    def found(**query: object) -> list[str]:
        seen, cursor = [], ""
        while cursor is not None:
            page = door.get("/assets", limit=2, cursor=cursor, **query).json()
            seen += [each["path"] for each in page["items"]]
            cursor = page["next"]
        return seen

    assert sorted(found(kind="image")) == ["a/Two", "a/one", "b_c/one", "bxc/one"]
    assert found(under="b_c") == ["b_c", "b_c/one"]
    assert found(text="TWO") == ["a/Two"]
    assert found(path="bxc/one") == ["bxc/one"]
    assert found(path="bxc/one", kind="host") == []
    for wrong in ({"kind": "planet"}, {"text": "\x00"}, {"cursor": "W251bGxd"}, {"limit": "x"}, {"path": "\x00"}):
        assert door.get("/assets", **wrong).status_code == 422
    assert len(door.get("/assets", limit=10**9).json()["items"]) == 7


def test_a_list_costs_as_many_queries_whatever_its_length(django_assert_num_queries: object) -> None:
    boss = person(is_admin=True)
    door = session_door(boss)
    token = token_door(boss)
    for number in range(60):
        make(door, f"acme/{number}", owner=team("red").pk)
    token.get("/assets")
    with django_assert_num_queries(5):  # type: ignore[operator]  # token, its teams, assets; savepoint and its end
        assert len(token.get("/assets").json()["items"]) == 50


def test_nobody_signed_in_sees_nothing() -> None:
    make(admin(), "acme")
    assert Client().get("/api/v1/assets").status_code == 401


def test_codeowners_decide_by_file() -> None:
    door = admin()
    made = make(door, "gitlab.com/acme/api", owner=team("red").pk)
    team("acme-payments"), team("web")
    text = "* @acme/red\n/pay/ @acme/payments\n*.css @unknown/web @acme/payments\nx/ @nobody\n/ @red\n"
    answer = door.put(f"/assets/{made}/codeowners", {"text": text})
    assert (answer.status_code, len(answer.json()["problems"])) == (200, 1)
    assert door.get(f"/assets/{made}/codeowners").json() == answer.json()

    def owner(file: str) -> str:
        told = door.get(f"/assets/{made}/owner", file=file).json()["owner"]
        return told["slug"] if told else ""

    assert [owner(file) for file in ("", "a.py", "pay/a.py", "pay/a.css", "x/y", "/pay/b")] == [
        "red", "red", "acme-payments", "web", "red", "acme-payments",
    ]  # fmt: skip
    assert door.put(f"/assets/{made}/codeowners", {"text": " "}).status_code == 200
    assert owner("pay/a.py") == "red"
    assert door.get(f"/assets/{made}/codeowners").json() == {"text": "", "problems": []}
    assert door.put(f"/assets/{made}/codeowners", {"text": "a\x00"}).status_code == 422
    assert door.put(f"/assets/{made}/codeowners", {"text": "a" * 1_000_001}).status_code == 422
