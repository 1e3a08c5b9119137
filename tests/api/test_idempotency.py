"""The same POST, twice: done once, answered twice alike."""

import datetime
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from tests.permissions.world import build

from prodsec.accounts.models import ApiToken, Person, Team
from prodsec.accounts.tests.people import admin, person, session_door, token_door
from prodsec.accounts.types import Scope
from prodsec.kit import clock
from prodsec.kit.idempotency import forget_old_answers
from prodsec.kit.models import KeptAnswer

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, body: object, key: str | None = "k1", query: str = "") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(
        f"/api/v1{path}{query}", json.dumps(body), content_type="application/json", headers=headers
    )  # fmt: skip


def names() -> list[str]:
    return sorted(Team.objects.values_list("name", flat=True))


def test_the_same_request_is_done_once_and_answered_alike() -> None:
    client = admin().client
    first, second = (post(client, "/teams", {"name": "Green"}) for _ in range(2))
    assert (first.status_code, first.json()["name"]) == (201, "Green")
    assert (second.status_code, second.content, second["Content-Type"]) == (
        first.status_code, first.content, first["Content-Type"],
    )  # fmt: skip
    assert (first.has_header("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (False, "true")
    assert names() == ["Green"]


def test_where_the_made_thing_is_is_said_again() -> None:
    client = admin().client
    first, second = (post(client, "/assets", {"path": "acme/shop"}) for _ in range(2))
    assert first.status_code == 201
    assert second["Location"] == first["Location"]


def test_an_empty_answer_is_given_again() -> None:
    world, askers = build()
    boss = next(asker.client for asker in askers if asker.name == "admin")
    answers = [post(boss, f"/decisions/{world.decision_id}/revoke", None) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert answers[1]["Idempotency-Replayed"] == "true"


def test_without_a_key_everything_is_done_again() -> None:
    client = admin().client
    answers = [post(client, "/assets/import", [{"path": "acme"}], key=None).json() for _ in range(2)]
    assert [(answer["created"], answer["unchanged"]) for answer in answers] == [(1, 0), (0, 1)]
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize(
    ("body", "query"), [({"name": "Blue"}, ""), ({"name": "Green", "slug": "g"}, ""), ({"name": "Green"}, "?a=1")]
)
def test_a_key_with_another_request_is_refused(body: object, query: str) -> None:
    client = admin().client
    post(client, "/teams", {"name": "Green"})
    answer = post(client, "/teams", body, query=query)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["place"] == "Idempotency-Key"
    assert names() == ["Green"]


def test_a_key_is_the_callers_and_the_addresses_own() -> None:
    owner = person(is_admin=True)
    everything = frozenset(Scope) - {Scope.SCIM}
    doors = [session_door(owner), token_door(owner, scopes=everything), token_door(owner, scopes=everything), admin()]
    for number, door in enumerate(doors):
        assert post(door.client, "/teams", {"name": f"Team {number}"}).status_code == 201
        assert post(door.client, "/assets", {"path": f"acme/{number}"}).status_code == 201
    assert len(names()) == len(doors)


def test_a_token_that_may_less_is_not_given_the_answer() -> None:
    owner = person(is_admin=True)
    post(token_door(owner, scopes=frozenset(Scope) - {Scope.SCIM}).client, "/teams", {"name": "Green"})
    weaker = post(token_door(owner, scopes=frozenset({Scope.READ})).client, "/teams", {"name": "Green"})
    assert weaker.status_code == 403


def test_an_answer_needs_signing_in_and_the_csrf_token() -> None:
    owner = person(is_admin=True)
    post(session_door(owner).client, "/teams", {"name": "Green"})
    assert post(Client(), "/teams", {"name": "Green"}).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert post(strict, "/teams", {"name": "Green"}).status_code == 403


def test_a_refusal_is_not_kept() -> None:
    client = admin().client
    assert post(client, "/teams", {"name": ""}).status_code == 422
    assert not KeptAnswer.objects.exists()
    assert post(client, "/teams", {"name": "Green"}).status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "caf\u00e9", "a\tb"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    answer = post(admin().client, "/teams", {"name": "Green"}, key=key)
    assert (answer.status_code, answer.json()["place"]) == (422, "Idempotency-Key")
    assert names() == []


def test_secrets_are_not_kept() -> None:
    client, body = admin().client, {"name": "pipeline", "scopes": ["read"]}
    text = post(client, "/tokens", body).json()["text"]
    again = post(client, "/tokens", body)
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")
    assert ApiToken.objects.count() == 1
    password = "a harbour full of boats"
    made = post(client, "/people", {"email": "new@acme.example", "name": "New", "password": password})
    assert made.status_code == 201
    kept = list(KeptAnswer.objects.all())
    assert len(kept) == 2
    stored = b"".join(bytes(value) for row in kept for value in (row.slot, row.request, row.body or b""))
    assert text.encode() not in stored
    assert password.encode() not in stored
    assert sorted(row.body is None for row in kept) == [False, True]


def test_answers_are_given_again_for_a_day() -> None:
    client, began = admin().client, clock.now()

    def at(hours: float) -> Any:
        with clock.set_to(began + datetime.timedelta(hours=hours)):
            answer = post(client, "/assets/import", [{"path": "acme"}])
            return answer.json()["created"], answer.has_header("Idempotency-Replayed")

    assert [at(hours) for hours in (0, 23.9, 24.1, 24.2)] == [(1, False), (1, True), (0, False), (0, True)]


def test_old_answers_are_forgotten() -> None:
    client, began = admin().client, clock.now()
    for hours, key in ((0, "old"), (20, "young")):
        with clock.set_to(began + datetime.timedelta(hours=hours)):
            post(client, "/teams", {"name": key}, key=key)
    with clock.set_to(began + datetime.timedelta(hours=25)):
        forget_old_answers(0)
    assert KeptAnswer.objects.get().kept_at >= began + datetime.timedelta(hours=20)


def in_a_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kept", [True, False])
def test_a_key_that_is_at_work_is_refused_until_it_is_done(kept: bool) -> None:
    client, body = admin().client, {"email": "new@acme.example", "name": "New"}
    answered, may_end = threading.Event(), threading.Event()
    answers = []

    def first() -> None:
        with transaction.atomic():
            answers.append(post(client, "/people", body))
            answered.set()
            may_end.wait(30)
            transaction.set_rollback(not kept)

    thread = in_a_thread(first)
    assert answered.wait(30)
    meanwhile = post(client, "/people", body)
    may_end.set()
    thread.join()
    assert (meanwhile.status_code, meanwhile["Content-Type"]) == (409, "application/problem+json")
    after = post(client, "/people", body)
    assert after.status_code == answers[0].status_code == 201
    assert after.has_header("Idempotency-Replayed") is kept
    assert Person.objects.filter(email="new@acme.example").count() == 1
