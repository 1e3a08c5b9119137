"""What OpenID Connect and SAML have in common: from a verified answer of a provider to a session here."""

import hashlib
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from requests import RequestException

from prodsec.accounts import queries
from prodsec.accounts.types import Arrival, SignInRefusedError
from prodsec.flows import sign_in_by_provider
from prodsec.kit.errors import ConflictError, ProdsecError, UnavailableError

if TYPE_CHECKING:
    from prodsec.accounts.models import SignInProvider

log = structlog.get_logger()

SESSION_KEY = "provider_session"
View = Callable[..., HttpResponseBase]


def attach(login: SocialLogin, arrival: Arrival) -> None:
    """Let allauth's login carry whom the provider vouched for."""
    login.arrival = arrival


class BySlug:
    """A provider that is found again by its slug, which is its own, while a second factor is asked for."""

    app: SocialApp

    def serialize(self) -> dict[str, str]:
        """What allauth keeps in the session to find the provider again."""
        return {"id": self.app.provider_id, "app.client_id": self.app.client_id}


def uid_of(arrival: Arrival) -> str:
    """How allauth names somebody: issuer and subject, in a fixed length."""
    return hashlib.sha256(f"{arrival.issuer}\n{arrival.subject}".encode()).hexdigest()


def receive(login: SocialLogin) -> None:
    """Find, link or make the person, before allauth signs them in. Raises: SignInRefusedError, ConflictError."""
    provider = queries.open_provider(login.provider.app.provider_id)
    if provider is None:
        raise SocialApp.DoesNotExist
    with transaction.atomic():
        arrived = sign_in_by_provider.arrive(provider, login.arrival)
    login.user = arrived.person
    login.token = None  # kept sealed with our session; allauth would keep it as it is
    # allauth keeps this state while a second factor is asked for.
    login.state[SESSION_KEY] = arrived.session_id


def begin(request: HttpRequest, signal_kwargs: dict[str, Any] | None) -> None:
    """Bind the browser's new session to the provider's, if it came from one."""
    login = (signal_kwargs or {}).get("sociallogin")
    number = login.state.get(SESSION_KEY) if login is not None else None
    if number is not None:
        request.session[SESSION_KEY] = number


def door(view: View) -> View:
    """A view of the way through a provider: outside of a transaction, since it asks the provider; limited; failing in words."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        limited: HttpResponse | None = ratelimit.consume_or_429(
            request, app="allauth.account", action="provider", limit_get=True
        )
        if limited is not None:
            return limited
        try:
            return view(request, *args, **kwargs)
        except SocialApp.DoesNotExist:
            return refusal(request, _("There is no such way to sign in, or it was switched off."), HTTPStatus.NOT_FOUND)
        except (SignInRefusedError, ConflictError) as error:
            return refusal(request, str(error))
        except UnavailableError as error:
            sentence = _("The sign-in provider cannot be reached now; try again in a moment.")
            return refusal(request, sentence, HTTPStatus.SERVICE_UNAVAILABLE, reason=str(error))
        except ProdsecError as error:
            sentence = _(
                "The sign-in provider is not set up rightly; an admin can try it under Admin, Identity providers."
            )
            return refusal(request, sentence, reason=str(error))
        except (OAuth2Error, RequestException, PermissionDenied) as error:
            return refusal(request, went_wrong(), reason=type(error).__name__)

    return transaction.non_atomic_requests(never_cache(guarded))


def went_wrong() -> str:
    """What is said when there is no better sentence."""
    return _("The sign-in was not completed, or was begun too long ago or in another browser. Begin again.")


def refusal(
    request: HttpRequest, sentence: str, status: HTTPStatus = HTTPStatus.FORBIDDEN, *, reason: str = ""
) -> HttpResponse:
    """The page that says why somebody did not come in."""
    log.warning("provider_sign_in_refused", path=request.path, reason=reason or sentence)
    return render(request, "accounts/sign_in_refused.html", {"sentence": sentence}, status=status)


def app_of(provider: "SignInProvider", secret: str) -> SocialApp:
    """The provider as allauth wants to know it; never saved."""
    is_oidc = provider.kind == "oidc"
    settings = {
        "server_url": provider.address,
        "scope": list(provider.scopes),
        "oauth_pkce_enabled": True,
        "groups_claim": provider.groups_claim,
        "verified_claim": provider.verified_claim,
    }
    return SocialApp(
        provider="openid_connect" if is_oidc else "saml",
        provider_id=provider.slug,
        name=provider.name,
        client_id=provider.client_id if is_oidc else provider.slug,
        secret=secret,
        settings=settings,
    )


def sign_out(request: HttpRequest) -> None:
    """End the browser's session."""
    get_adapter(request).logout(request)
