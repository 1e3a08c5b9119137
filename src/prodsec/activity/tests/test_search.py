"""The search of the record: by whom, to what, when and why; and copies of what it finds (T21)."""

import csv
import datetime
import io
import itertools
import json
from typing import Any

import pytest
from django.test import Client

from prodsec.accounts import queries as accounts
from prodsec.accounts.services import add_grant
from prodsec.accounts.tests.people import Door, admin, person, session_door, token_door
from prodsec.accounts.types import SYSTEM, Scope
from prodsec.activity import queries, services
from prodsec.activity.models import Activity
from prodsec.activity.types import Search, Told
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind
from prodsec.kit import clock

pytestmark = pytest.mark.django_db


def numbers(door: Door, **query: object) -> list[str]:
    """The objects of what is found, through the API, newest first."""
    answer = door.get("/activity", object_type="test", **query)
    assert answer.status_code == 200, answer.content
    return [item["object_id"] for item in answer.json()["items"]]


def tell(number: int, *, reason: str = "", asset_id: int | None = None, action: str = "test.done") -> None:
    services.record(SYSTEM, action, object_type="test", object_id=number, reason=reason, asset_id=asset_id)


def test_by_whom() -> None:
    door = admin()
    tell(1)
    services.record(door.viewer, "test.done", object_type="test", object_id=2)
    tool = token_door(person(is_admin=True), scopes=frozenset({Scope.ADMIN}))
    services.record(tool.viewer, "test.done", object_type="test", object_id=3)
    assert numbers(door, who="system") == ["1"]
    assert numbers(door, who=f"person:{door.viewer.person_id}") == ["2"]
    assert numbers(door, who=f"token:{tool.viewer.token_id}") == ["3"]
    assert numbers(door, who=f"person:{tool.viewer.person_id}") == ["3"]
    assert numbers(door) == ["3", "2", "1"]


def test_on_an_asset_and_below() -> None:
    door = admin()
    made = {
        path: inventory.create_asset(SYSTEM, path, kind=AssetKind.GROUP).pk
        for path in ("acme", "acme/red", "acme/red/api", "acme/redder")
    }
    for number, key in enumerate(made.values()):
        tell(number, asset_id=key)
    tell(9)
    assert numbers(door, asset="acme/red") == ["2", "1"]
    assert numbers(door, asset="/acme/") == ["3", "2", "1", "0"]
    assert numbers(door, asset="nowhere") == []
    assert numbers(door, asset="acme", asset_id=made["acme"]) == ["0"]
    many = tuple(made.values())
    for search in (Search(asset_ids=many, object_type="test"), Search(asset_ids=many * 1000, object_type="test")):
        assert [row.object_id for row in queries.found(SYSTEM, search).items] == ["3", "2", "1", "0"]


def test_by_words_of_the_reason() -> None:
    door = admin()
    tell(1, reason="Not reachable, see https://wiki.acme.example/red/SEC-12")
    tell(2, reason="a false positive")
    tell(3, reason="Größe_falsch 50%")
    assert numbers(door, words="reach") == ["1"]
    assert numbers(door, words="RED wiki") == ["1"]
    assert numbers(door, words="sec-12") == ["1"]
    assert numbers(door, words="größe") == ["3"]
    assert numbers(door, words="fals") == ["3", "2"]
    assert numbers(door, words="positive reachable") == []
    for hostile in ("' & !", "a:* | b", "!!!", "\\", "%", "(", "<->"):
        assert numbers(door, words=hostile) in ([], ["2"], ["3", "2"])


def test_by_time() -> None:
    door, now = admin(), clock.now().replace(hour=12)
    for days in (0, 1, 6, 7):
        with clock.set_to(now - datetime.timedelta(days=days)):
            tell(days)
    with clock.set_to(now):
        assert numbers(door, within="today") == ["0"]
        assert numbers(door, within="7d") == ["0", "1", "6"]
        assert numbers(door, within="36h") == ["0", "1"]
        since = (now - datetime.timedelta(days=6, hours=1)).isoformat()
        assert numbers(door, since=since, until=(now - datetime.timedelta(hours=1)).isoformat()) == ["1", "6"]
        day = (now - datetime.timedelta(days=6)).date().isoformat()
        page = door.client.get("/admin/activity/", {"from": day, "to": day, "type": "test"}).content.decode()
    assert page.count("<code>test.done</code>") == 1


@pytest.mark.parametrize("search", [{}, {"action": "test"}, {"within": "7d"}, {"words": "same"}])
def test_pages_follow_on_each_other(search: dict[str, str]) -> None:
    door = admin()
    services.record_all(
        SYSTEM, [Told(f"test.done{number % 3}", "test", number, reason="the same") for number in range(25)]
    )
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        answer = door.get("/activity", object_type="test", limit=7, cursor=cursor, **search).json()
        seen += [item["object_id"] for item in answer["items"]]
        cursor = answer["next"]
    assert cursor is None
    assert seen == [str(number) for number in reversed(range(25))]


def test_every_action_that_is_known_is_offered() -> None:
    tell(1, action="b.two")
    tell(2, action="a.one")
    tell(3, action="b.two")
    assert queries.known_actions(SYSTEM) == ["a.one", "b.two"]


def test_the_page_says_what_was_done_in_words() -> None:
    door = admin()
    made = inventory.create_asset(SYSTEM, "acme", kind=AssetKind.GROUP)
    door.patch(f"/assets/{made.pk}", {"tier": 2})
    page = door.client.get("/admin/activity/?type=asset&action=asset.changed").content.decode()
    assert "Changed an asset" in page
    assert "<code>asset.changed</code>" in page
    assert f'<a href="/assets/{made.pk}/">acme</a>' in page
    assert 'tier: – <span aria-hidden="true">→</span>' in page
    assert "the system" in page


@pytest.mark.parametrize(
    "query", ["who=person:x", "within=soon", "from=2026-13-01", "to=9999-12-31", "cursor=x", "words=%00"]
)
def test_a_search_that_cannot_be_made_says_why(query: str) -> None:
    answer = admin().client.get(f"/admin/activity/?{query}")
    assert answer.status_code == 200
    assert "message-error" in answer.content.decode()


def test_t03_the_record_is_for_admins_and_auditors() -> None:
    auditor, nobody = person(), person()
    add_grant(SYSTEM, role="auditor", person_id=auditor.pk)
    for door, status in ((session_door(nobody), 403), (session_door(auditor), 200), (admin(), 200)):
        assert door.get("/activity").status_code == status
        assert door.client.get("/admin/activity/").status_code == status
        assert door.client.post("/admin/activity/copy/").status_code == status
        assert door.post("/activity/export").status_code == status


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_t21_a_copy_as_csv() -> None:
    door = admin()
    tell(1, reason='=HYPERLINK("https://evil.example")')
    tell(2, reason="@SUM(A1)")
    tell(3, reason='plain, with "quotes"\nand lines')
    answer = door.client.post("/admin/activity/copy/?type=test", {"form": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="activity-')
    rows = list(csv.DictReader(io.StringIO(content(answer).decode(), newline="")))
    assert [row["object_id"] for row in rows] == ["3", "2", "1"]
    assert [row["reason"] for row in rows] == [
        'plain, with "quotes"\nand lines', "'@SUM(A1)", "'=HYPERLINK(\"https://evil.example\")",
    ]  # fmt: skip


def test_a_copy_as_json_lines_holds_the_chain() -> None:
    door = admin()
    services.record_all(SYSTEM, [Told("test.done", "test", number) for number in range(2500)])
    lines = [json.loads(line) for line in content(door.post("/activity/export", form="jsonl")).splitlines()]
    assert len(lines) == 2500
    assert all(newer["previous_seal"] == older["seal"] for newer, older in itertools.pairwise(lines))


def test_taking_a_copy_is_written_down() -> None:
    door = admin()
    tell(1)
    taken = content(door.client.post("/admin/activity/copy/?type=test&words=", {"form": "jsonl"}))
    assert b"activity.exported" not in taken
    row = Activity.objects.get(action="activity.exported")
    assert (row.actor_id, row.object_id) == (door.viewer.person_id, "jsonl")
    assert row.details == {"searched": {"object_type": "test"}}


def test_a_copy_that_cannot_be_written_down_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise OSError("no room left")

    door = admin()
    monkeypatch.setattr("prodsec.activity.services.looking.record", broken)
    door.client.raise_request_exception = False
    assert door.post("/activity/export").status_code == 500
    assert door.client.post("/admin/activity/copy/").status_code == 500


def test_a_copy_is_not_taken_by_a_link() -> None:
    door = admin()
    assert door.client.get("/admin/activity/copy/").status_code == 405
    assert Client().post("/admin/activity/copy/").status_code == 302
    assert accounts.has_people()
    assert not Activity.objects.filter(action="activity.exported").exists()
