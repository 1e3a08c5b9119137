"""Signing in: e-mail and password, alike for known and unknown people, limited across processes (T08)."""

import datetime
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client

from prodsec.accounts import queries, services
from prodsec.accounts.models import Person
from prodsec.accounts.tests.people import PASSWORD, person
from prodsec.accounts.types import SYSTEM, SetupLinkError
from prodsec.activity.models import Activity
from prodsec.flows import manage_accounts
from prodsec.kit import clock
from prodsec.kit.errors import InvalidError

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def sign_in(email: str, password: str, client: Client | None = None) -> Any:
    return (client or Client()).post(LOGIN, {"login": email, "password": password})


def words(answer: Any) -> list[str]:
    """What the form says went wrong."""
    return [error for errors in answer.context["form"].errors.values() for error in errors]


@pytest.mark.parametrize("email", ["amy@acme.example", "AMY@acme.example"])
def test_a_person_signs_in(email: str) -> None:
    person("amy", password=PASSWORD)
    client = Client()
    answer = sign_in(email, PASSWORD, client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/api/v1/me").json()["person"]["email"] == "amy@acme.example"
    client.post("/accounts/logout/")
    assert client.get("/api/v1/me").status_code == 401


def test_known_and_unknown_people_are_answered_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    person("amy", password=PASSWORD)
    person("nobody-has-my-password")
    hashed: list[str] = []

    def counted(name: str) -> None:
        plain = getattr(Argon2PasswordHasher, name)

        def count(self: Argon2PasswordHasher, *given: Any) -> Any:
            hashed.append(name)
            return plain(self, *given)

        monkeypatch.setattr(Argon2PasswordHasher, name, count)

    counted("encode")
    counted("verify")
    answers = []
    for email in ("amy@acme.example", "unknown@acme.example", "nobody-has-my-password@acme.example"):
        hashed.clear()
        answer = sign_in(email, "not the password")
        answers.append((answer.status_code, words(answer), len(hashed)))
    # One hash each, which is what takes the time.
    assert answers == [(200, words(answer), 1)] * 3


def test_a_disabled_person_stays_out() -> None:
    somebody = person("amy", password=PASSWORD)
    services.change_person(SYSTEM, somebody.pk, is_active=False)
    client = Client()
    sign_in("amy@acme.example", PASSWORD, client)
    assert client.get("/api/v1/me").status_code == 401


def test_guessing_is_slowed_down_for_everybody_on_that_account() -> None:
    person("amy", password=PASSWORD)
    for _ in range(6):
        answer = sign_in("amy@acme.example", "not the password")
    assert answer.status_code in (200, 429)
    # The limit lies in the database, so another process (here: another client) meets it too.
    client = Client()
    sign_in("amy@acme.example", PASSWORD, client)
    assert client.get("/api/v1/me").status_code == 401
    cache.clear()
    assert sign_in("amy@acme.example", PASSWORD).status_code == 302


def test_nobody_signs_themselves_up() -> None:
    answer = Client().post(
        "/accounts/signup/", {"email": "eve@acme.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert answer.status_code in (200, 404)
    assert not Person.objects.exists()


def test_the_first_admin_comes_by_a_link_that_works_once() -> None:
    text = services.setup_link_if_needed()
    assert queries.setup_link(text) is not None
    made = manage_accounts.use_setup_link(text, email="ada@acme.example", name="Ada", password=PASSWORD)
    somebody = Person.objects.get()
    assert (somebody.pk, somebody.is_admin, somebody.check_password(PASSWORD)) == (made, True, True)
    assert services.setup_link_if_needed() == ""
    with pytest.raises(SetupLinkError):
        manage_accounts.use_setup_link(text, email="eve@acme.example", name="Eve", password=PASSWORD)
    (told,) = Activity.objects.all()
    assert (told.action, told.actor_id) == ("person.created", made)
    assert text not in str(told.details)


def test_a_weak_password_does_not_use_the_link_up() -> None:
    text = services.setup_link_if_needed()
    with pytest.raises(InvalidError):
        manage_accounts.use_setup_link(text, email="ada@acme.example", name="Ada", password="short")
    assert queries.setup_link(text) is not None


@pytest.mark.parametrize("text", ["", "x", "pst_", "\x00"])
def test_other_links_do_not_work(text: str) -> None:
    services.setup_link_if_needed()
    with pytest.raises(SetupLinkError):
        manage_accounts.use_setup_link(text, email="eve@acme.example", name="Eve", password=PASSWORD)


def test_a_link_grows_old_and_a_newer_one_replaces_it() -> None:
    text = services.setup_link_if_needed()
    with clock.set_to(clock.now() + datetime.timedelta(days=2)):
        assert queries.setup_link(text) is None
    newer = services.setup_link_if_needed()
    assert queries.setup_link(text) is None
    assert queries.setup_link(newer) is not None


def test_a_link_is_nothing_once_there_is_somebody() -> None:
    text = services.setup_link_if_needed()
    person()
    with pytest.raises(SetupLinkError):
        manage_accounts.use_setup_link(text, email="eve@acme.example", name="Eve", password=PASSWORD)
