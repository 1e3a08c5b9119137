"""A form that comes after the session ended: what was written stays, and only for forms of our own pages."""

from typing import Any

import pytest
from django.test import Client

from prodsec.accounts.tests.people import person

pytestmark = pytest.mark.django_db

OURS = {"Sec-Fetch-Site": "same-origin"}
WRITTEN = {"name": 'Payments <b onclick="x">', "slug": "payments", "password": "a secret of mine", "next": "/x"}


def test_what_was_written_without_a_session_is_shown_again() -> None:
    answer = Client(headers=OURS).post("/admin/teams/", WRITTEN)
    page = answer.content.decode()
    assert answer.status_code == 401
    assert answer["Cache-Control"] == "no-store"
    assert "Payments &lt;b onclick=&quot;x&quot;&gt;" in page
    assert "a secret of mine" not in page
    assert "<b onclick" not in page
    # A secret is missing from it, so sending it again would do something else.
    assert "Send again" not in page


def test_it_can_be_sent_again_after_signing_in() -> None:
    boss = person(is_admin=True)
    client = Client(headers=OURS, enforce_csrf_checks=True)
    client.force_login(boss)
    answer = client.post("/admin/teams/", {"name": "Payments", "csrfmiddlewaretoken": "x" * 64})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Send again" in page
    token = page.split('data-again="/account/"><input type="hidden" name="csrfmiddlewaretoken" value="')[1].split('"')[
        0
    ]
    again = client.post("/admin/teams/", {"name": "Payments", "csrfmiddlewaretoken": token})
    assert (again.status_code, again["Location"].startswith("/admin/teams/")) == (302, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/"},
        {},
    ],
)
def test_a_form_of_another_site_is_not_given_back(headers: dict[str, str]) -> None:
    client = Client(headers=headers, enforce_csrf_checks=True)
    client.force_login(person(is_admin=True))
    answer = client.post("/admin/teams/", {"name": "Payments"})
    assert answer.status_code == 403
    assert "Payments" not in answer.content.decode()


@pytest.mark.parametrize("headers", [{"Origin": "http://testserver"}, {"Referer": "http://testserver/admin/teams/"}])
def test_older_browsers_say_otherwise_that_the_form_is_ours(headers: Any) -> None:
    assert "Payments" in Client(headers=headers).post("/admin/teams/", {"name": "Payments"}).content.decode()


def test_who_wrote_nothing_just_signs_in() -> None:
    answer = Client(headers=OURS).post("/admin/teams/")
    assert answer["Location"] == "/accounts/login/?next=/admin/teams/"
