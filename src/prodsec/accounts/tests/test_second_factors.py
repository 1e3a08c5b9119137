"""Second factors: set up, used, removed, demanded, taken away; sealed where they lie, told where nobody minds (T09)."""

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.cache import cache
from django.test import Client

from prodsec.accounts import services
from prodsec.accounts.models import Person
from prodsec.accounts.tests.people import PASSWORD, admin, person, session_door
from prodsec.accounts.types import SYSTEM, Demand
from prodsec.activity.models import Activity
from prodsec.flows import manage_sign_in

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _half_a_minute_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """No code grows old between two lines of a test on a slow machine."""
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([59_000_000]))


def signed_in(somebody: Person, password: str = PASSWORD) -> Client:
    """A browser that signed in with the password."""
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    assert client.post(LOGIN, {"login": somebody.email, "password": password}).status_code == 302
    return client


def confirm(client: Client, address: str) -> None:
    """The password again, as it is asked for before a factor changes."""
    sent = client.get(address)
    assert sent.status_code == 302
    assert sent["Location"].startswith("/accounts/reauthenticate/")
    assert client.post(sent["Location"], {"password": PASSWORD, "next": address}).status_code == 302


def code_now(secret: str) -> str:
    """What the app would show; the same one may be used again by a test."""
    cache.clear()
    return str(totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()))))


def add_app(client: Client) -> tuple[str, list[str]]:
    """An app is set up. Returns its secret and the recovery codes that came with it."""
    confirm(client, "/account/app/add/")
    page = client.get("/account/app/add/").content.decode()
    secret = re.search(r'id="totp-secret">([A-Z2-7]+)<', page)
    assert secret, page
    answer = client.post("/account/app/add/", {"code": code_now(secret[1])})
    assert answer.status_code == 200, answer.content
    return secret[1], re.findall(r"\b\d{8}\b", answer.content.decode())


def second_step(email: str, code: str) -> tuple[Any, Client]:
    """Password, then code."""
    client = Client()
    first = client.post(LOGIN, {"login": email, "password": PASSWORD, "next": "/assets/"})
    assert first["Location"].startswith("/accounts/second-step/")
    assert client.get("/api/v1/me").status_code == 401
    return client.post("/accounts/second-step/", {"code": code}), client


def test_an_app_is_set_up_used_and_removed() -> None:
    amy = person("amy", password=PASSWORD)
    client = signed_in(amy)
    secret, codes = add_app(client)
    assert len(codes) == 10
    answer, other = second_step(amy.email, code_now(secret))
    assert answer.status_code == 302
    assert other.get("/api/v1/me").status_code == 200
    assert client.post("/account/app/remove/").status_code == 302
    assert not Authenticator.objects.exists()
    told = list(Activity.objects.order_by("id").values_list("action", "details"))
    assert told == [
        ("person.signed_in", {"ways": ["password"], "from": "127.0.0.1"}),
        ("person.factor_added", {"kind": "totp"}),
        ("person.factor_added", {"kind": "recovery_codes"}),
        ("person.signed_in", {"ways": ["password", "totp"], "from": "127.0.0.1"}),
        ("person.factor_removed", {"kind": "totp"}),
    ]


def test_the_secret_of_an_app_lies_sealed_while_it_is_set_up() -> None:
    client = signed_in(person("amy", password=PASSWORD))
    confirm(client, "/account/app/add/")
    shown = re.search(r'id="totp-secret">([A-Z2-7]+)<', client.get("/account/app/add/").content.decode())
    assert shown
    session = Session.objects.get()
    stored = signing.loads(session.session_data, salt="django.contrib.sessions.SessionStore", serializer=AsItIs)
    assert shown[1] in str(client.session.items())
    assert shown[1].encode() not in stored


class AsItIs:
    """Takes what is stored for what it is: bytes."""

    def dumps(self, obj: bytes) -> bytes:
        return obj

    def loads(self, data: bytes) -> bytes:
        return data


def test_a_wrong_code_does_not_come_in_and_a_used_one_not_again() -> None:
    amy = person("amy", password=PASSWORD)
    secret, codes = add_app(signed_in(amy))
    answer, client = second_step(amy.email, "000000")
    assert (answer.status_code, client.get("/api/v1/me").status_code) == (200, 401)
    code = code_now(secret)
    assert client.post("/accounts/second-step/", {"code": code}).status_code == 302
    answer, client = second_step(amy.email, code)
    assert (answer.status_code, client.get("/api/v1/me").status_code) == (200, 401)
    assert second_step(amy.email, codes[0])[0].status_code == 302
    assert second_step(amy.email, codes[0])[0].status_code == 200


def test_changing_factors_asks_for_the_password_again() -> None:
    client = signed_in(person("amy", password=PASSWORD))
    for address in ("/account/app/add/", "/account/keys/add/", "/account/recovery-codes/"):
        for method in (client.get, client.post):
            assert method(address)["Location"].startswith("/accounts/reauthenticate/"), address
    assert not Authenticator.objects.exists()


def test_secrets_of_factors_lie_sealed_and_are_told_nobody(caplog: Any, capsys: Any) -> None:
    """T09: the marker secrets are the real ones."""
    amy = person("amy", password=PASSWORD)
    client = signed_in(amy)
    secret, codes = add_app(client)
    second_step(amy.email, "123456")
    pages = [
        client.get(address).content.decode() for address in ("/account/", "/account/recovery-codes/", "/api/v1/me")
    ]
    rows = [json.dumps(row.data) for row in Authenticator.objects.all()]
    told = [str(row) for row in Activity.objects.values()]
    sessions = [str(row.get_decoded()) for row in Session.objects.all()]
    logged = [caplog.text, *capsys.readouterr()]
    leaks = [
        sink[:200] for sink in pages + rows + told + sessions + logged for mark in (secret, *codes) if mark in sink
    ]
    assert leaks == []
    seeds = [row.data["seed"] for row in Authenticator.objects.filter(type="recovery_codes")]
    assert not [seed for seed in seeds if re.fullmatch(r"[0-9a-f]{80}", seed)]


def test_who_has_to_have_a_second_factor_is_led_to_it_first() -> None:
    amy = person("amy", password=PASSWORD)
    client = signed_in(amy)
    assert client.get("/findings/").status_code == 200
    manage_sign_in.demand_second_factor(SYSTEM, of=Demand.ADMINS)
    assert client.get("/findings/").status_code == 200
    manage_sign_in.demand_second_factor(SYSTEM, of=Demand.EVERYBODY)
    for address in ("/findings/", "/", "/admin/tokens/"):
        assert client.get(address)["Location"] == "/account/", address
    refused = client.get("/api/v1/findings")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert "asks you for a second factor" in client.get("/account/").content.decode()
    add_app(client)
    assert client.get("/findings/").status_code == 200
    assert Activity.objects.filter(action="sign_in.changed").count() == 2


def test_admins_alone_can_be_asked() -> None:
    boss = person("boss", password=PASSWORD, is_admin=True)
    services.demand_second_factor(SYSTEM, of=Demand.ADMINS)
    assert signed_in(boss).get("/findings/")["Location"] == "/account/"
    # Who has no password here signs in elsewhere.
    assert session_door(person("sso")).client.get("/findings/").status_code == 200


def test_an_admin_says_who_has_to() -> None:
    door = admin()
    assert door.client.post("/admin/sign-in/", {"second_factor": "everybody"}).status_code == 302
    (told,) = Activity.objects.all()
    assert (told.action, told.details) == ("sign_in.changed", {"second_factor": ["nobody", "everybody"]})
    assert session_door(person()).client.post("/admin/sign-in/", {"second_factor": "nobody"}).status_code in (302, 403)
    assert Activity.objects.count() == 1


def test_an_admin_takes_lost_factors_away() -> None:
    amy = person("amy", password=PASSWORD)
    client = signed_in(amy)
    add_app(client)
    door = admin()
    assert door.client.post(f"/admin/people/{amy.pk}/factors/remove/").status_code == 302
    assert not Authenticator.objects.exists()
    assert client.get("/api/v1/me").status_code == 401
    assert signed_in(amy).get("/api/v1/me").status_code == 200
    told = Activity.objects.get(action="person.factors_taken_away")
    assert (told.object_id, told.actor_id) == (str(amy.pk), door.viewer.person_id)


def test_nobody_else_takes_factors_away() -> None:
    amy, eve = person("amy", password=PASSWORD), session_door(person("eve"))
    add_app(signed_in(amy))
    assert eve.client.post(f"/admin/people/{amy.pk}/factors/remove/").status_code in (302, 403, 404)
    assert Authenticator.objects.count() == 2


def test_guessing_codes_is_slowed_down() -> None:
    amy = person("amy", password=PASSWORD)
    add_app(signed_in(amy))
    cache.clear()
    client = Client()
    client.post(LOGIN, {"login": amy.email, "password": PASSWORD})
    statuses = [client.post("/accounts/second-step/", {"code": f"{number:06}"}).status_code for number in range(7)]
    assert statuses[:5] == [200] * 5
    assert statuses[5:] == [429] * 2
