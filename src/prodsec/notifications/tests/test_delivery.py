"""Messages go out: to whom, when, once, and with what they may see (T03, T09, T19, T23, T25)."""

import datetime
import json
from typing import Any

import pytest
from django.db import connection, transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.tests.people import session_door
from prodsec.accounts.types import SYSTEM
from prodsec.activity.models import Activity
from prodsec.flows import manage_accounts
from prodsec.inventory import services as inventory
from prodsec.kit import clock
from prodsec.notifications import services as notifications
from prodsec.notifications import tasks
from prodsec.notifications.models import Channel, Delivery, Line, Notice
from prodsec.notifications.tests.receivers import Chat, Mailbox
from prodsec.notifications.tests.telling import (
    ALL,
    NOON,
    asset,
    channel,
    deliver,
    person,
    states,
    team,
    tell,
    waiting,
)
from prodsec.notifications.types import DeliveryState, NoticeKind, Pace, Rhythm, Wishes
from prodsec.vocabulary.severity import Severity

pytestmark = pytest.mark.django_db
MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)


def test_a_mention_comes_at_once_and_a_comment_with_the_digest_of_the_day(mailbox: Mailbox) -> None:
    ada = person("ada")
    with clock.set_to(NOON):
        tell(ada.pk)
        tell(ada.pk, kind=NoticeKind.COMMENT, title="Bob says something")
        tell(ada.pk, kind=NoticeKind.ASSIGNED, title="Bob gives you work")
    assert len(deliver(at=NOON + MINUTE)) == 1
    assert [letter.message["Subject"] for letter in mailbox.letters] == ["Prodsec: Ada mentions you"]
    assert mailbox.letters[0].to == "ada@acme.example"
    assert "https://prodsec.acme.example/findings/1/" in mailbox.letters[0].text
    assert deliver(at=NOON + 19 * HOUR) == []
    deliver(at=NOON + 21 * HOUR)
    assert mailbox.letters[1].message["Subject"] == "Prodsec: 2 notices"
    assert "Bob says something" in mailbox.letters[1].text
    assert "Bob gives you work" in mailbox.letters[1].html


def test_quiet_hours_hold_back_what_is_urgent_and_deliver_it_afterwards(mailbox: Mailbox) -> None:
    ada = person("ada")
    quiet = Rhythm(Pace.AT_ONCE, zone="Europe/Berlin", quiet_from=datetime.time(12), quiet_until=datetime.time(14))
    notifications.set_own_wishes(accounts.viewer_of(ada), Wishes(frozenset(NoticeKind), quiet))
    with clock.set_to(NOON):  # 13:00 in Berlin
        tell(ada.pk)
    assert deliver(at=NOON + 30 * MINUTE) == []
    deliver(at=NOON + HOUR)
    assert len(mailbox.letters) == 1


def test_nobody_is_told_what_they_did_themselves_nor_who_cannot_sign_in(mailbox: Mailbox) -> None:
    ada, gone = person("ada"), person("gone")
    manage_accounts.change_person(accounts.viewer_of(person("boss", is_admin=True)), gone.pk, is_active=False)
    assert tell(ada.pk, gone.pk, by=accounts.viewer_of(ada)) == 0
    assert not Notice.objects.exists()


def test_nothing_is_asked_where_nothing_was_set_up(settings: Any) -> None:
    settings.PRODSEC_EMAIL_FROM = ""
    ada = person("ada")
    tell(ada.pk, teams=(team("red").pk,))
    assert Notice.objects.count() == 2
    assert not Line.objects.exists()
    assert deliver() == []


def test_only_chosen_kinds_reach_a_channel(chat: Chat) -> None:
    red = team("red")
    channel(red.pk, chat.address, Wishes(frozenset({NoticeKind.BREACH}), Rhythm()))
    tell(teams=(red.pk,), kind=NoticeKind.COMMENT)
    tell(teams=(red.pk,), kind=NoticeKind.BREACH, title="2 findings are overdue")
    deliver()
    assert [post["title"] for post in chat.posts] == ["Prodsec: 2 findings are overdue"]


def test_a_team_hears_only_what_its_roles_reach_when_it_is_sent(chat: Chat) -> None:
    red = team("red")
    own, foreign = asset("acme/red", "red"), asset("acme/blue", "blue")
    channel(red.pk, chat.address)
    tell(teams=(red.pk,), title="of ours", asset_id=own.pk, place=own.path)
    tell(teams=(red.pk,), title="of theirs", asset_id=foreign.pk, place=foreign.path)
    deliver()
    assert "of ours" in chat.posts[0]["message"]
    assert "of theirs" not in json.dumps(chat.posts)
    assert "blue" not in json.dumps(chat.posts)


def test_what_its_reader_may_see_no_more_is_not_sent(mailbox: Mailbox) -> None:
    ada, own = person("ada", teams=("red",)), asset("acme/red", "red")
    tell(ada.pk, asset_id=own.pk)
    manage_accounts.remove_member(
        accounts.viewer_of(person("boss", is_admin=True)), team_id=team("red").pk, person_id=ada.pk
    )
    deliver()
    assert mailbox.letters == []
    assert states() == [DeliveryState.EMPTY]


def test_a_digest_counts_by_asset_and_severity_the_worst_first(chat: Chat) -> None:
    red = team("red")
    channel(red.pk, chat.address, Wishes(frozenset(NoticeKind), Rhythm(Pace.HOURLY)))
    for path, severity, count in (
        ("acme/web", Severity.LOW, 4),
        ("acme/api", Severity.HIGH, 1),
        ("acme/api", Severity.CRITICAL, 2),
    ):
        tell(
            teams=(red.pk,), kind=NoticeKind.VIEW_CHANGED, title=f"{count} {severity.word}", place=path,
            severity=severity, count=count,
        )  # fmt: skip
    deliver(at=clock.now() + HOUR)
    text = chat.posts[0]["message"]
    assert text.index("acme/api: 2 critical, 1 high") < text.index("acme/web: 4 low")
    assert text.index("2 critical") < text.index("- 1 high")


def test_a_long_digest_says_how_much_it_leaves_out(mailbox: Mailbox) -> None:
    ada = person("ada")
    for number in range(25):
        tell(ada.pk, kind=NoticeKind.COMMENT, title=f"said {number}")
    deliver(at=clock.now() + 24 * HOUR)
    assert "and 5 more" in mailbox.letters[0].text
    assert "and 5 more" in mailbox.letters[0].html
    assert mailbox.letters[0].message["Subject"] == "Prodsec: 25 notices"


# T25


def test_the_same_job_twice_sends_once(mailbox: Mailbox) -> None:
    tell(person("ada").pk)
    (delivery,) = deliver()
    tasks.send(delivery)
    tasks.send(delivery)
    deliver(at=clock.now() + HOUR)
    assert len(mailbox.letters) == 1
    assert states() == [DeliveryState.SENT]


def test_a_job_that_was_lost_is_missed_and_run_again(mailbox: Mailbox) -> None:
    tell(person("ada").pk)
    first = notifications.collect_due()
    assert notifications.collect_due() == []
    assert deliver(at=clock.now() + 16 * MINUTE) == first
    assert len(mailbox.letters) == 1


def test_a_connection_that_breaks_is_tried_again_under_the_same_name(mailbox: Mailbox) -> None:
    tell(person("ada").pk)
    mailbox.hangs_up = True
    deliver()
    assert states() == [DeliveryState.WAITING]
    assert Delivery.objects.get().doubts == 1, "It hung up after it had all of the message."
    mailbox.hangs_up = False
    deliver(at=clock.now() + 2 * MINUTE)
    assert states() == [DeliveryState.SENT]
    (letter,) = mailbox.letters
    assert "This message may have come before" in letter.text
    assert "This message may have come before" in letter.html
    assert letter.message["Message-ID"] == f"<delivery-{Delivery.objects.get().pk}@acme.example>"


def test_a_message_that_was_refused_or_never_asked_leaves_no_doubt(chat: Chat) -> None:
    red = team("red")
    channel(red.pk, chat.address)
    channel(red.pk, "json://127.0.0.1:1/hook")
    chat.status = 500
    tell(teams=(red.pk,))
    deliver()
    chat.status = 200
    deliver(at=clock.now() + 2 * MINUTE)
    assert [(row.attempts, row.doubts, row.asked_at) for row in Delivery.objects.order_by("id")] == [
        (1, 0, None),
        (2, 0, None),
    ]
    assert chat.posts[0] == chat.posts[1]
    assert chat.headers[0]["Idempotency-Key"] == chat.headers[1]["Idempotency-Key"]


def test_an_attempt_without_an_answer_is_a_doubt_whatever_becomes_of_the_message(chat: Chat) -> None:
    """Whoever asked is gone; meanwhile the team's roles reach no more of what was told."""
    red, own = team("red"), asset("acme/red", "red")
    made = channel(red.pk, chat.address)
    tell(teams=(red.pk,), asset_id=own.pk, place=own.path)
    (delivery,) = notifications.collect_due()
    notifications.begun(delivery)
    inventory.set_owner(SYSTEM, own.pk, None)
    tasks.send(delivery)
    row = Delivery.objects.get()
    assert (row.state, row.doubts, chat.posts) == (DeliveryState.EMPTY, 1, [])
    page = session_door(person("boss", is_admin=True)).client.get(f"/notifications/channels/{made}/").content.decode()
    assert "Its reader may see none of it any more." in page
    assert "May have come already: 1 attempt ended without an answer." in page


def test_everybody_sees_how_their_own_messages_went(mailbox: Mailbox) -> None:
    ada = person("ada")
    tell(ada.pk)
    mailbox.hangs_up = True
    deliver()
    page = session_door(ada).client.get("/notifications/settings/").content.decode()
    assert "May have come already: 1 attempt ended without an answer." in page
    assert "Last messages" in session_door(person("eve")).client.get("/notifications/settings/").content.decode()


def test_a_dead_channel_is_shown_blocks_nobody_and_comes_back(chat: Chat, mailbox: Mailbox) -> None:
    red = team("red")
    dead, living = channel(red.pk, "json://127.0.0.1:1/hook"), channel(red.pk, chat.address)
    tell(teams=(red.pk,))
    now = clock.now()
    for _ in range(12):
        deliver(at=now)
        now += 5 * HOUR
    assert len(chat.posts) == 1
    row = Channel.objects.get(pk=dead)
    assert row.dead_at is not None
    assert row.failing_since is not None
    assert "cannot be reached" in row.last_error
    assert Channel.objects.get(pk=living).last_error == ""
    tell(teams=(red.pk,), title="later")
    assert waiting() == 2
    boss = accounts.viewer_of(person("boss", is_admin=True))
    notifications.change_channel(boss, dead, address=f"json://127.0.0.1:{chat.port}/other")
    deliver(at=now)
    # Both that wait for it, and the later one that the living channel has too.
    assert sorted(post["title"] for post in chat.posts) == [
        "Prodsec: Ada mentions you", "Prodsec: Ada mentions you", "Prodsec: later", "Prodsec: later",
    ]  # fmt: skip


def test_a_test_message_revives_a_channel_and_tells_how_it_went(chat: Chat) -> None:
    made = channel(team("red").pk, chat.address)
    chat.status = 404
    tasks.send_test(made)
    assert "answered 404" in Channel.objects.get(pk=made).last_error
    Channel.objects.filter(pk=made).update(dead_at=clock.now())
    chat.status = 200
    tasks.send_test(made)
    row = Channel.objects.get(pk=made)
    assert (row.dead_at, row.last_error) == (None, "")
    assert row.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_test_message_is_sent_as_a_worker_does_it_outside_of_any_transaction(chat: Chat) -> None:
    with transaction.atomic():
        made = channel(team("red").pk, chat.address)
    tasks.send_test(made)
    assert [post["title"] for post in chat.posts] == ["Prodsec: a test message"]
    assert Channel.objects.get(pk=made).sent_at is not None


def test_a_refused_recipient_is_told_with_the_code_alone(mailbox: Mailbox) -> None:
    made = channel(team("red").pk, "list@acme.example")
    mailbox.answer = "550 list@acme.example is unknown here"
    tasks.send_test(made)
    assert Channel.objects.get(pk=made).last_error == "The mail server refused this recipient (code 550)."


# T09


def test_the_address_of_a_channel_is_nowhere_to_be_read(
    chat: Chat, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    boss = session_door(person("boss", is_admin=True))
    red = team("red")
    body = {"name": "Chat", "address": chat.address, "wishes": {"kinds": ["mention"]}}
    made = boss.post(f"/teams/{red.pk}/channels", body)
    assert made.status_code == 201, made.content
    chat.status = 500
    tell(teams=(red.pk,))
    deliver()
    told = [made.content, boss.get(f"/teams/{red.pk}/channels").content]
    told += [boss.client.get(page).content for page in (
        f"/notifications/teams/{red.pk}/", f"/notifications/channels/{made.json()['id']}/", "/admin/channels/",
        "/admin/activity/", "/admin/jobs/",
    )]  # fmt: skip
    told += [boss.post(f"/teams/{red.pk}/channels", {**body, "address": "file:///marker-secret-9876"}).content]
    told += [json.dumps(list(Activity.objects.values_list("details", flat=True))).encode()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(args::text, ' '), '') FROM procrastinate_jobs")
        told += [cursor.fetchone()[0].encode()]
    told += [bytes(Channel.objects.get().sealed), caplog.text.encode(), *(text.encode() for text in capfd.readouterr())]
    assert not [text for text in told if b"marker-secret" in text]
    assert made.json()["tail"] == "9876"


def test_an_address_is_sealed_for_its_own_row(chat: Chat) -> None:
    red = team("red")
    first, second = channel(red.pk, chat.address), channel(red.pk, "jsons://other.example/x")
    Channel.objects.filter(pk=second).update(sealed=bytes(Channel.objects.get(pk=first).sealed))
    tasks.send_test(second)
    assert chat.posts == []
    assert "enter it again" in Channel.objects.get(pk=second).last_error


# T19, T20: what strangers wrote, in messages.

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "one\r\nBcc: everybody@evil.example",
    "@channel @everyone <!here> [safe](javascript:alert(1))",
    "abc\u202ecod.exe\u2066",
    "аpple.example \x00 \x1b[31m",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_titles_do_nothing_in_mail_and_chat(mailbox: Mailbox, chat: Chat, text: str) -> None:
    ada, red = person("ada"), team("red")
    channel(red.pk, chat.address)
    tell(ada.pk, teams=(red.pk,), title=text.replace("\x00", ""), body=text, place=text.replace("\x00", ""))
    deliver()
    (letter,) = mailbox.letters
    assert letter.message["Bcc"] is None
    assert "\n" not in letter.message["Subject"]
    assert "<script" not in letter.html
    assert "<img" not in letter.html
    assert "\u202e" not in letter.message["Subject"]
    (post,) = chat.posts
    for call in ("@channel", "@everyone", "<!here>", "](javascript"):
        assert call not in post["title"] + post["message"]


def test_mail_fetches_nothing_and_names_the_way_out(mailbox: Mailbox) -> None:
    tell(person("ada").pk)
    deliver()
    (letter,) = mailbox.letters
    assert "src=" not in letter.html
    assert "url(" not in letter.html
    assert letter.message["List-Unsubscribe"] == "<https://prodsec.acme.example/notifications/settings/>"
    assert "/notifications/settings/" in letter.text


def test_what_is_old_is_forgotten() -> None:
    ada = person("ada")
    with clock.set_to(NOON):
        tell(ada.pk)
    assert ALL.is_on
    tell(ada.pk, title="new")
    tasks.forget_old(0)
    assert [notice.title for notice in Notice.objects.all()] == ["new"]
