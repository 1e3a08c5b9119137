"""Cookies, HSTS and framing, as they are behind TLS (T22)."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from prodsec import site
from prodsec.accounts.tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db

SETTINGS = (
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
)  # fmt: skip


@pytest.fixture
def behind_tls(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Client:
    """A browser that reaches us through a proxy with TLS, with the settings that PRODSEC_HTTPS=1 makes."""
    monkeypatch.setenv("PRODSEC_HTTPS", "1")
    made = runpy.run_path(str(Path(site.__file__).with_name("settings.py")))
    for name in SETTINGS:
        setattr(settings, name, made[name])
    return Client(headers={"X-Forwarded-Proto": "https"})


def test_cookies_are_this_hosts_own_and_out_of_reach_of_scripts(behind_tls: Client) -> None:
    person("amy", password=PASSWORD)
    behind_tls.get("/accounts/login/")
    answer = behind_tls.post("/accounts/login/", {"login": "amy@acme.example", "password": PASSWORD})
    assert answer.status_code == 302
    assert behind_tls.get("/").status_code == 200
    assert {"__Host-sessionid", "__Host-csrftoken"} <= set(behind_tls.cookies)
    assert "sessionid" not in behind_tls.cookies
    for cookie in filter(lambda cookie: cookie.value, behind_tls.cookies.values()):
        # What the prefix asks for: Secure, the whole host, and no domain.
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_browsers_are_told_to_come_through_tls_only(behind_tls: Client) -> None:
    answer = behind_tls.get("/accounts/login/")
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")


def test_nothing_is_framed_and_no_script_stands_in_a_page(client: Client) -> None:
    person("amy", password=PASSWORD)
    client.post("/accounts/login/", {"login": "amy@acme.example", "password": PASSWORD})
    for address in ("/accounts/login/", "/account/", "/", "/api/v1/me", "/nowhere/"):
        answer = client.get(address)
        assert answer["X-Frame-Options"] == "DENY", address
        policy = answer["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, address
        assert "unsafe" not in policy, address
    assert "Strict-Transport-Security" not in client.get("/accounts/login/")
