"""What people say about findings: who hears of it, who does not, and what hostile words do (T03, T19, T20)."""

from typing import Any

import pytest

from prodsec.accounts import queries as accounts
from prodsec.accounts import services as people_services
from prodsec.accounts.models import Person
from prodsec.accounts.tests.people import Door, person, session_door, team, token_door
from prodsec.accounts.types import SYSTEM, Scope
from prodsec.findings.models import Comment, CommentVersion, Finding, FindingEvent
from prodsec.findings.tests.record import ASSET, Weakness, import_report, sarif
from prodsec.findings.types import EventKind
from prodsec.inventory import services as inventory
from prodsec.notifications import services as notifications
from prodsec.notifications.models import Notice
from prodsec.notifications.types import NoticeKind, Subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def finding() -> Finding:
    """A finding of the red team."""
    import_report(sarif(Weakness()))
    found = Finding.objects.select_related("asset").get()
    inventory.set_owner(SYSTEM, found.asset_id, team("red").pk)
    Finding.objects.update(owner_team=team("red"))
    return Finding.objects.select_related("asset").get()


def told(reader: Person) -> list[tuple[str, str]]:
    return [(notice.kind, notice.title) for notice in Notice.objects.filter(person=reader).order_by("id")]


def say(door: Door, finding: Finding, body: str) -> int:
    answer = door.post(f"/findings/{finding.pk}/comments", {"body": body})
    assert answer.status_code == 201, answer.content
    return Comment.objects.latest("id").pk


def test_only_people_who_may_see_the_finding_are_told(finding: Finding) -> None:
    ada, bob, eve = person("ada", teams=("red",)), person("bob", teams=("red",)), person("eve", teams=("blue",))
    say(session_door(ada), finding, "Look at this, @bob and @eve.")
    assert (
        told(bob) == [("mention", "Ada mentions you on “Do not build SQL from input.”")] or told(bob)[0][0] == "mention"
    )
    assert told(eve) == []
    assert told(ada) == []


def test_only_people_who_may_see_the_finding_are_offered(finding: Finding) -> None:
    ada, _, _ = person("ada", teams=("red",)), person("adam", teams=("red",)), person("adele", teams=("blue",))
    door = session_door(ada)
    offered = door.get(f"/findings/{finding.pk}/people", text="ad").json()
    assert [one["handle"] for one in offered] == ["ada", "adam"]
    assert [one["handle"] for one in door.get(f"/findings/{finding.pk}/people", text="red").json()] == ["red"]
    assert door.get(f"/findings/{finding.pk}/people", text="blue").json() == []
    assert session_door(person("eve", teams=("blue",))).get(f"/findings/{finding.pk}/people").status_code == 404


def test_a_team_is_told_by_its_name_and_so_are_its_people_who_may_see_it(finding: Finding) -> None:
    ada, bob, eve = person("ada", teams=("red",)), person("bob", teams=("red",)), person("eve", teams=("blue",))
    say(session_door(ada), finding, "For @red, and not for @blue.")
    assert told(bob)[0][0] == "mention"
    assert told(eve) == []
    assert list(Notice.objects.filter(person=None).values_list("team__slug", "kind")) == [("red", "mention")]


def test_owners_workers_watchers_and_those_who_took_part_hear_of_a_comment(finding: Finding) -> None:
    ada, owner = person("ada", is_admin=True), person("owner", teams=("red",))
    for name in ("worker", "watcher", "talker", "stranger"):
        reader = person(name)
        people_services.add_grant(SYSTEM, role="viewer", person_id=reader.pk, asset_id=finding.asset_id)
    named = {reader.name.lower(): reader for reader in Person.objects.all()}
    Finding.objects.update(assignee=named["worker"])
    notifications.watch(accounts.viewer_of(named["watcher"]), Subject.ASSET, finding.asset.ancestors[0])
    say(session_door(named["talker"]), finding, "I was here first.")
    Notice.objects.all().delete()
    say(session_door(ada), finding, "Then I.")
    heard = {reader.name.lower() for reader in Person.objects.all() if told(reader)}
    assert heard == {"owner", "worker", "watcher", "talker"}
    assert told(owner)[0][0] == NoticeKind.COMMENT


def test_who_is_named_in_code_in_a_quote_or_in_an_address_is_not_told(finding: Finding) -> None:
    ada, bob = person("ada", is_admin=True), person("bob", is_admin=True)
    say(
        session_door(ada),
        finding,
        "`@bob`\n\n> @bob said so\n\n[x@bob](https://x.example/@bob) mail@bob @bob/types\n\n    @bob",
    )
    assert told(bob) == []


def test_a_change_keeps_what_was_said_tells_who_is_new_and_no_one_twice(finding: Finding) -> None:
    ada, bob, cy = (person(name, teams=("red",)) for name in ("ada", "bob", "cy"))
    door = session_door(ada)
    said = say(door, finding, "See @bob")
    changed = door.patch(f"/findings/{finding.pk}/comments/{said}", {"body": "See @bob and @cy"})
    assert changed.json()["body"] == "See @bob and @cy"
    assert [kind for kind, _ in told(bob)] == ["mention"]
    assert [kind for kind, _ in told(cy)] == ["comment", "mention"]
    assert Notice.objects.get(person=bob).body == "See @bob and @cy"
    versions = door.get(f"/findings/{finding.pk}/comments/{said}/versions").json()
    assert [version["body"] for version in versions] == ["See @bob"]
    assert FindingEvent.objects.filter(kind=EventKind.COMMENT_EDITED).count() == 1


def test_what_is_taken_back_is_gone_but_that_it_was(finding: Finding) -> None:
    ada, bob = person("ada", teams=("red",)), person("bob", teams=("red",))
    boss = session_door(person("boss", is_admin=True))
    door = session_door(ada)
    said = say(door, finding, "The password is marker-secret-1, @bob")
    assert door.delete(f"/findings/{finding.pk}/comments/{said}").status_code == 204
    page = door.client.get(f"/findings/{finding.pk}/").content.decode()
    listed = door.get(f"/findings/{finding.pk}/comments")
    assert "marker-secret-1" not in page + listed.content.decode()
    assert "took back what they had said" in page
    assert listed.json()[0]["is_removed"] is True
    assert told(bob) == []
    path = f"/findings/{finding.pk}/comments/{said}"
    assert door.get(f"{path}/versions").status_code == 404
    assert boss.get(f"{path}/versions").json()[0]["body"].startswith("The password")
    assert door.patch(path, {"body": "again"}).status_code == 404
    assert CommentVersion.objects.count() == 1


def test_nobody_changes_what_others_said(finding: Finding) -> None:
    ada, boss = person("ada", teams=("red",)), person("boss", is_admin=True)
    said = say(session_door(ada), finding, "Mine.")
    path = f"/findings/{finding.pk}/comments/{said}"
    assert session_door(boss).patch(path, {"body": "Ours."}).status_code == 403
    assert session_door(boss).delete(path).status_code == 403
    assert token_door(ada, scopes=frozenset({Scope.READ})).delete(path).status_code == 403
    assert Comment.objects.get().body == "Mine."


def test_a_comment_of_another_finding_is_not_found(finding: Finding) -> None:
    import_report(sarif(Weakness(rule="other")), asset=f"{ASSET}-2")
    other = Finding.objects.exclude(pk=finding.pk).get()
    door = session_door(person("boss", is_admin=True))
    said = say(door, finding, "Here.")
    assert door.patch(f"/findings/{other.pk}/comments/{said}", {"body": "There."}).status_code == 404


def test_an_answer_begins_with_what_it_answers(finding: Finding) -> None:
    ada = session_door(person("ada", teams=("red",)))
    said = say(ada, finding, "First line\nsecond <b>line</b>")
    page = ada.client.get(f"/findings/{finding.pk}/?quote={said}").content.decode()
    assert "&gt; First line\n&gt; second &lt;b&gt;line&lt;/b&gt;" in page
    assert ada.client.get(f"/findings/{finding.pk}/?quote=999999").status_code == 200


def test_the_preview_is_what_the_page_shows(finding: Finding) -> None:
    ada = session_door(person("ada", teams=("red",)))
    body = "**Seen** by @ada <script>alert(1)</script>"
    html = ada.post("/comments/preview", {"body": body}).json()["html"]
    part = ada.client.post("/findings/preview/", {"body": body}).content.decode()
    say(ada, finding, body)
    page = ada.client.get(f"/findings/{finding.pk}/").content.decode()
    assert html in part
    assert html in page
    assert "<strong>@ada</strong>" in html


# T19, T20

HOSTILE = (
    "<script>marker()</script>", "<img src=x onerror=marker()>", "<svg/onload=marker()>", "[a](javascript:marker())",
    "[a](JaVaScRiPt:marker())", "[a](java\nscript:marker())", "[a](&#106;avascript:marker())", "[a](data:text/html,marker)",
    "[a](vbscript:marker())", "[a](//evil.example)", "![a](https://evil.example/p.png)", "![a](javascript:marker())",
    "<a href='javascript:marker()'>a</a>", "<https://ok.example\">", '[a](https://ok.example/"onmouseover="marker())',
    "[a]: javascript:marker()\n\n[a]", "<iframe src=//evil.example></iframe>", "<style>*{x:url(//evil.example)}</style>",
    "[a](file:///etc/passwd)", "[a](\x01javascript:marker())", "\u202e<b>turned</b>", "{{ 7*7 }} {% now %}", "a\x00b",
)  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_comments_do_nothing_on_page_list_and_notices(finding: Finding, body: str) -> None:
    ada, bob = person("ada", teams=("red",)), person("bob", teams=("red",))
    door = session_door(ada)
    answer = door.post(f"/findings/{finding.pk}/comments", {"body": f"x {body} @bob"})
    if "\x00" in body:
        assert answer.status_code == 422
        return
    assert answer.status_code == 201
    pages = [door.client.get(f"/findings/{finding.pk}/"), session_door(bob).client.get("/notifications/")]
    for page in pages:
        check_harmless(page.content.decode())


NAMES = (
    "<script>marker()</script>",
    '"><img src=x onerror=marker()>',
    "'-marker()-'",
    "</textarea><script>marker()</script>",
)


@pytest.mark.parametrize("text", NAMES)
def test_hostile_names_titles_and_files_do_nothing(text: str) -> None:
    boss = person("boss", is_admin=True)
    import_report(sarif(Weakness(rule=text, text=text, file=f"src/{text}.py")))
    found = Finding.objects.get()
    people_services.create_person(SYSTEM, email="evil@acme.example", name=text, is_admin=True)
    evil = Person.objects.get(email="evil@acme.example")
    door = session_door(boss)
    say(session_door(evil), found, "Hello @boss")
    Finding.objects.update(assignee=evil)
    for path in (
        "/findings/",
        f"/findings/{found.pk}/",
        "/notifications/",
        f"/findings/{found.pk}/comments/{Comment.objects.get().pk}/",
    ):
        check_harmless(door.client.get(path).content.decode())
    assert told(boss)


def check_harmless(html: str) -> None:
    """No markup of a stranger's, no link that runs, nothing from elsewhere."""
    import lxml.html

    tree: Any = lxml.html.fromstring(html)
    assert not tree.xpath("//iframe | //svg[@onload] | //*[@onerror] | //*[@onmouseover] | //b[.='turned']")
    assert not [script for script in tree.xpath("//script") if not script.get("src")]
    assert not [style for style in tree.xpath("//style") if "evil" in (style.text or "")]
    for image in tree.xpath("//img/@src"):
        assert image.startswith("/static/")
    for link in tree.xpath("//a[@href]"):
        href = link.get("href").strip().lower()
        assert href.startswith(("/", "#", "?", "http://", "https://", "mailto:")), href
        assert not href.startswith("//"), href
        if href.startswith("http"):
            assert "noopener" in (link.get("rel") or ""), href
    assert "\u202e" not in html
