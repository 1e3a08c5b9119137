"""Your account: name, password, second factors, recovery codes, and the browsers that are signed in."""

from allauth.account.views import PasswordChangeView, PasswordSetView
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from prodsec.accounts import queries
from prodsec.accounts.queries import sign_in as reading
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.web import sign_in_forms as forms
from prodsec.flows import manage_sign_in
from prodsec.kit.pages import attempt


def overview(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account on one page; the name is changed right here."""
    viewer = viewer_asking(request)
    person = queries.person(viewer, viewer.person_id or 0)
    form = forms.NameForm(request.POST or None, initial={"name": person.name})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if attempt(form, lambda: manage_sign_in.rename_oneself(viewer, name=name)) is not None:
            messages.success(request, _("Saved."))
            return redirect("account:overview")
    factors = reading.factors(viewer, person.pk)
    context = {
        "person": person,
        "form": form,
        "factors": factors,
        "lacks_factor": viewer.lacks_factor,
        "sessions": reading.sessions(viewer, current_key=request.session.session_key or ""),
    }
    return render(request, "account/overview.html", context)


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """One of one's own browsers is signed out."""
    manage_sign_in.end_session(viewer_asking(request), session_id)
    messages.success(request, _("That browser is signed out."))
    return redirect("account:overview")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """All browsers but this one are signed out."""
    ended = manage_sign_in.end_other_sessions(viewer_asking(request), but=request.session.session_key or "")
    told = ngettext("{number} other browser is signed out.", "{number} other browsers are signed out.", ended)
    messages.success(request, told.format(number=ended))
    return redirect("account:overview")


class ChangePassword(PasswordChangeView):
    """A new password, for who knows the old one; other browsers are signed out."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Change it and tell."""
        return _told(self.request, super().form_valid(form))


class SetPassword(PasswordSetView):
    """A first password, for who has signed in otherwise."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Set it and tell."""
        return _told(self.request, super().form_valid(form))


def _told(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    manage_sign_in.tell_password_changed(viewer_asking(request), but=request.session.session_key or "")
    return answer


change_password, set_password = ChangePassword.as_view(), SetPassword.as_view()
