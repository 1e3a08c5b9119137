"""What admins do about how people sign in: links to set a password, lost second factors, sessions, what is demanded."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from prodsec.accounts import queries
from prodsec.accounts.queries import sign_in as reading
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.services.breached_passwords import breached_passwords_file
from prodsec.accounts.types import Demand, Permission, Viewer
from prodsec.accounts.web import sign_in_forms as forms
from prodsec.flows import manage_sign_in


def sign_in_of(request: HttpRequest, person_id: int) -> HttpResponse:
    """How somebody signs in, and what can be done about it."""
    return _page(request, _manager(request), person_id)


@require_POST
def invite(request: HttpRequest, person_id: int) -> HttpResponse:
    """A link to set a password, shown in this answer and nowhere else."""
    viewer = _manager(request)
    text, _until = manage_sign_in.invite(viewer, person_id)
    answer = _page(
        request, viewer, person_id, link=request.build_absolute_uri(reverse("accounts:invitation", args=[text]))
    )
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def send_invitation(request: HttpRequest, person_id: int) -> HttpResponse:
    """A link to set a password, by mail."""
    manage_sign_in.send_invitation(_manager(request), person_id)
    messages.success(request, _("The link is on its way; it works for seven days."))
    return redirect("accounts:sign_in_of", person_id)


@require_POST
def remove_factors(request: HttpRequest, person_id: int) -> HttpResponse:
    """Lost second factors are taken away."""
    manage_sign_in.remove_factors(_manager(request), person_id)
    messages.success(
        request, _("The second factors are gone. They sign in with the password alone, and can set up new ones.")
    )
    return redirect("accounts:sign_in_of", person_id)


@require_POST
def end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody is signed out everywhere."""
    ended = manage_sign_in.end_sessions_of(_manager(request), person_id)
    told = ngettext("{number} browser is signed out.", "{number} browsers are signed out.", ended)
    messages.success(request, told.format(number=ended))
    return redirect("accounts:sign_in_of", person_id)


def sign_in_rules(request: HttpRequest) -> HttpResponse:
    """What is demanded of everybody."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.SIGN_IN_MANAGE)
    form = forms.SignInRulesForm(request.POST or None, initial={"second_factor": reading.demand().value})
    if request.method == "POST" and form.is_valid():
        manage_sign_in.demand_second_factor(viewer, of=Demand(form.cleaned_data["second_factor"]))
        messages.success(request, _("Saved."))
        return redirect("accounts:sign_in_rules")
    without = reading.people_without_factor(viewer)
    context = {"form": form, "without": without, "has_breach_list": breached_passwords_file().is_file()}
    return render(request, "accounts/sign_in_rules.html", context)


def _manager(request: HttpRequest) -> Viewer:
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.PERSON_MANAGE)
    return viewer


def _page(request: HttpRequest, viewer: Viewer, person_id: int, *, link: str = "") -> HttpResponse:
    context = {
        "person": queries.person(viewer, person_id),
        "factors": reading.factors(viewer, person_id),
        "sends_mail": bool(settings.PRODSEC_EMAIL_FROM),
        "link": link,
    }
    return render(request, "accounts/sign_in_of.html", context)
