"""How allauth behaves here: nobody signs themselves up, disabled people stay out, and ways lead to our own pages only."""

from typing import TYPE_CHECKING, Any

from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import clean_client_ip
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from prodsec.accounts import queries
from prodsec.accounts.web.provider_sessions import ProviderRules
from prodsec.flows import manage_sign_in

if TYPE_CHECKING:
    from prodsec.accounts.models import Person

_TOO_MANY = ("too_many_login_attempts", "rate_limited")


class AccountAdapter(ProviderRules):
    """People are added by an admin or the first-admin link, never by an open form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Whether the way leads back to this very host; another one of ours may be somebody else's on this machine."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        """Who is at the other end: what the outermost of our own proxies saw, else who connected to us."""
        seen = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        proxies = settings.PRODSEC_PROXIES
        address = seen[-proxies] if 0 < proxies <= len(seen) else request.META.get("REMOTE_ADDR", "")
        return clean_client_ip(address) or "127.0.0.1"

    def post_login(self, request: HttpRequest, user: "Person", **kwargs: Any) -> HttpResponse:
        """Written down once somebody is in, after the second step too."""
        answer = super().post_login(request, user, **kwargs)
        # A second factor says which by its type, a provider which by its name.
        steps = get_authentication_records(request, user)
        ways = [str(step.get("type") or step.get("provider") or step["method"]) for step in steps]
        # The way back from a provider asks over the network, so its view is in no transaction.
        with transaction.atomic():
            manage_sign_in.tell_signed_in(queries.viewer_of(user), ways=ways, address=self.get_client_ip(request))
        return answer

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to one's account."""
        return reverse("account:overview")

    def validation_error(self, code: str, *args: object) -> ValidationError:
        """The error of a form. Raises: ImmediateHttpResponse where the answer is that it was tried too often."""
        if code in _TOO_MANY:
            raise ImmediateHttpResponse(respond_429(context.request))
        return super().validation_error(code, *args)
