"""How allauth finds identity providers here, and what it does with who comes from them."""

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from prodsec.accounts import queries
from prodsec.accounts.services import providers
from prodsec.accounts.web import arrivals
from prodsec.kit import http_requests
from prodsec.kit.errors import ProdsecError


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Providers are rows of ours; people are let in by us, never by a form of allauth."""

    def get_requests_session(self) -> requests.Session:
        """What allauth asks providers with."""
        return http_requests.session()

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The providers that people may sign in through; with their secrets only the one that is asked for."""
        rows = [row for row in queries.open_providers() if provider in (None, row.slug)]
        apps = [arrivals.app_of(row, providers.secret_of(row) if provider is not None else "") for row in rows]
        return [app for app in apps if client_id in (None, app.client_id)]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never by a form: `pre_social_login` made the person, or refused."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Somebody was vouched for: find out who they are here. Raises: ImmediateHttpResponse with a refusal."""
        try:
            arrivals.receive(sociallogin)
        except ProdsecError as error:
            raise ImmediateHttpResponse(arrivals.refusal(request, str(error))) from None

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: object = None,
    ) -> None:
        """The way through the provider failed. Raises: ImmediateHttpResponse with a page of ours."""
        del provider, extra_context
        cancelled = str(error) == "cancelled"
        sentence = (
            _("You did not go on at the provider, so you are not signed in.") if cancelled else arrivals.went_wrong()
        )
        reason = type(exception).__name__ if exception is not None else str(error)
        raise ImmediateHttpResponse(arrivals.refusal(request, sentence, reason=reason))
