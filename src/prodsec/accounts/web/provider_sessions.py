"""Sessions that came from an identity provider: asked for again before the page, ended when it no longer vouches.

Runs before the view and outside of its transaction, since it asks over the network.
"""

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from prodsec.accounts import queries, services
from prodsec.accounts.services import asking
from prodsec.accounts.types import AccessEndedError, GroupsFrom, ProviderAwayError
from prodsec.accounts.web import arrivals
from prodsec.flows import sign_in_by_provider
from prodsec.kit import clock

if TYPE_CHECKING:
    from prodsec.accounts.models import Person, ProviderSession

log = structlog.get_logger()

API = "/api/"
# A provider that does not answer is not asked by every request.
TRY_AGAIN_AFTER = datetime.timedelta(seconds=15)


class ProviderSessionMiddleware:
    """Asks the provider again when its last word is too old, so that a group taken away there is gone here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the view does, or that the session ended, or that the provider cannot be asked."""
        by_token = request.path.startswith(API) and request.headers.get("Authorization")
        if not by_token and arrivals.SESSION_KEY in request.session and request.user.is_authenticated:
            try:
                _check(request)
            except AccessEndedError as error:
                _end(request, str(error))
            except ProviderAwayError as error:
                return _away(request, str(error))
        return self._get_response(request)


def _check(request: HttpRequest) -> None:
    """Pass while the provider vouches. Raises: AccessEndedError, ProviderAwayError. Cost: 1 query while nothing is due."""
    session = queries.provider_session(request.session[arrivals.SESSION_KEY])
    if session is None or session.identity.person_id != request.user.pk:
        raise AccessEndedError(_("Your session was ended by an admin, or at your sign-in provider. Sign in again."))
    provider, now = session.identity.provider, clock.now()
    if not provider.is_enabled:
        raise AccessEndedError(_("Signing in through {name} was switched off.").format(name=provider.name))
    if session.ends_at is not None and session.ends_at <= now:
        raise AccessEndedError(_("Your session from {name} ended; sign in again.").format(name=provider.name))
    is_due = now - session.asked_at >= datetime.timedelta(seconds=provider.recheck_seconds)
    if is_due and _can_be_asked(session):
        _ask(session, now)


def _can_be_asked(session: "ProviderSession") -> bool:
    if session.groups_from == GroupsFrom.USERINFO:
        return session.access_token is not None
    return session.groups_from == GroupsFrom.IDENTITY and session.refresh_token is not None


def _ask(session: "ProviderSession", now: datetime.datetime) -> None:
    provider = session.identity.provider
    holds_until = session.asked_at + datetime.timedelta(seconds=provider.grace_seconds)
    failed_just_now = session.tried_at > session.asked_at and now - session.tried_at < TRY_AGAIN_AFTER
    if failed_just_now and now < holds_until:
        return
    try:
        groups = asking.groups_now(session)
    except ProviderAwayError as error:
        services.not_heard(session)
        log.warning("provider_away", provider=provider.slug, reason=str(error.__cause__))
        if now < holds_until:
            return
        raise
    with transaction.atomic():
        sign_in_by_provider.still_here(session, groups)


def _end(request: HttpRequest, sentence: str) -> None:
    arrivals.sign_out(request)
    messages.warning(request, sentence)


def _away(request: HttpRequest, sentence: str) -> HttpResponse:
    if request.path.startswith(API):
        body = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": sentence}
        return JsonResponse(body, status=503, content_type="application/problem+json")
    return render(request, "accounts/sign_in_refused.html", {"sentence": sentence, "is_away": True}, status=503)


class ProviderRules(DefaultAccountAdapter):
    """What allauth's account adapter does differently because there are identity providers."""

    def pre_login(self, request: HttpRequest, user: "Person", **kwargs: Any) -> HttpResponse | None:
        """Refuse any other way to those who have to come through a provider, after their password was right."""
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if answer is not None or "sociallogin" in (kwargs.get("signal_kwargs") or {}):
            return answer
        provider = queries.provider_required_of(user)
        if provider is None:
            return None
        sentence = _("You sign in through {name}; a password does not do any more.").format(name=provider.name)
        return arrivals.refusal(request, sentence)

    def post_login(self, request: HttpRequest, user: "Person", **kwargs: Any) -> HttpResponse:
        """Bind the new session to the provider's, if it came from one."""
        arrivals.begin(request, kwargs.get("signal_kwargs"))
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def logout(self, request: HttpRequest) -> None:
        """Forget the provider's tokens with the session."""
        number = request.session.get(arrivals.SESSION_KEY)
        if number is not None:
            services.end_provider_session(number)
        super().logout(request)
