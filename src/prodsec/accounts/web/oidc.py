"""Signing in by OpenID Connect: allauth's flow, with everything verified that it takes on trust.

allauth brings the redirect, state, PKCE and the exchange of the code. It does not check the signature of the ID token,
sends no nonce, and does not compare whom ID token and userinfo speak of; that is done here.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponseBase

from prodsec.accounts.rules import claims, id_tokens
from prodsec.accounts.services import asking, discovery
from prodsec.accounts.types import Arrival, Discovery, GroupsFrom, SignInRefusedError
from prodsec.accounts.web import arrivals
from prodsec.kit import crypto, http


def nonce_of(state: str) -> str:
    """The nonce that goes with a state: nobody can make it, and a state works once, so a nonce does too."""
    return crypto.keyed_hash("sign-in nonce", state.encode()).hex()


class _Client(OAuth2Client):
    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: dict[str, str]) -> str:
        asked = {**extra_params, "nonce": nonce_of(self.state)}
        address: str = super().get_redirect_url(authorization_url, scope, asked)
        return address


class OidcAdapter(OpenIDConnectOAuth2Adapter):
    """One sign-in at one provider."""

    client_class = _Client
    _found: Discovery | None = None

    @property
    def found(self) -> Discovery:
        """What the provider publishes, as of this request."""
        if self._found is None:
            self._found = discovery.discover(self.get_provider().app.settings["server_url"])
        return self._found

    @property
    def openid_config(self) -> dict[str, str]:
        """The endpoints, for allauth; all of them were checked."""
        names = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        return {name: getattr(self.found, name) for name in names}

    @property
    def basic_auth(self) -> bool:
        """Whether the client's secret goes into a header."""
        return self.found.is_basic

    def get_provider(self) -> "OidcProvider":
        """This provider, asked for once."""
        if not hasattr(self, "_provider"):
            self._provider = super().get_provider()
        provider: OidcProvider = self._provider
        return provider

    def get_access_token_data(self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: Any = None) -> Any:
        """Exchange the code, unless another provider sent it (RFC 9207). Raises: SignInRefusedError."""
        issuer = request.GET.get("iss")
        if issuer is not None and issuer != self.found.issuer:
            raise SignInRefusedError("Another provider answered than the one that was asked.")
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Whom the provider vouches for. Raises: SignInRefusedError, UnavailableError."""
        said = id_tokens.verified(
            kwargs["response"].get("id_token"),
            keys=discovery.keys(self.found),
            issuer=self.found.issuer,
            client_id=app.client_id,
            nonce=nonce_of(request.GET.get("state", "")),
            access_token=token.token,
        )
        userinfo = self._userinfo(token.token)
        if not hmac.compare_digest(str(userinfo.get("sub")).encode(), str(said["sub"]).encode()):
            raise SignInRefusedError("The provider's two answers speak of different people (sub).")
        provider = self.get_provider()
        arrival = _arrival(said, userinfo, app.settings, self.found.issuer, kwargs["response"])
        login: SocialLogin = provider.sociallogin_from_response(request, {"sub": arrivals.uid_of(arrival)})
        arrivals.attach(login, arrival)
        return login

    def _userinfo(self, access_token: str) -> Mapping[str, object]:
        answer = http.get(
            self.found.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"}, redirects=0
        )
        said = answer.json() if answer.is_ok else None
        if not isinstance(said, dict):
            raise http.NoAnswerError(f"The provider does not say who you are (status {answer.status}).")
        return said


class OidcProvider(arrivals.BySlug, OpenIDConnectProvider):
    """An OpenID Connect provider as this installation uses it."""

    oauth2_adapter_class = OidcAdapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, object]:
        """Where to go afterwards, and nothing else: what is asked for is the admins' to say, not the address's."""
        given = super().get_redirect_from_request_kwargs(request)
        asked: dict[str, object] = {"process": "login", "scope": self.get_scope(), "auth_params": {}}
        return asked | ({"next_url": given["next_url"]} if "next_url" in given else {})


def _arrival(
    said: Mapping[str, object],
    userinfo: Mapping[str, object],
    settings: Mapping[str, str],
    issuer: str,
    tokens: Mapping[str, object],
) -> Arrival:
    groups, groups_from = claims.groups_in(userinfo, settings["groups_claim"]), GroupsFrom.USERINFO
    if groups is None and (named := claims.groups_in(said, settings["groups_claim"])) is not None:
        groups, groups_from = named, GroupsFrom.IDENTITY
    # An address and whether it is verified are taken from the same answer.
    source = userinfo if userinfo.get("email") else said
    email, name = source.get("email"), userinfo.get("name") or said.get("name")
    return Arrival(
        issuer=issuer,
        subject=str(said["sub"]),
        email=email if isinstance(email, str) else "",
        is_email_verified=claims.is_true(source.get(settings["verified_claim"])),
        name=name if isinstance(name, str) else "",
        groups=groups or frozenset(),
        groups_from=groups_from,
        access_token=str(tokens.get("access_token") or ""),
        refresh_token=str(tokens.get("refresh_token") or ""),
        token_expires_at=asking.expiry(tokens.get("expires_in")),
    )


def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Send the browser to the provider."""
    answer: HttpResponseBase = OAuth2LoginView.adapter_view(OidcAdapter(request, provider_id))(request)
    return answer


def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """The browser comes back with a code."""
    answer: HttpResponseBase = OAuth2CallbackView.adapter_view(OidcAdapter(request, provider_id))(request)
    return answer
