"""Sessions: listed, ended one by one or together, ended by what makes them unsafe; and the way in leads nowhere else."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from prodsec.accounts.models import Person
from prodsec.accounts.rules.browsers import browser_of
from prodsec.accounts.tests.people import PASSWORD, admin, person
from prodsec.activity.models import Activity

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
NEW = "another harbour full of boats"


def browser(somebody: Person) -> Client:
    """A browser that signed in."""
    client = Client()
    assert client.post(LOGIN, {"login": somebody.email, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/api/v1/me").status_code == 200)


def test_one_session_is_ended_and_then_all_others() -> None:
    amy = person("amy", password=PASSWORD)
    here, there, elsewhere = browser(amy), browser(amy), browser(amy)
    first = UserSession.objects.get(session_key=there.session.session_key)
    assert here.get("/account/").content.decode().count("/end/") == 2
    assert here.post(f"/account/sessions/{first.pk}/end/").status_code == 302
    assert [is_in(client) for client in (here, there, elsewhere)] == [True, False, True]
    here.post("/account/sessions/end-others/")
    assert [is_in(client) for client in (here, there, elsewhere)] == [True, False, False]
    told = Activity.objects.exclude(action="person.signed_in").order_by("id").values_list("action", "details")
    assert list(told) == [("person.sessions_ended", {"sessions": 1})] * 2


def test_nobody_ends_somebody_elses_session() -> None:
    amy, eve = browser(person("amy", password=PASSWORD)), browser(person("eve", password=PASSWORD))
    row = UserSession.objects.get(session_key=amy.session.session_key)
    assert eve.post(f"/account/sessions/{row.pk}/end/").status_code == 404
    eve.post("/account/sessions/end-others/")
    assert is_in(amy)


def test_a_changed_password_ends_the_other_sessions_and_is_told() -> None:
    amy = person("amy", password=PASSWORD)
    here, there = browser(amy), browser(amy)
    body = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/accounts/password/change/", body).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert UserSession.objects.filter(user=amy).count() == 1
    (told,) = Activity.objects.exclude(action="person.signed_in")
    assert (told.action, told.actor_id, told.details) == ("person.password_changed", amy.pk, {})


def test_who_is_disabled_is_out_at_once_and_stays_out_when_let_in_again() -> None:
    amy, door = person("amy", password=PASSWORD), admin()
    client = browser(amy)
    door.patch(f"/people/{amy.pk}", {"is_active": False})
    assert not is_in(client)
    door.patch(f"/people/{amy.pk}", {"is_active": True})
    assert not is_in(client)


def test_an_admin_signs_somebody_out_everywhere() -> None:
    amy, door = person("amy", password=PASSWORD), admin()
    client = browser(amy)
    assert door.client.post(f"/admin/people/{amy.pk}/sessions/end/").status_code == 302
    assert not is_in(client)
    assert Activity.objects.get(action="person.sessions_ended").object_id == str(amy.pk)


def test_signing_in_changes_the_session_key() -> None:
    amy, client = person("amy", password=PASSWORD), Client()
    client.get(LOGIN)
    planted = client.session
    planted["planted"] = True
    planted.save()
    before = planted.session_key
    client.cookies["sessionid"] = before or ""
    client.post(LOGIN, {"login": amy.email, "password": PASSWORD})
    assert client.session.session_key != before
    assert Client(headers={"Cookie": f"sessionid={before}"}).get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/", "//evil.example/", "http:///evil.example", "/\\evil.example", "javascript:alert(1)",
        "http://localhost:9999/", "http://127.0.0.1/",
    ],
)  # fmt: skip
def test_the_way_in_leads_to_our_own_pages_only(place: str) -> None:
    amy = person("amy", password=PASSWORD)
    answer = Client().post(LOGIN, {"login": amy.email, "password": PASSWORD, "next": place})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_way_in_leads_back_to_where_one_was_going() -> None:
    amy = person("amy", password=PASSWORD)
    answer = Client().post(LOGIN, {"login": amy.email, "password": PASSWORD, "next": "/findings/?severity=high"})
    assert answer["Location"] == "/findings/?severity=high"


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8.0", "curl/8.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_short(said: str, short: str) -> None:
    assert browser_of(said) == short
