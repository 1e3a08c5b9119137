"""Asking OpenID Connect providers what they publish: endpoints and keys. Network; never inside a transaction."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from prodsec.accounts.types import Discovery
from prodsec.kit import http
from prodsec.kit.errors import InvalidError

WELL_KNOWN = "/.well-known/openid-configuration"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


def discover(issuer: str) -> Discovery:
    """What an OpenID Connect provider publishes.

    Raises: InvalidError in a sentence when it is not usable, HostRefusedError, NoAnswerError.
    """
    check_encrypted(issuer)
    address = issuer.rstrip("/") + WELL_KNOWN
    answer = http.get(address)
    if not answer.is_ok:
        raise http.NoAnswerError(f"{address} answers with status {answer.status}; it should be the provider's issuer.")
    published = answer.json()
    if not isinstance(published, dict):
        raise InvalidError(f"{address} does not describe a provider")
    if published.get("issuer") != issuer:
        raise InvalidError(
            f"the provider calls itself {str(published.get('issuer'))[:200]}, not {issuer}; give the issuer exactly so"
        )
    for name in _ENDPOINTS:
        if not isinstance(published.get(name), str):
            raise InvalidError(f"the provider publishes no {name}")
        check_encrypted(published[name])
    methods = _texts(published.get("token_endpoint_auth_methods_supported"))
    return Discovery(
        issuer=issuer,
        authorization_endpoint=published["authorization_endpoint"],
        token_endpoint=published["token_endpoint"],
        userinfo_endpoint=published["userinfo_endpoint"],
        jwks_uri=published["jwks_uri"],
        is_basic="client_secret_post" not in methods,
        scopes=_texts(published.get("scopes_supported")),
        claims=_texts(published.get("claims_supported")),
    )


def keys(discovery: Discovery) -> Mapping[str, object]:
    """The keys that a provider signs with, as it publishes them at this moment. Raises: UnavailableError."""
    answer = http.get(discovery.jwks_uri)
    published = answer.json() if answer.is_ok else None
    if not isinstance(published, dict):
        raise http.NoAnswerError(f"{discovery.jwks_uri} does not give the provider's keys.")
    return published


def check_encrypted(address: str) -> None:
    """Pass for https, and for http on this machine alone. Raises: InvalidError."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise InvalidError(f"{address[:200]} is not encrypted; an identity provider is asked by https", place="address")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
