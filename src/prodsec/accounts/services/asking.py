"""Asking an OpenID Connect provider again about somebody who is signed in. Network; never inside a transaction."""

import base64
import datetime
from collections.abc import Mapping
from urllib.parse import quote_plus, urlencode

from django.core.cache import cache
from django.db.models import Q

from prodsec.accounts.models import Identity, ProviderSession, SignInProvider
from prodsec.accounts.rules import claims, id_tokens
from prodsec.accounts.services import discovery, identities, providers
from prodsec.accounts.types import AccessEndedError, Discovery, GroupsFrom, ProviderAwayError, SignInRefusedError
from prodsec.kit import clock, http
from prodsec.kit.errors import InvalidError, UnavailableError

SECONDS = 5.0
_KNOWN_SECONDS = 600
_RENEW_SECONDS = 30
_BEFORE_END = datetime.timedelta(seconds=10)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def groups_now(session: ProviderSession) -> frozenset[str]:
    """The groups that the provider says somebody is in at this moment.

    Raises: AccessEndedError when it no longer vouches for them, ProviderAwayError when it cannot be asked.
    """
    identity = session.identity
    try:
        found = _discovery_of(identity.provider)
        if session.groups_from == GroupsFrom.IDENTITY:
            said = _renewed(session, found, must_name_groups=True)
        else:
            said = _userinfo(session, found)
        return claims.groups_in(said, identity.provider.groups_claim) or frozenset()
    except SignInRefusedError as error:
        raise AccessEndedError(str(error)) from None
    except (UnavailableError, InvalidError) as error:
        raise ProviderAwayError(
            f"{identity.provider.name} cannot be asked whether you may still come in; try again in a moment."
        ) from error


def _userinfo(session: ProviderSession, found: Discovery) -> Mapping[str, object]:
    identity = session.identity
    if session.token_expires_at is not None and session.token_expires_at <= clock.now() + _BEFORE_END:
        _renewed(session, found)
    answer = _ask_userinfo(session, found)
    if answer.status in (400, 401, 403):
        _renewed(session, found)
        answer = _ask_userinfo(session, found)
        if answer.status in (400, 401, 403):
            raise AccessEndedError(f"{identity.provider.name} no longer knows your session there; sign in again.")
    if not answer.is_ok:
        raise http.NoAnswerError(f"it answers with status {answer.status}.")
    said = answer.json()
    if not isinstance(said, dict) or said.get("sub") != identity.subject:
        raise AccessEndedError(f"{identity.provider.name} answered for somebody else; sign in again.")
    return said


def _ask_userinfo(session: ProviderSession, found: Discovery) -> http.Answer:
    token = identities.unseal(session.identity, session.access_token)
    headers = {"Authorization": f"Bearer {token}"}
    return http.send(http.Request("GET", found.userinfo_endpoint, headers=headers, seconds=SECONDS))


def _renewed(session: ProviderSession, found: Discovery, *, must_name_groups: bool = False) -> Mapping[str, object]:
    """Get new tokens and keep them; returns the claims of the new ID token, if there is one.

    One request at a time: a provider that sees a token for renewal twice may end the session for both.
    """
    identity, now = session.identity, clock.now()
    token = identities.unseal(identity, session.refresh_token)
    if not token:
        raise AccessEndedError(f"Your session at {identity.provider.name} ended; sign in again.")
    free = Q(renewing_until=None) | Q(renewing_until__lt=now)
    until = now + datetime.timedelta(seconds=_RENEW_SECONDS)
    if not ProviderSession.objects.filter(free, pk=session.pk).update(renewing_until=until):
        raise http.NoAnswerError("another request of yours is asking it just now.")
    try:
        session.refresh_from_db(fields=["access_token", "refresh_token", "token_expires_at"])
        newest = identities.unseal(identity, session.refresh_token)
        if newest != token and not must_name_groups:
            return {}  # another request renewed them meanwhile
        said = _ask_for_tokens(identity.provider, found, newest)
        return _keep(session, found, said, must_name_groups=must_name_groups)
    finally:
        ProviderSession.objects.filter(pk=session.pk).update(renewing_until=None)


def _ask_for_tokens(provider: SignInProvider, found: Discovery, token: str) -> Mapping[str, object]:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    headers, secret = dict(_FORM), providers.secret_of(provider)
    if found.is_basic and secret:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    body = urlencode(form).encode()
    answer = http.send(http.Request("POST", found.token_endpoint, headers=headers, body=body, seconds=SECONDS))
    said = answer.json() if answer.status in (200, 400, 401) else None
    if not isinstance(said, dict):
        raise http.NoAnswerError(f"it answers with status {answer.status}.")
    if said.get("error") == "invalid_grant":
        raise AccessEndedError(f"{provider.name} ended your session there; sign in again.")
    if not isinstance(said.get("access_token"), str):
        raise http.NoAnswerError("it gives no new token.")
    return said


def _keep(
    session: ProviderSession, found: Discovery, said: Mapping[str, object], *, must_name_groups: bool
) -> Mapping[str, object]:
    identity = session.identity
    session.access_token = identities.seal(identity, str(said["access_token"]))
    if isinstance(said.get("refresh_token"), str):
        session.refresh_token = identities.seal(identity, str(said["refresh_token"]))
    session.token_expires_at = expiry(said.get("expires_in"))
    session.save(update_fields=["access_token", "refresh_token", "token_expires_at"])
    if not isinstance(said.get("id_token"), str):
        if must_name_groups:
            raise http.NoAnswerError("it gives no ID token when asked again.")
        return {}
    return _claims_of(str(said["id_token"]), identity, found)


def _claims_of(token: str, identity: Identity, found: Discovery) -> Mapping[str, object]:
    said = id_tokens.verified(
        token,
        keys=discovery.keys(found),
        issuer=found.issuer,
        client_id=identity.provider.client_id,
        nonce=None,
    )
    if said["sub"] != identity.subject:
        raise AccessEndedError(f"{identity.provider.name} answered for somebody else; sign in again.")
    return said


def expiry(seconds: object) -> datetime.datetime | None:
    """When a token ends that lives for so many seconds; None when the provider does not say."""
    try:
        life = int(seconds) if isinstance(seconds, int | float | str) else 0
        return clock.now() + datetime.timedelta(seconds=life) if life > 0 else None
    except (ValueError, OverflowError):
        return None


def _discovery_of(provider: SignInProvider) -> Discovery:
    place = f"sign-in-provider:{provider.pk}:{provider.address}"
    known = cache.get(place)
    if isinstance(known, Discovery):
        return known
    found = discovery.discover(provider.address)
    cache.set(place, found, _KNOWN_SECONDS)
    return found
