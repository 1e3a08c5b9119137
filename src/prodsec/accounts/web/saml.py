"""Signing in by SAML 2.0: python3-saml speaks the protocol, allauth carries the answer over to the browser's session.

python3-saml lets an answer leave out what protects it: the audience, the recipient, the question it answers. Here all of
them have to be there. Only answers to questions of ours are taken; an assertion works once.
"""

import datetime
from typing import TYPE_CHECKING, Any

import structlog
from allauth.core.internal import httpkit
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.providers.saml.views import acs as carry_over
from allauth.socialaccount.sessions import LoginSession
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Words
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from prodsec.accounts import queries, services
from prodsec.accounts.rules import claims
from prodsec.accounts.services import saml_metadata
from prodsec.accounts.types import Arrival, GroupsFrom, SignInRefusedError
from prodsec.accounts.web import arrivals
from prodsec.kit import clock

if TYPE_CHECKING:
    from prodsec.accounts.models import SignInProvider

log = structlog.get_logger()

EMAIL = (
    "email",
    "mail",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)
NAME = (
    "displayName",
    "name",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
)
_USED_FOR = datetime.timedelta(days=1)
_LONGEST_ANSWER = 1_000_000
_DATA = "/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"


class StrictResponse(OneLogin_Saml2_Response):
    """An answer that says for whom it is, where it goes, until when, and to which question."""

    def is_valid(self, request_data: Any, request_id: Any = None, raise_exceptions: bool = False) -> bool:
        """Whether the answer holds; the reason is in `get_error()`."""
        if not super().is_valid(request_data, request_id, raise_exceptions):
            return False
        lacks = self._lacks(OneLogin_Saml2_Utils.get_self_url_no_query(request_data))
        if lacks:
            self._error = lacks
        return not lacks

    def _lacks(self, our_address: str) -> str:
        asked = self.get_in_response_to()
        confirmations = self._query_assertion(_DATA)
        if not self.get_audiences():
            return "The assertion names no audience"
        if not asked:
            return "The answer was not asked for"
        if len(confirmations) != 1 or self._query_assertion("/saml:Subject/saml:NameID/*"):
            return "The assertion does not name one subject plainly"
        said = confirmations[0]
        if said.get("Recipient") != our_address or said.get("InResponseTo") != asked or not said.get("NotOnOrAfter"):
            return "The assertion is for another place or question, or for ever"
        if self.document.get("Destination") not in (None, our_address):
            return "The answer was sent to another place"
        return ""


class Auth(OneLogin_Saml2_Auth):
    """The library's conversation, taking strict answers only."""

    response_class = StrictResponse


def login(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    """Send the browser to the provider, and remember the question."""
    provider = _provider(organization_slug)
    auth = Auth(_asked(request, provider), _settings(request, provider))
    address = auth.login(return_to="")
    given = _app(provider).get_provider(request)
    next_url = given.get_redirect_from_request_kwargs(request).get("next_url")
    given.stash_redirect_state(request, "login", next_url, None, state_id=auth.get_last_request_id())
    return HttpResponseRedirect(address)


def acs(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    """The browser comes back from another site, without our cookie: keep the answer, come again by ourselves."""
    _provider(organization_slug)
    if len(request.POST.get("SAMLResponse", "")) > _LONGEST_ANSWER:
        raise SignInRefusedError(_("The provider's answer is longer than such answers are."))
    answer: HttpResponseBase = carry_over(request, organization_slug)
    return answer


def finish(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    """Verify the answer and sign the person in. Raises: SignInRefusedError, PermissionDenied."""
    provider = _provider(organization_slug)
    carried = LoginSession(request, "saml_acs_session", "saml-acs-session")
    kept = carried.store.get("request")
    carried.delete()
    if not kept:
        raise SignInRefusedError(arrivals.went_wrong())
    sent = httpkit.deserialize_request(kept, HttpRequest()).POST.get("SAMLResponse", "")
    auth = Auth(_asked(request, provider, sent), _settings(request, provider))
    _verify(auth)
    given = _app(provider).get_provider(request)
    # Raises PermissionDenied unless this very browser asked this question, of this provider, a short while ago.
    state = given.unstash_redirect_state(request, auth.get_last_response_in_response_to())
    arrival = _arrival(auth, provider)
    until = clock.now() + _USED_FOR
    services.use_assertion(provider, auth.get_last_assertion_id(), expires_at=max(until, _valid_until(auth) or until))
    made = given.sociallogin_from_response(request, auth)
    made.state = state
    arrivals.attach(made, arrival)
    answer: HttpResponseBase = complete_social_login(request, made)
    return answer


def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """What the provider wants to know of us."""
    provider = _provider(organization_slug)
    said = {"strict": True, "sp": _ours(request, provider), "security": {"allowSingleLabelDomains": True}}
    ours = OneLogin_Saml2_Settings(said, sp_validation_only=True)
    return HttpResponse(ours.get_sp_metadata(), content_type="application/samlmetadata+xml")


class SamlProvider(arrivals.BySlug, SAMLProvider):
    """A SAML provider as this installation uses it; allauth keeps the question and signs the person in."""

    def extract_uid(self, data: Any) -> str:
        """A name of fixed length; whom it means is decided by issuer and subject."""
        return str(data.get_last_assertion_id())[:100]

    def extract_extra_data(self, data: Any) -> dict[str, object]:
        """Nothing is kept."""
        return {}

    def extract_common_fields(self, data: Any) -> dict[str, object]:
        """Nothing is taken by allauth."""
        return {}


def _verify(auth: Auth) -> None:
    try:
        auth.process_response()
        reason = auth.get_last_error_reason() or ", ".join(auth.get_errors())
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, SyntaxError, ValueError) as error:
        reason = f"unreadable ({type(error).__name__})"
    if reason or not auth.is_authenticated():
        log.warning("saml_answer_refused", reason=reason)
        raise SignInRefusedError(
            _("The provider's answer does not hold: {reason}.").format(reason=str(reason).rstrip(".")[:300])
        )


def _arrival(auth: Auth, provider: "SignInProvider") -> Arrival:
    said = {name: [str(value) for value in values] for name, values in auth.get_attributes().items()}
    subject = str(auth.get_nameid() or "")
    transient = auth.get_nameid_format() == Words.NAMEID_TRANSIENT
    if not subject or transient:
        raise SignInRefusedError(_("The provider names you differently each time; it has to send a lasting NameID."))
    email = _first(said, EMAIL)
    if not email and auth.get_nameid_format() == Words.NAMEID_EMAIL_ADDRESS:
        email = subject
    verified = claims.is_true(_first(said, (provider.verified_claim,))) if provider.verified_claim else True
    session_ends = auth.get_session_expiration()
    return Arrival(
        issuer=saml_metadata.party(provider).entity_id,
        subject=subject,
        email=email,
        is_email_verified=verified,
        name=_first(said, NAME),
        groups=frozenset(said.get(provider.groups_claim, ())),
        groups_from=GroupsFrom.ASSERTION,
        ends_at=datetime.datetime.fromtimestamp(session_ends, datetime.UTC) if session_ends else None,
    )


def _first(said: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((said[name][0] for name in names if said.get(name)), "")


def _valid_until(auth: Auth) -> datetime.datetime | None:
    ends = auth.get_last_assertion_not_on_or_after()
    return datetime.datetime.fromtimestamp(ends, datetime.UTC) if ends else None


def _provider(slug: str) -> "SignInProvider":
    found = queries.open_provider(slug)
    if found is None or found.kind != "saml":
        raise SocialApp.DoesNotExist
    return saml_metadata.with_fresh(found)


def _app(provider: "SignInProvider") -> SocialApp:
    return arrivals.app_of(provider, "")


def _asked(request: HttpRequest, provider: "SignInProvider", answer: str = "") -> dict[str, object]:
    """The request as the library wants to know it: at the address that providers send answers to."""
    return {
        "https": "on" if request.is_secure() else "off",
        "http_host": request.get_host(),
        "script_name": reverse("saml_acs", args=[provider.slug]),
        "get_data": {},
        "post_data": {"SAMLResponse": answer} if answer else {},
    }


def _ours(request: HttpRequest, provider: "SignInProvider") -> dict[str, object]:
    return {
        "entityId": request.build_absolute_uri(reverse("saml_metadata", args=[provider.slug])),
        "assertionConsumerService": {
            "url": request.build_absolute_uri(reverse("saml_acs", args=[provider.slug])),
            "binding": Words.BINDING_HTTP_POST,
        },
        "NameIDFormat": Words.NAMEID_UNSPECIFIED,
    }


def _settings(request: HttpRequest, provider: "SignInProvider") -> dict[str, object]:
    party = saml_metadata.party(provider)
    return {
        "strict": True,
        "sp": _ours(request, provider),
        "idp": {
            "entityId": party.entity_id,
            "singleSignOnService": {"url": party.sign_in_address},
            "x509certMulti": {"signing": list(party.certificates)},
        },
        "security": {
            # One of the two is always asked for by the library: the answer as a whole, or the assertion in it.
            "wantAssertionsSigned": False,
            "wantMessagesSigned": False,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "allowRepeatAttributeName": True,
            "allowSingleLabelDomains": True,
        },
    }
