"""Tokens open the API and nothing else (that no page opens to one: tests/permissions/test_pages.py)."""

import pytest
from django.test import Client

from prodsec.accounts.tests.people import person, session_door, token_door
from prodsec.accounts.types import Scope

pytestmark = pytest.mark.django_db


def test_a_token_spares_no_form_its_csrf_token() -> None:
    text = token_door(person(is_admin=True), scopes=frozenset(Scope) - {Scope.SCIM}).client.defaults[
        "HTTP_AUTHORIZATION"
    ]
    somebody = person(is_admin=True)
    client = Client(enforce_csrf_checks=True)
    client.force_login(somebody)
    page = f"/admin/people/{somebody.pk}/"
    answer = client.post(page, {"name": "Other"}, headers={"Authorization": text})
    assert answer.status_code == 403
    somebody.refresh_from_db()
    assert somebody.name != "Other"


def test_what_a_proxy_sends_does_not_close_the_pages() -> None:
    client = session_door(person()).client
    assert client.get("/", headers={"Authorization": "Basic YTpi"}).status_code == 200
    assert client.get("/api/v1/me", headers={"Authorization": "Basic YTpi"}).status_code == 401
