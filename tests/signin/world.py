"""Browsers of Django's test client that sign in through a provider that runs."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from tests.signin import oidc_provider
from tests.signin.oidc_process import Idp

from prodsec.accounts.models import SignInProvider
from prodsec.accounts.services import providers
from prodsec.accounts.types import SYSTEM, ProviderKind, ProviderSettings

ANNA = {"sub": "u-1", "email": "anna@acme.example", "email_verified": True, "name": "Anna Meier", "groups": ["red"]}


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
