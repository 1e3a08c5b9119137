"""Providers that run, and browsers of Django's test client that sign in through them."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from django.test import Client
from tests.signin import oidc_provider

from prodsec.accounts.models import SignInProvider
from prodsec.accounts.services import providers
from prodsec.accounts.types import SYSTEM, ProviderKind, ProviderSettings

ANNA = {"sub": "u-1", "email": "anna@acme.example", "email_verified": True, "name": "Anna Meier", "groups": ["red"]}


@dataclass
class Idp:
    """A provider's process: its address, and orders for it."""

    issuer: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False))

    def order(self, **order: object) -> dict[str, Any]:
        """Say what it does from now on."""
        return dict(self.http.post(f"{self.issuer}/control", json=order).json())

    def asked(self, what: str) -> list[dict[str, Any]]:
        """What it was asked at an endpoint."""
        return [each for each in self.http.get(f"{self.issuer}/control").json()["asked"] if each["what"] == what]

    def authorize(self, address: str) -> str:
        """What a browser gets there: the way back to us."""
        return str(self.http.get(address).headers["Location"])


@contextlib.contextmanager
def running() -> Iterator[Idp]:
    """A provider in a process of its own."""
    program = Path(oidc_provider.__file__)
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        idp = Idp(process.stdout.readline().strip())
        try:
            yield idp
        finally:
            idp.http.close()
            process.terminate()


def set_up(idp: Idp, name: str = "Acme", **more: Any) -> SignInProvider:
    """The provider as an admin sets it up."""
    given = {
        "address": idp.issuer, "client_id": oidc_provider.CLIENT, "trusted_domains": ("acme.example",),
        "lets_in_unknown": True,
    } | more  # fmt: skip
    settings = ProviderSettings(name=name, kind=ProviderKind.OIDC, **given)
    return providers.create_provider(SYSTEM, settings=settings, secret=oidc_provider.SECRET)


@dataclass
class Browser:
    """A browser before a provider."""

    idp: Idp
    provider: SignInProvider
    client: Client = field(default_factory=Client)

    @property
    def base(self) -> str:
        return f"/accounts/oidc/{self.provider.slug}/login/"

    def begin(self, query: str = "") -> str:
        """Begin here; returns the address at the provider that the browser is sent to."""
        answer = self.client.get(self.base + query)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    def come_back(self, address: str) -> Any:
        """Follow the provider's redirect."""
        return self.client.get(address.removeprefix("http://testserver"))

    def sign_in(self, query: str = "") -> Any:
        """The whole way."""
        return self.come_back(self.idp.authorize(self.begin(query)))

    @property
    def is_in(self) -> bool:
        """Whether somebody is signed in."""
        return bool(self.client.get("/api/v1/me").status_code == 200)

    def me(self) -> dict[str, Any]:
        """Who that is."""
        return dict(self.client.get("/api/v1/me").json())
