"""Trying an identity provider: what it publishes, and what would keep people out, as sentences. Network; never inside a transaction."""

import base64
from urllib.parse import quote_plus, urlencode

from cryptography import x509

from prodsec.accounts.models import SignInProvider
from prodsec.accounts.services import discovery, providers, saml_metadata
from prodsec.accounts.types import Discovery, Tried
from prodsec.kit import clock, http
from prodsec.kit.errors import InvalidError, UnavailableError


def tried(provider: SignInProvider, *, return_address: str) -> list[Tried]:
    """What works and what does not, most important first.

    return_address: where the provider sends people back to, as it has to be registered there.
    """
    try:
        found = _oidc(provider, return_address) if provider.kind == "oidc" else _saml(provider)
    except InvalidError as error:
        found = [_bad(error.sentence[:1].upper() + error.sentence[1:].rstrip(".") + ".")]
    except UnavailableError as error:
        found = [_bad(str(error))]
    return found + _rules(provider)


def _oidc(provider: SignInProvider, return_address: str) -> list[Tried]:
    found = discovery.discover(provider.address)
    said = [_good(f"{provider.address} describes itself as an OpenID Connect provider.")]
    entries = discovery.keys(found).get("keys")
    usable = (
        [key for key in entries if isinstance(key, dict) and key.get("kty") in ("RSA", "EC")]
        if isinstance(entries, list)
        else []
    )
    said.append(
        _good("It publishes keys that its answers can be verified with.")
        if usable
        else _bad("It publishes no RSA or EC key, so that its answers cannot be verified; choose RS256 or ES256 there.")
    )
    said.append(_client(provider, found, return_address))
    unknown = [scope for scope in provider.scopes if found.scopes and scope not in found.scopes]
    if unknown:
        said.append(_bad(f"It does not list the scopes {', '.join(unknown)}; it may refuse to be asked for them."))
    if found.claims and provider.groups_claim.split(".")[0] not in found.claims:
        said.append(
            _bad(f"It does not list the claim {provider.groups_claim}; groups may have to be switched on there.")
        )
    if "offline_access" in found.scopes and "offline_access" not in provider.scopes:
        said.append(
            _good(
                "It lists the scope offline_access, which is not asked for; add it if people are signed out too often."
            )
        )
    return said


def _client(provider: SignInProvider, found: Discovery, return_address: str) -> Tried:
    """Whether the provider knows client id and secret: a code that it never gave is refused for itself, or for the client."""
    secret = providers.secret_of(provider)
    form = {
        "grant_type": "authorization_code", "code": "prodsec-tries-this", "redirect_uri": return_address,
        "code_verifier": "prodsec-tries-this-provider-with-a-code-it-never-gave",
    }  # fmt: skip
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if found.is_basic and secret:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    answer = http.send(http.Request("POST", found.token_endpoint, headers=headers, body=urlencode(form).encode()))
    said = answer.json() if answer.status in (400, 401) else None
    error = said.get("error") if isinstance(said, dict) else None
    if error == "invalid_grant":
        return _good("It knows the client id and the secret.")
    if error in ("invalid_client", "unauthorized_client"):
        return _bad("It refuses the client id or the secret; copy both again.")
    return _bad(f"Whether it knows the client id and the secret could not be found out (status {answer.status}).")


def _saml(provider: SignInProvider) -> list[Tried]:
    if provider.address:
        saml_metadata.renew(provider)
    party = saml_metadata.party(provider)
    said = [
        _good(f"The metadata describe {party.entity_id}."),
        _good(f"People are sent to {party.sign_in_address}."),
    ]
    for text in party.certificates:
        try:
            ends = x509.load_der_x509_certificate(base64.b64decode(text)).not_valid_after_utc
        except ValueError:
            said.append(_bad("A certificate in the metadata cannot be read; fetch them again."))
            continue
        said.append(
            _good(f"Its answers are verified with a certificate that names {ends:%Y-%m-%d} as its end.")
            if ends > clock.now()
            else _bad(f"A certificate in the metadata names {ends:%Y-%m-%d} as its end; ask for newer metadata.")
        )
    return said


def _rules(provider: SignInProvider) -> list[Tried]:
    said = []
    if not provider.trusted_domains:
        said.append(
            _bad("It is trusted for no domain, so nobody can come in for the first time; name your own domain.")
        )
    if not provider.lets_in_unknown:
        said.append(_good("Only people whom an admin added come in; others are told to ask."))
    if not provider.is_enabled:
        said.append(_bad("It is switched off; nobody sees it on the sign-in page."))
    return said


def _good(sentence: str) -> Tried:
    return Tried(is_good=True, sentence=sentence)


def _bad(sentence: str) -> Tried:
    return Tried(is_good=False, sentence=sentence)
