"""Verifying an ID token of OpenID Connect (Core 1.0, section 3.1.3.7), failing closed.

allauth trusts the connection to the token endpoint and skips the signature; here nothing is taken on trust.
"""

import base64
import hmac
from collections.abc import Mapping

import jwt
from jwt.algorithms import get_default_algorithms

from prodsec.accounts.types import SignInRefusedError

# Signatures with a public key only: `none` and those with a shared secret can be made by whoever knows the public key.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KEY_TYPE = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
_LEEWAY_SECONDS = 60
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
_LONGEST = 50_000


def verified(
    token: str,
    *,
    keys: Mapping[str, object],
    issuer: str,
    client_id: str,
    nonce: str | None,
    access_token: str = "",
) -> Mapping[str, object]:
    """The claims of an ID token that is genuine, meant for us, in time, and the answer to what we asked.

    keys        the provider's published keys (a JWKS)
    nonce       what we sent; None where nothing was asked with one (a refreshed token)
    Raises: SignInRefusedError with the reason.
    """
    if not isinstance(token, str) or len(token) > _LONGEST:
        raise SignInRefusedError("The provider sent no ID token.")
    try:
        algorithm = str(jwt.get_unverified_header(token).get("alg"))
        if algorithm not in ALGORITHMS:
            raise SignInRefusedError(f"The ID token is signed with {algorithm[:20]}, which proves nothing.")
        claims: dict[str, object] = jwt.decode(
            token,
            key=_key_of(token, keys, algorithm),
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": _REQUIRED},
        )
    except jwt.PyJWTError as error:
        raise SignInRefusedError(f"The ID token does not hold: {_reason(error)}.") from None
    _check_party(claims, client_id)
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignInRefusedError("The ID token answers another question than ours (nonce).")
    _check_access_token(claims, algorithm, access_token)
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise SignInRefusedError("The ID token names nobody (sub).")
    return claims


def _key_of(token: str, keys: Mapping[str, object], algorithm: str) -> jwt.PyJWK:
    """The published key that the token says it is signed with. Raises: PyJWTError, SignInRefusedError."""
    published = keys.get("keys")
    named = jwt.get_unverified_header(token).get("kid")
    usable = []
    for entry in published if isinstance(published, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") != _KEY_TYPE[algorithm[:2]]:
            continue
        if (
            entry.get("use", "sig") == "sig"
            and entry.get("alg", algorithm) == algorithm
            and (named is None or entry.get("kid") == named)
        ):
            usable.append(entry)
    if len(usable) != 1:
        raise SignInRefusedError("The ID token is signed with a key that the provider does not publish.")
    return jwt.PyJWK(usable[0], algorithm=algorithm)


def _check_party(claims: Mapping[str, object], client_id: str) -> None:
    audience, party = claims["aud"], claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or (party not in (None, client_id)):
        raise SignInRefusedError("The ID token was made for another application (azp).")


def _check_access_token(claims: Mapping[str, object], algorithm: str, access_token: str) -> None:
    """Whether the access token belongs to the ID token, where the provider says so (`at_hash`)."""
    said = claims.get("at_hash")
    if said is None or not access_token:
        return
    digest = get_default_algorithms()[algorithm].compute_hash_digest(access_token.encode())
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    if not hmac.compare_digest(str(said).encode(), expected):
        raise SignInRefusedError("The access token does not belong to the ID token (at_hash).")


def _reason(error: jwt.PyJWTError) -> str:
    kinds: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
        (jwt.ExpiredSignatureError, "it has expired"),
        (jwt.ImmatureSignatureError, "it is from the future; compare the clocks of both machines"),
        (jwt.InvalidAudienceError, "it was made for another application (aud)"),
        (jwt.InvalidIssuerError, "another provider made it (iss)"),
        (jwt.MissingRequiredClaimError, "it lacks a claim that every ID token has"),
        (jwt.InvalidSignatureError, "its signature is wrong"),
    )
    return next((words for kind, words in kinds if isinstance(error, kind)), "it cannot be read")
