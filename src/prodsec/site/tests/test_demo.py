"""The demo tells its story, through the ordinary import, and leaves no row behind when it is removed."""

import datetime

import pytest
from django.db import connection
from django.test import Client

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM
from prodsec.findings import queries as findings
from prodsec.findings.queries import FindingRow
from prodsec.flows import manage_accounts
from prodsec.inventory import queries as assets
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind
from prodsec.kit import clock
from prodsec.kit.errors import ConflictError
from prodsec.site import demo_command, soundness
from prodsec.site.demo import organisation, removal, replay, tasks

STORY = [thing for thing in organisation.THINGS if thing.path in ("payments/api", "platform/deploy", "labs/prototype")]


@pytest.fixture
def demo(db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The demo with the assets of its story; the others only take time."""
    monkeypatch.setattr(replay, "THINGS", STORY)
    monkeypatch.setattr(replay, "CODEOWNERS", {})
    said: list[str] = []
    demo_command.fill(said.append)
    return said[-1]


def at(path: str, file: str) -> list[FindingRow]:
    asked = {"asset": [f"{organisation.ROOT}/{path}"], "file": [file], "state": ["all"]}
    return findings.findings_list(SYSTEM, findings.filters_from(asked)).items


def test_the_story_happens_as_the_guide_tells_it(demo: str) -> None:
    (row,) = at("payments/api", "src/billing/refunds.py")
    kinds = [event.kind.word for event in reversed(findings.events(SYSTEM, row.id))]
    turns = [
        kind for kind in kinds if kind in ("opened", "moved", "dismissed", "reopened_by_person", "resolved", "reopened")
    ]
    assert turns == ["opened", "moved", "dismissed", "moved", "reopened_by_person", "resolved", "reopened"]
    (key,) = at("platform/deploy", "scripts/reconcile.sh")
    assert key.state.word == "resolved"


def test_its_past_lies_in_the_past(demo: str) -> None:
    rows = findings.findings_list(SYSTEM, findings.filters_in("state=all"), size=200).items
    ages = [clock.now() - row.first_seen_at for row in rows]
    assert max(ages) > datetime.timedelta(weeks=11)
    assert min(ages) > datetime.timedelta(0)
    assert any(row.is_overdue for row in rows)
    assert any(not row.owner_team for row in rows), "labs is nobody's"


def test_people_can_sign_in_and_the_installation_is_sound(demo: str, client: object) -> None:
    password = demo.rpartition(" ")[2]
    assert client.login(email=replay.ADMIN, password=password)  # type: ignore[attr-defined]
    told = {check.name: check.says for check in soundness.checks() if not check.ok}
    assert not told


def test_a_second_fill_changes_nothing(demo: str) -> None:
    before = soundness.rows_of_tables()
    demo_command.fill(lambda _: None)
    assert soundness.rows_of_tables() == before


def test_it_stays_out_of_an_installation_in_use(db: None) -> None:
    manage_accounts.add_person(SYSTEM, email="me@example.org", name="Me", is_admin=True)
    before = soundness.rows_of_tables()
    demo_command.fill(lambda _: None)
    assert soundness.rows_of_tables() == before


def test_removed_it_leaves_only_the_record_and_disabled_people(demo: str) -> None:
    with pytest.raises(ConflictError, match="one of your own"):
        removal.remove()
    manage_accounts.add_person(SYSTEM, email="me@example.org", name="Me", is_admin=True)
    removal.remove()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT email FROM accounts_person WHERE is_active")
        assert cursor.fetchall() == [("me@example.org",)]
    rows = soundness.rows_of_tables()
    assert rows.pop("findings_clusterrun") == 1  # which recipe is in force; it was here before the demo
    left = {
        name: count for name, count in rows.items() if count and name.startswith(("inventory", "scans", "findings"))
    }
    assert not left
    assert not rows["policies_clock"]
    assert not rows["accounts_team"]
    assert rows["activity_activity"] > 10


def test_an_admin_removes_it_on_a_page_and_nothing_else_goes(demo: str, client: Client) -> None:
    boss = manage_accounts.add_person(SYSTEM, email="me@example.org", name="Me", is_admin=True)
    team = manage_accounts.add_team(SYSTEM, name="Ours")
    manage_accounts.add_member(SYSTEM, team_id=team, person_id=boss)
    inventory.create_asset(SYSTEM, "example.org/shop", kind=AssetKind.PROJECT)
    client.force_login(accounts.person(SYSTEM, boss))
    assert "The demo's data is here" in client.get("/docs/").content.decode()
    assert "Remove the demo" in client.get("/admin/demo/").content.decode()
    for _ in range(2):
        assert client.post("/admin/demo/remove/").status_code == 302
    assert "being removed" in client.get("/admin/demo/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [removal.JOB])
        assert cursor.fetchone() == (1,)
        tasks.remove_demo()
        tasks.remove_demo()
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert "no demo" in client.get("/admin/demo/").content.decode()
    assert "demo-bar" not in client.get("/docs/").content.decode()
    assert [asset.path for asset in assets.assets(SYSTEM)] == ["example.org", "example.org/shop"]
    assert [one.pk for one in accounts.teams(SYSTEM)] == [team]
    assert client.post("/admin/demo/remove/").status_code == 404


def test_only_who_manages_people_removes_it(demo: str, client: Client) -> None:
    member = accounts.person_with_email(SYSTEM, replay.MEMBER)
    client.force_login(member)
    assert "demo-bar" in client.get("/docs/").content.decode()
    assert client.get("/admin/demo/").status_code == 403
    assert client.post("/admin/demo/remove/").status_code == 403
    client.force_login(accounts.person_with_email(SYSTEM, replay.ADMIN))
    answer = client.post("/admin/demo/remove/")
    assert answer.status_code in (302, 409), "the demo's admin is the only one"
    assert removal.is_here()
