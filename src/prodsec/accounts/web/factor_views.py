"""Pages where people set up and use second factors. allauth does the deed, in our frame; what was done is told.

Each deed asks for the password again (allauth's reauthentication). Recovery codes are shown in the answer to the POST
that made them and never again, so looking at a page changes nothing.
"""

import json
from typing import Any

from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy

from prodsec.accounts.queries import sign_in as reading
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import FactorKind
from prodsec.flows import manage_sign_in

OVERVIEW = reverse_lazy("account:overview")


def codes_page(request: HttpRequest) -> HttpResponse:
    """The recovery codes that were made just now, this once."""
    viewer = viewer_asking(request)
    manage_sign_in.tell_factor_added(viewer, FactorKind.RECOVERY_CODES)
    page = render(request, "account/recovery_codes.html", {"codes": reading.recovery_codes(viewer)})
    page["Cache-Control"] = "no-store"
    return page


class Options:
    """Hands the options of the browser's own dialogue to a data attribute: scripts inside a page are forbidden."""

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """The context of the view beside it, with the options as text."""
        context: dict[str, Any] = super().get_context_data(**given)  # type: ignore[misc]  # the view beside it has it
        options = next(iter(context.pop("js_data", {}).values()), None)
        return {**context, "options": json.dumps(options, cls=DjangoJSONEncoder) if options else ""}


class AddApp(ActivateTOTPView):
    """An authenticator app is set up with a QR code, or by typing its secret."""

    template_name = "account/app_add.html"
    success_url = OVERVIEW

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Keep it, and show recovery codes when they are the first ones."""
        answer: HttpResponse = super().form_valid(form)
        manage_sign_in.tell_factor_added(viewer_asking(self.request), FactorKind.APP)
        return codes_page(self.request) if self.did_generate_recovery_codes else answer

    def get_success_url(self) -> str:
        """Back to one's account."""
        return str(OVERVIEW)


class RemoveApp(DeactivateTOTPView):
    """An authenticator app is removed."""

    template_name = "account/app_remove.html"
    success_url = OVERVIEW

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Remove it; recovery codes go with the last factor."""
        answer: HttpResponse = super().form_valid(form)
        manage_sign_in.tell_factor_removed(viewer_asking(self.request), FactorKind.APP)
        return answer


class AddKey(Options, AddWebAuthnView):
    """A security key or passkey is added."""

    template_name = "account/key_add.html"

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Keep it, and show recovery codes when they are the first ones."""
        answer: HttpResponse = super().form_valid(form)
        name = form.cleaned_data["name"]
        manage_sign_in.tell_factor_added(viewer_asking(self.request), FactorKind.KEY, name=name)
        return codes_page(self.request) if self.did_generate_recovery_codes else answer

    def get_success_url(self) -> str:
        """Back to one's account."""
        return str(OVERVIEW)


class RenameKey(EditWebAuthnView):
    """A security key gets another name."""

    template_name = "account/key_rename.html"
    success_url = OVERVIEW

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Keep the name and tell."""
        answer: HttpResponse = super().form_valid(form)
        manage_sign_in.tell_factor_renamed(viewer_asking(self.request), name=form.cleaned_data["name"])
        return answer


class RemoveKey(RemoveWebAuthnView):
    """A security key is removed."""

    template_name = "account/key_remove.html"
    success_url = OVERVIEW

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Remove it; recovery codes go with the last factor."""
        name = self.object.wrap().name
        answer: HttpResponse = super().form_valid(form)
        manage_sign_in.tell_factor_removed(viewer_asking(self.request), FactorKind.KEY, name=name)
        return answer


class MakeCodes(GenerateRecoveryCodesView):
    """New recovery codes; the old ones stop working."""

    template_name = "account/recovery_codes_make.html"
    success_url = OVERVIEW

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Make them and show them."""
        super().form_valid(form)
        return codes_page(self.request)


class SecondStep(Options, AuthenticateView):
    """Signing in, after the password: the code of an app, a recovery code, or a security key."""

    template_name = "account/second_step.html"


class ConfirmByCode(ReauthenticateView):
    """It is you, by a code."""

    template_name = "account/reauthenticate_code.html"


class ConfirmByKey(Options, ReauthenticateWebAuthnView):
    """It is you, by a security key."""

    template_name = "account/reauthenticate_key.html"


class SignInByPasskey(LoginWebAuthnView):
    """Signing in with a passkey alone."""


add_app, remove_app = AddApp.as_view(), RemoveApp.as_view()
add_key, rename_key, remove_key = AddKey.as_view(), RenameKey.as_view(), RemoveKey.as_view()
make_codes = MakeCodes.as_view()
second_step, confirm_by_code, confirm_by_key = SecondStep.as_view(), ConfirmByCode.as_view(), ConfirmByKey.as_view()
sign_in_by_passkey = SignInByPasskey.as_view()
