"""What a SAML provider publishes about itself: read, kept, fetched again once a day where it has an address."""

import datetime

import structlog
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from prodsec.accounts.models import SignInProvider
from prodsec.accounts.services.discovery import check_encrypted
from prodsec.accounts.types import SamlParty
from prodsec.kit import clock, http
from prodsec.kit.errors import InvalidError, UnavailableError

log = structlog.get_logger()

FRESH_FOR = datetime.timedelta(days=1)
_LONGEST = 1_000_000


def read(xml: str) -> SamlParty:
    """What SAML metadata say of a provider. Raises: InvalidError."""
    if len(xml) > _LONGEST:
        raise InvalidError("this is longer than metadata are", place="metadata")
    try:
        # The library's own reader: no DTD, no entities, no network.
        idp = OneLogin_Saml2_IdPMetadataParser.parse(xml.encode()).get("idp", {})
    except (SyntaxError, ValueError, AttributeError):  # of its XML reader, and of metadata that are none
        raise InvalidError("this is not the metadata of an identity provider (XML)", place="metadata") from None
    address = idp.get("singleSignOnService", {}).get("url", "")
    certificates = [idp["x509cert"]] if idp.get("x509cert") else idp.get("x509certMulti", {}).get("signing", [])
    if not idp.get("entityId") or not address or not certificates:
        raise InvalidError(
            "the metadata lack an entity id, a sign-in address for redirects, or a certificate", place="metadata"
        )
    check_encrypted(address)
    return SamlParty(entity_id=idp["entityId"], sign_in_address=address, certificates=tuple(certificates))


def party(provider: SignInProvider) -> SamlParty:
    """What the provider's kept metadata say. Raises: InvalidError."""
    return read(provider.metadata)


def fetch(address: str) -> str:
    """The metadata at an address, as they are. Network; never inside a transaction.

    Raises: InvalidError, HostRefusedError, NoAnswerError.
    """
    check_encrypted(address)
    answer = http.get(address, headers={"Accept": "application/samlmetadata+xml, application/xml"})
    if not answer.is_ok:
        raise http.NoAnswerError(f"{address} answers with status {answer.status}; it should be the metadata.")
    return answer.body.decode("utf-8", errors="replace")


def with_fresh(provider: SignInProvider) -> SignInProvider:
    """The provider with metadata no older than a day, where it has an address for them; older ones rather than none.

    Network; never inside a transaction. Raises: InvalidError, UnavailableError when there are none at all.
    """
    now = clock.now()
    is_fresh = provider.metadata_at is not None and now - provider.metadata_at < FRESH_FOR
    if not provider.address or (provider.metadata and is_fresh):
        return provider
    try:
        renew(provider)
    except (InvalidError, UnavailableError) as error:
        if not provider.metadata:
            raise
        log.warning("saml_metadata_stale", provider=provider.slug, reason=str(error))
    return provider


def renew(provider: SignInProvider) -> None:
    """Fetch the metadata and keep them; another entity than before is refused. Raises: InvalidError, UnavailableError."""
    xml = fetch(provider.address)
    new = read(xml)
    if provider.metadata and party(provider).entity_id != new.entity_id:
        raise InvalidError(f"{provider.address} now describes another provider, {new.entity_id[:200]}")
    provider.metadata, provider.metadata_at = xml, clock.now()
    provider.save(update_fields=["metadata", "metadata_at"])
