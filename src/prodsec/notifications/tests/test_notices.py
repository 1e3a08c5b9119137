"""Notices in the product: what a person sees of them, and what makes them (T03, T25)."""

import datetime

import pytest

from prodsec.accounts import queries as accounts
from prodsec.accounts import services as people_services
from prodsec.accounts.tests.people import person, session_door, team, token_door
from prodsec.accounts.types import SYSTEM, Scope
from prodsec.findings import services as findings
from prodsec.findings.models import Finding
from prodsec.findings.tests.record import ASSET, Weakness, import_report, sarif
from prodsec.flows import manage_accounts
from prodsec.inventory import services as inventory
from prodsec.kit import clock
from prodsec.notifications import services as notifications
from prodsec.notifications.models import Notice
from prodsec.notifications.tests.receivers import Chat
from prodsec.notifications.tests.telling import asset, channel, deliver, tell
from prodsec.notifications.types import NoticeKind, Subject
from prodsec.policies import tasks as policies

pytestmark = pytest.mark.django_db
YEAR = datetime.timedelta(days=366)


def imported(*rows: Weakness, path: str = ASSET) -> list[Finding]:
    """Findings of the red team."""
    import_report(sarif(*rows), asset=path)
    found = list(Finding.objects.select_related("asset").filter(asset__path=path).order_by("id"))
    inventory.set_owner(SYSTEM, found[0].asset_id, team("red").pk)
    Finding.objects.filter(asset__path=path).update(owner_team=team("red"))
    return found


def test_a_person_sees_notices_of_what_they_can_still_see() -> None:
    ada = person("ada", teams=("red",))
    own = asset("acme/red", "red")
    tell(ada.pk, title="of ours", asset_id=own.pk)
    tell(ada.pk, title="of nothing hidden")
    door = session_door(ada)
    assert len(door.get("/notifications").json()["items"]) == 2
    assert b"2 notices not read" in door.client.get("/").content
    boss = accounts.viewer_of(person("boss", is_admin=True))
    manage_accounts.remove_member(boss, team_id=team("red").pk, person_id=ada.pk)
    seen = [notice["title"] for notice in door.get("/notifications").json()["items"]]
    assert seen == ["of nothing hidden"]
    assert b"1 notice not read" in door.client.get("/").content
    assert b"of ours" not in door.client.get("/notifications/?show=all").content
    assert door.post("/notifications/read_all").json() == {"changed": 1}


def test_nobody_sees_or_changes_the_notices_of_others() -> None:
    ada, eve = person("ada"), person("eve", is_admin=True)
    tell(ada.pk)
    notice = Notice.objects.get()
    door = session_door(eve)
    assert door.get("/notifications").json()["items"] == []
    assert door.post("/notifications/read", {"notices": [notice.pk]}).json() == {"changed": 0}
    door.client.post("/notifications/read/", {"notice": notice.pk})
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_token_for_a_subtree_sees_what_is_about_its_assets() -> None:
    ada = person("ada", is_admin=True)
    red, blue = asset("acme/red"), asset("acme/blue")
    for title, about in (("red", red.pk), ("blue", blue.pk), ("neither", None)):
        tell(ada.pk, title=title, asset_id=about)
    door = token_door(ada, scopes=frozenset({Scope.READ}), subtree="acme/red")
    assert [notice["title"] for notice in door.get("/notifications").json()["items"]] == ["red"]


def test_reading_and_unreading_and_paging() -> None:
    ada = person("ada")
    for number in range(5):
        tell(ada.pk, title=f"number {number}")
    door = session_door(ada)
    first = door.get("/notifications", limit=2).json()
    assert [notice["title"] for notice in first["items"]] == ["number 4", "number 3"]
    second = door.get("/notifications", limit=2, cursor=first["next"]).json()
    assert [notice["title"] for notice in second["items"]] == ["number 2", "number 1"]
    ids = [notice["id"] for notice in first["items"]]
    assert door.post("/notifications/read", {"notices": ids}).json() == {"changed": 2}
    assert len(door.get("/notifications", unread=True).json()["items"]) == 3
    assert door.post("/notifications/unread", {"notices": ids}).json() == {"changed": 2}
    page = door.client.get("/notifications/").content.decode()
    assert page.count("data-notice=") == 5


def test_the_same_thing_is_told_once() -> None:
    ada, red = person("ada"), team("red")
    assert tell(ada.pk, teams=(red.pk,), key="x:1") == 2
    assert tell(ada.pk, teams=(red.pk,), key="x:1") == 0
    assert tell(person("bob").pk, ada.pk, key="x:1") == 1


def test_each_breach_is_told_once_and_again_for_another_date(chat: Chat) -> None:
    ada = person("ada", teams=("red",))
    channel(team("red").pk, chat.address)
    imported(Weakness(), Weakness(rule="b", file="b.py", text="B"), Weakness(rule="c", file="c.py", text="C"))
    with clock.set_to(clock.now() + YEAR):
        policies.tell_breaches(0)
        policies.tell_breaches(0)
    (notice,) = Notice.objects.filter(person=ada)
    assert (notice.kind, notice.count, notice.place) == (NoticeKind.BREACH, 3, ASSET)
    assert notice.link.startswith("/findings/?asset=")
    deliver(at=clock.now() + YEAR)
    assert [post["title"] for post in chat.posts] == [f"Prodsec: 3 high findings of {ASSET} are past their due date"]
    moved = Finding.objects.order_by("id")[0]
    Finding.objects.filter(pk=moved.pk).update(due_at=moved.due_at + YEAR)  # type: ignore[operator]
    with clock.set_to(clock.now() + 3 * YEAR):
        policies.tell_breaches(0)
    assert Notice.objects.filter(person=ada).count() == 2
    assert Notice.objects.filter(person=ada).latest("id").link == f"/findings/{moved.pk}/"


def test_the_page_that_a_breach_leads_to_shows_these_findings() -> None:
    ada = person("ada", teams=("red",))
    imported(Weakness(), Weakness(rule="b", file="b.py", text="B"))
    with clock.set_to(clock.now() + YEAR):
        policies.tell_breaches(0)
        door = session_door(ada)
        page = door.client.get(Notice.objects.get(person=ada).link)
    assert page.status_code == 200
    assert page.content.decode().count("/findings/") > 2
    assert b"Do not build SQL" in page.content


def test_who_watches_hears_of_a_breach_below_if_they_may_see_it() -> None:
    watcher, stranger = person("watcher"), person("stranger")
    (found,) = imported(Weakness())
    for reader in (watcher, stranger):
        notifications.watch(accounts.viewer_of(reader), Subject.ASSET, found.asset.ancestors[0])
    people_services.add_grant(SYSTEM, role="viewer", person_id=watcher.pk, asset_id=found.asset_id)
    with clock.set_to(clock.now() + YEAR):
        policies.tell_breaches(0)
    assert Notice.objects.filter(person=watcher, kind=NoticeKind.BREACH).count() == 1
    assert not Notice.objects.filter(person=stranger).exists()


def test_whom_findings_are_given_to_is_told_once() -> None:
    boss, ada = person("boss", is_admin=True), person("ada", teams=("red",))
    found = imported(Weakness(), Weakness(rule="b", file="b.py", text="B"))
    viewer = accounts.viewer_of(boss)
    findings.assign(viewer, [found[0].pk], ada.pk)
    findings.assign(viewer, [found[0].pk], ada.pk)
    findings.assign(viewer, [one.pk for one in found], ada.pk)
    kinds = list(Notice.objects.filter(person=ada).order_by("id").values_list("kind", "object_type", "count"))
    assert kinds[0] == ("assigned", "finding", 1)
    assert len(kinds) == 2
    findings.assign(accounts.viewer_of(ada), [found[0].pk], None)
    findings.assign(accounts.viewer_of(ada), [found[0].pk], ada.pk)
    assert Notice.objects.filter(person=ada).count() == 2, "Who takes something is not told."


def test_an_import_that_fails_is_told_to_who_sent_it_and_to_the_owners() -> None:
    from prodsec.scans import services as scans
    from prodsec.scans import tasks

    ada, owner, eve = person("ada", is_admin=True), person("owner", teams=("red",)), person("eve", teams=("blue",))
    made = asset("acme/red", "red")
    import io

    scan_id = scans.receive_report(
        accounts.viewer_of(ada), stream=io.BytesIO(b"nonsense"), file_name="x.bin", asset_path=made.path, queued=False
    )
    tasks.import_now(scan_id)
    for reader in (ada, owner):
        notice = Notice.objects.get(person=reader)
        assert (notice.kind, notice.link) == (NoticeKind.IMPORT_FAILED, f"/imports/{scan_id}/")
    assert not Notice.objects.filter(person=eve).exists()


def test_watching_what_one_cannot_see_is_not_found() -> None:
    (found,) = imported(Weakness())
    door = session_door(person("eve", teams=("blue",)))
    assert door.put(f"/watches/finding/{found.pk}").status_code == 404
    assert door.put(f"/watches/asset/{found.asset_id}").status_code == 404
    assert door.client.post("/notifications/watch/", {"subject": "finding", "id": found.pk}).status_code == 404
    assert door.get("/watches").json() == []


def test_the_button_watches_and_stops() -> None:
    ada = person("ada", teams=("red",))
    (found,) = imported(Weakness())
    door = session_door(ada)
    for subject, number, page in (
        ("finding", found.pk, f"/findings/{found.pk}/"),
        ("asset", found.asset_id, f"/assets/{found.asset_id}/"),
    ):
        assert b"Watching" not in door.client.get(page).content
        door.client.post("/notifications/watch/", {"subject": subject, "id": number})
        assert b"Watching" in door.client.get(page).content
    assert len(door.get("/watches").json()) == 2
    assert b"Watch Do not build SQL" in door.client.get("/notifications/settings/").content
    door.client.post("/notifications/watch/", {"subject": "finding", "id": found.pk, "stop": "yes"})
    assert [watch["subject"] for watch in door.get("/watches").json()] == ["asset"]


@pytest.mark.parametrize(
    "given",
    [
        {"pace": "never"}, {"zone": "Mars/Phobos"}, {"weekday": 7}, {"quiet_from": "22:00:00"}, {"kinds": ["gossip"]},
        {"at": "25:00"}, {"strange": 1},
    ],
)  # fmt: skip
def test_wishes_that_make_no_sense_are_refused(given: dict[str, object]) -> None:
    door = session_door(person("ada"))
    assert door.put("/notifications/settings", {"kinds": ["mention"], **given}).status_code == 422


def test_wishes_come_back_as_they_were_chosen() -> None:
    door = session_door(person("ada"))
    wanted = {
        "kinds": ["mention", "comment"], "pace": "weekly", "at": "07:30:00", "weekday": 4, "zone": "Asia/Kathmandu",
        "quiet_from": "22:00:00", "quiet_until": "06:30:00", "is_on": True,
    }  # fmt: skip
    assert door.put("/notifications/settings", wanted).json() == wanted
    assert door.get("/notifications/settings").json() == wanted
    page = door.client.get("/notifications/settings/").content.decode()
    assert '<option value="Asia/Kathmandu" selected>' in page
    assert 'value="22:00"' in page


def test_the_page_saves_what_was_chosen() -> None:
    door = session_door(person("ada"))
    form = {
        "is_on": "on", "kinds": ["mention"], "pace": "daily", "at": "09:00", "weekday": "0", "zone": "Europe/Berlin",
        "quiet_from": "", "quiet_until": "",
    }  # fmt: skip
    assert door.client.post("/notifications/settings/", form).status_code == 302
    assert door.get("/notifications/settings").json()["kinds"] == ["mention"]
    wrong = door.client.post("/notifications/settings/", {**form, "quiet_from": "22:00"})
    assert b"Quiet hours have a beginning and an end." in wrong.content
