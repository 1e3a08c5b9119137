"""Links by which people set their password: used by who got one, or asked for by who lost their password."""

from http import HTTPStatus

from allauth.account.utils import perform_login
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from prodsec.accounts import queries, services
from prodsec.accounts.queries import sign_in as reading
from prodsec.accounts.types import SYSTEM
from prodsec.accounts.web import limits
from prodsec.accounts.web import sign_in_forms as forms
from prodsec.flows import manage_sign_in
from prodsec.kit.pages import attempt


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody sets their password, once, and is signed in; with their second factor, where there is one."""
    if limits.spend(request, "link"):
        return respond_429(request)
    link = reading.password_link(token)
    if link is None:
        return render(request, "account/link_refused.html", status=HTTPStatus.NOT_FOUND)
    form = forms.NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["password"]
        person_id = attempt(form, lambda: manage_sign_in.use_password_link(token, password=password))
        if person_id is not None:
            messages.success(request, _("Your password is set."))
            return perform_login(request, queries.person(SYSTEM, person_id))
    return render(request, "account/invitation.html", {"name": link.person.name, "form": form})


@never_cache
def lost_password(request: HttpRequest) -> HttpResponse:
    """A link by mail, for who has this address. What is answered is the same for known and unknown addresses (T08)."""
    if not settings.PRODSEC_EMAIL_FROM:
        return render(request, "account/closed.html", status=HTTPStatus.NOT_FOUND)
    form = forms.ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if limits.spend(request, "reset_password", key=email.lower()):
            return respond_429(request)
        services.ask_for_link(email=email)
        return render(request, "account/link_sent.html", {"email": email})
    return render(request, "account/lost_password.html", {"form": form})
