"""Limits that hold for all processes together, and what somebody is told who meets one (T08)."""

import threading
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache, caches
from django.db import connection
from django.test import Client, RequestFactory

from prodsec.accounts.tests.people import PASSWORD, person, session_door, token_door
from prodsec.accounts.web import limits

pytestmark = pytest.mark.django_db

UNKNOWN = "pst_" + "A" * 46


def with_token(text: str = UNKNOWN) -> Any:
    return Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/me")


def test_tries_lie_in_the_database_that_all_processes_share() -> None:
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"
    with_token()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM site_cache WHERE cache_key LIKE %s", ["%:token:%"])
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_two_processes_count_one_number_of_tries() -> None:
    """Each thread has a connection and a cache object of its own, as a process has."""
    seen: list[tuple[int, int]] = []

    def try_often() -> None:
        request = RequestFactory().get("/invitation/x/")
        request.user = AnonymousUser()
        seen.append((id(caches["default"]), sum(limits.spend(request, "link") == 0 for _ in range(15))))
        connection.close()

    threads = [threading.Thread(target=try_often) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({cache_id for cache_id, _ in seen}) == 2
    assert sum(allowed for _, allowed in seen) == 20
    cache.clear()


def test_unknown_tokens_are_slowed_down_and_known_ones_are_not() -> None:
    door = token_door(person("amy"))
    statuses = [with_token().status_code for _ in range(61)]
    assert statuses == [401] * 60 + [429]
    refused = with_token()
    assert refused["Content-Type"] == "application/problem+json"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert UNKNOWN not in refused.content.decode()
    assert door.get("/me").status_code == 200


@pytest.mark.parametrize("address", ["/invitation/x/", "/setup/x/"])
def test_links_cannot_be_guessed_at_speed(address: str) -> None:
    client = Client()
    statuses = [client.get(address).status_code for _ in range(21)]
    assert statuses == [404] * 20 + [429]
    told = client.get(address)
    assert told.status_code == 429
    assert "Try again in 1 minute." in told.content.decode()
    assert 0 < int(told["Retry-After"]) <= 60
    assert "Prodsec" in told.content.decode()


def test_sign_in_says_when_to_try_again() -> None:
    person("amy", password=PASSWORD)
    for _ in range(6):
        answer = Client().post("/accounts/login/", {"login": "amy@acme.example", "password": "not the password"})
    assert answer.status_code == 429
    assert "Try again in 5 minutes." in answer.content.decode()
    assert answer["Retry-After"] == "300"


def test_known_and_unknown_people_meet_the_same_limit() -> None:
    person("amy", password=PASSWORD)

    def tries(email: str) -> list[tuple[int, str]]:
        answers = [Client().post("/accounts/login/", {"login": email, "password": "wrong"}) for _ in range(7)]
        return [(answer.status_code, answer.headers.get("Retry-After", "")) for answer in answers]

    assert tries("amy@acme.example") == tries("unknown@acme.example")


def test_own_passwords_are_not_guessed_at_speed() -> None:
    client = session_door(person("amy", password=PASSWORD)).client
    body = {"oldpassword": "wrong", "password1": PASSWORD, "password2": PASSWORD}
    statuses = [client.post("/accounts/password/change/", body).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_a_proxy_tells_whose_tries_they_are(settings: Any) -> None:
    settings.PRODSEC_PROXIES = 1
    client = Client()
    for number in range(21):
        # What a caller writes themselves stands before what our proxy adds, and does not count.
        client.get("/invitation/x/", headers={"X-Forwarded-For": f"10.0.0.{number}, 192.0.2.7"})
    assert client.get("/invitation/x/", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 429
    assert client.get("/invitation/x/", headers={"X-Forwarded-For": "192.0.2.8"}).status_code == 404
    settings.PRODSEC_PROXIES = 0
    assert client.get("/invitation/x/", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
