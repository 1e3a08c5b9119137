"""Lists of assets at the API: the preview is the deed, taken back."""

from collections import Counter
from typing import Any

import pytest

from prodsec.accounts.tests.people import Door, admin, person, session_door, team
from prodsec.accounts.types import SYSTEM
from prodsec.activity.models import Activity
from prodsec.activity.queries import verify_chain
from prodsec.inventory.models import Asset
from prodsec.inventory.rules.lists import read_rows
from prodsec.inventory.services import import_assets
from prodsec.inventory.tests.test_assets_api import assert_the_tree_is_true, make
from prodsec.inventory.types import Outcome

pytestmark = pytest.mark.django_db

LIST = """path,kind,tier,categories,urls,data_class,owner
acme/shop/web,website,1,website product,https://shop.acme.example,orange,
acme,group,,,,,red
acme/shop,project,2,product,,,blue
acme/old,project,3,,,,
acme/same,project,4,,,,
acme/bad,planet,,,,,
acme/bad,project,9,,,,
acme//bad,project,,,,,
acme/bad,website,,website,,,
acme/bad,project,,,,,nobody
acme/shop,project,1,,,,
acme/new,image,,container,,,
"""


def send(door: Door, text: str, *, dry_run: bool) -> Any:
    answer = door.client.post(
        f"/api/v1/assets/import?dry_run={str(dry_run).lower()}", text.encode(), content_type="text/csv"
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


def state() -> list[tuple[object, ...]]:
    return list(
        Asset.objects.order_by("path").values_list("path", "kind", "tier", "categories", "effective_owner_team")
    )


def test_preview_then_apply() -> None:
    door = admin()
    team("red"), team("blue")
    make(door, "acme/old", tier=1)
    make(door, "acme/same", tier=4)
    before, deeds = state(), Activity.objects.count()
    preview = send(door, LIST, dry_run=True)
    assert (state(), Activity.objects.count()) == (before, deeds)
    applied = send(door, LIST, dry_run=False)
    assert {**preview, "dry_run": False} == applied
    assert {name: applied[name] for name in ("created", "changed", "unchanged", "rejected")} == {
        "created": 3, "changed": 2, "unchanged": 1, "rejected": 6,
    }  # fmt: skip
    by_line = {row["line"]: row for row in applied["rows"]}
    assert list(by_line) == list(range(2, 14))
    assert by_line[5]["changes"] == [{"fact": "tier", "before": "1", "after": "3"}]
    assert by_line[3]["changes"] == [{"fact": "owner", "before": "", "after": "red"}]
    assert {"fact": "owner", "before": "", "after": "blue"} in by_line[4]["changes"]
    assert [by_line[line]["reason"].split(":")[0] for line in (7, 8, 9, 10, 11)] == [
        "kind", "tier", "path", "urls", "owner",
    ]  # fmt: skip
    assert by_line[12]["reason"] == "line 4 of the list names acme/shop as well"
    assert not Asset.objects.filter(path__contains="bad").exists()
    assert_the_tree_is_true()
    again = send(door, LIST, dry_run=False)
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 6)
    assert Activity.objects.count() == deeds + 5
    assert verify_chain().broken_at is None


def test_a_list_does_only_what_its_sender_may() -> None:
    door = admin()
    make(door, "red", owner=team("red").pk)
    make(door, "blue", owner=team("blue").pk)
    member = session_door(person(teams=("red",)))
    told = send(member, "path,tier,owner\nred/api,1,\nblue,1,\nblue/api,1,\ngreen,1,\nred,,blue\n", dry_run=False)
    assert [row["result"] for row in told["rows"]] == ["created", *["rejected"] * 4]
    for row, words in zip(told["rows"][1:], ("above it", "above it", "above it", "not in that team"), strict=True):
        assert words in row["reason"]
    assert sorted(Asset.objects.values_list("path", flat=True)) == ["blue", "red", "red/api"]


def test_an_empty_cell_unsets_what_can_be_empty_and_leaves_the_rest() -> None:
    door, red = admin(), team("red")
    made = make(door, "acme", tier=2, data_class="red", owner=red.pk, kind="host", default_ref="trunk")
    send(door, "path,kind,tier,data_class,default_ref,owner\nacme,,,,,\n", dry_run=False)
    told = door.get(f"/assets/{made}").json()
    assert (told["kind"], told["tier"], told["default_ref"]) == ("host", 2, "trunk")
    assert (told["data_class"], told["owner"]) == ("", None)


def test_a_long_list_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    red, blue = team("red"), team("blue")

    def apply(tier: int, owner: str, *, most: int) -> Counter[Outcome]:
        lines = [f"acme/g{number % 50}/p{number},{tier},{owner}" for number in range(500)]
        rows = read_rows("\n".join(["path,tier,owner", *lines]).encode())
        with django_assert_max_num_queries(most):
            return Counter(outcome.result for outcome in import_assets(SYSTEM, rows, dry_run=False))

    assert apply(1, red.slug, most=14) == {Outcome.CREATED: 500}
    assert apply(2, blue.slug, most=14) == {Outcome.CHANGED: 500}
    assert apply(2, blue.slug, most=14) == {Outcome.UNCHANGED: 500}
    assert Asset.objects.filter(tier=2, owner_team=blue, effective_owner_team=blue).count() == 500
    assert_the_tree_is_true()
    assert verify_chain().broken_at is None


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "[1", "path\n\udcff"])
def test_a_list_that_cannot_be_read_changes_nothing(text: str) -> None:
    answer = admin().client.post(
        "/api/v1/assets/import", text.encode(errors="surrogateescape"), content_type="text/csv"
    )
    assert (answer.status_code, bool(answer.json()["detail"])) == (422, True)


def test_a_list_that_is_too_large_says_so() -> None:
    answer = admin().client.post("/api/v1/assets/import", b"path\n" + b"a" * 5_000_001, content_type="text/csv")
    assert (answer.status_code, "5 MB" in answer.json()["detail"]) == (413, True)
