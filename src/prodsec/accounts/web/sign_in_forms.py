"""Forms of signing in and of one's own account. They check shapes; rules live in services."""

from django import forms
from django.utils.translation import gettext_lazy as _

from prodsec.accounts.types import Demand


class NameForm(forms.Form):
    """How one is called."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))


class NewPasswordForm(forms.Form):
    """A password, through a link."""

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": 12, "autofocus": True}),
        strip=False,
        help_text=_("12 characters or more; a sentence is fine."),
    )


class ResetForm(forms.Form):
    """Who lost their password."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class SignInRulesForm(forms.Form):
    """How people have to sign in."""

    second_factor = forms.ChoiceField(
        label=_("Who has to have a second factor"),
        choices=[
            (Demand.NOBODY.value, _("Nobody has to")),
            (Demand.ADMINS.value, _("Admins")),
            (Demand.EVERYBODY.value, _("Everybody who signs in with a password")),
        ],
        widget=forms.RadioSelect,
        help_text=_("Who lacks one is led to set it up before anything else, at the next click."),
    )
