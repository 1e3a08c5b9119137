"""Links to set a password: they work once, tell nobody more than a name, and lie nowhere in clear (T08, T09)."""

import datetime
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from prodsec.accounts import services, tasks
from prodsec.accounts.models import PasswordLink, Person
from prodsec.accounts.services import password_links
from prodsec.accounts.tests.people import PASSWORD, Door, admin, person, session_door
from prodsec.accounts.types import SYSTEM
from prodsec.activity.models import Activity
from prodsec.kit import clock, jobs
from prodsec.kit.models import KeptAnswer

pytestmark = pytest.mark.django_db

NEW = "another harbour full of boats"


def invited(somebody: Person, door: Door | None = None) -> str:
    """The address of a link that an admin made on the page."""
    answer = (door or admin()).client.post(f"/admin/people/{somebody.pk}/invitation/")
    assert answer["Cache-Control"] == "no-store"
    found = re.search(r"/invitation/[\w-]+/", answer.content.decode())
    assert found, answer.content
    return found[0]


def test_somebody_sets_their_first_password_and_is_in() -> None:
    amy, door = person("amy"), admin()
    link, client = invited(amy, door), Client()
    page = client.get(link).content.decode()
    assert "Amy" in page
    assert "amy@acme.example" not in page
    assert client.post(link, {"password": NEW}).status_code == 302
    assert client.get("/api/v1/me").json()["person"]["email"] == "amy@acme.example"
    told = list(Activity.objects.order_by("id").values_list("action", "actor_id"))
    assert told == [("person.invited", door.viewer.person_id), ("person.password_set", amy.pk), ("person.signed_in", amy.pk)]  # fmt: skip
    for again in (client.get(link), client.post(link, {"password": PASSWORD})):
        assert again.status_code == 404
        assert "This link was used, is too old, or is not ours." in again.content.decode()
    amy.refresh_from_db()
    assert amy.check_password(NEW)


def test_a_weak_password_does_not_use_the_link_up() -> None:
    link = invited(person("amy"))
    for weak in ("short", "amy@acme.example", "password1234"):
        answer = Client().post(link, {"password": weak})
        assert answer.status_code == 200
        assert answer.context["form"].errors
    assert Client().post(link, {"password": NEW}).status_code == 302


def test_a_link_ends_after_a_week_or_with_the_next_one_or_with_its_person() -> None:
    amy = person("amy")
    first = invited(amy)
    with clock.set_to(clock.now() + datetime.timedelta(days=8)):
        assert Client().get(first).status_code == 404
    second = invited(amy)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    services.change_person(SYSTEM, amy.pk, is_active=False)
    assert Client().get(second).status_code == 404


def test_the_link_lies_nowhere_in_clear(caplog: Any) -> None:
    amy, door = person("amy"), admin()
    link = invited(amy, door)
    text = link.split("/")[2]
    sinks = [str(PasswordLink.objects.values()), str(Activity.objects.values()), caplog.text]
    sinks += [door.client.get(f"/admin/people/{amy.pk}/sign-in/").content.decode(), str(door.get("/activity").content)]
    assert not [sink for sink in sinks if text in sink]


def test_a_new_password_ends_the_sessions_before() -> None:
    amy = person("amy", password=PASSWORD)
    before = Client()
    before.post("/accounts/login/", {"login": amy.email, "password": PASSWORD})
    assert before.get("/api/v1/me").status_code == 200
    Client().post(invited(amy), {"password": NEW})
    assert before.get("/api/v1/me").status_code == 401


def test_only_who_manages_people_makes_links() -> None:
    amy, boss = person("amy"), person("boss", is_admin=True)
    for asking in (session_door(person("eve")), session_door(amy)):
        asking.client.post(f"/admin/people/{boss.pk}/invitation/")
    assert not PasswordLink.objects.exists()


def test_a_link_goes_out_by_mail_and_lies_in_no_queue(settings: Any) -> None:
    settings.PRODSEC_EMAIL_FROM = "prodsec@acme.example"
    amy, door = person("amy"), admin()
    assert door.client.post(f"/admin/people/{amy.pk}/invitation/send/").status_code == 302
    (job,) = [row for row in jobs.newest(10) if row.task == password_links.SEND_LINK]
    assert job.arguments == {"email": "amy@acme.example", "purpose": "invitation"}
    tasks.send_password_link(**job.arguments)
    (message,) = mail.outbox
    link = re.search(r"/invitation/[\w-]+/", str(message.body))
    assert (message.to, bool(link)) == (["amy@acme.example"], True)
    assert link
    assert Client().post(link[0], {"password": NEW}).status_code == 302


def test_without_a_mail_server_pages_say_so() -> None:
    amy, door = person("amy"), admin()
    door.client.post(f"/admin/people/{amy.pk}/invitation/send/")
    assert not jobs.newest(10)
    assert "sends no mail" in door.client.get(f"/admin/people/{amy.pk}/sign-in/").content.decode()
    reset = Client().get("/accounts/password/reset/")
    assert (reset.status_code, "it sends no mail" in reset.content.decode()) == (404, True)


def test_a_lost_password_is_answered_alike_for_known_and_unknown_people(settings: Any) -> None:
    """T08: the same words, the same status, the same work in the request."""
    settings.PRODSEC_EMAIL_FROM = "prodsec@acme.example"
    person("amy", password=PASSWORD)
    answers = []
    for email in ("amy@acme.example", "eve@acme.example"):
        answer = Client().post("/accounts/password/reset/", {"email": email})
        answers.append((answer.status_code, answer.content.decode().replace(email, "…")))
    assert answers[0] == answers[1]
    asked = [row.arguments for row in jobs.newest(10)]
    assert len(asked) == 2
    for arguments in asked:
        tasks.send_password_link(**arguments)
    assert [message.to for message in mail.outbox] == [["amy@acme.example"]]
    late = clock.now() + datetime.timedelta(hours=2)
    link = re.search(r"/invitation/[\w-]+/", str(mail.outbox[0].body))
    assert link
    with clock.set_to(late):
        assert Client().get(link[0]).status_code == 404


def test_lost_passwords_are_not_asked_for_at_speed(settings: Any) -> None:
    settings.PRODSEC_EMAIL_FROM = "prodsec@acme.example"
    statuses = [Client().post("/accounts/password/reset/", {"email": "amy@acme.example"}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_the_api_makes_a_link_and_shows_it_once() -> None:
    amy, door = person("amy"), admin()
    key = {"Idempotency-Key": "once"}
    path = f"/api/v1/people/{amy.pk}/invitation"
    answer = door.client.post(path, content_type="application/json", headers=key)
    assert answer.status_code == 201
    again = door.client.post(path, content_type="application/json", headers=key)
    assert again.status_code == 409
    kept = [bytes(row.body or b"") for row in KeptAnswer.objects.all()]
    assert kept == [b""]
    link = re.search(r"/invitation/[\w-]+/", answer.json()["url"])
    assert link
    assert Client().post(link[0], {"password": NEW}).status_code == 302
