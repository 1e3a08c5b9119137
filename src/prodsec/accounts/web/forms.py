"""Forms of people, teams and tokens. They check shapes; rules live in services."""

import datetime
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from prodsec.accounts.types import Scope


def _password(label: object, *, required: bool = True) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": 12})
    help_text = _("12 characters or more; a sentence is fine.")
    return forms.CharField(label=label, widget=widget, strip=False, required=required, help_text=help_text)  # type: ignore[arg-type]  # a lazy text


class SetupForm(forms.Form):
    """The first admin."""

    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = _password(_("Password"))


class NewPersonForm(forms.Form):
    """Somebody new."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail address"))
    password = _password(_("First password"), required=False)
    is_admin = forms.BooleanField(label=_("May administer this installation"), required=False)


class ServiceAccountForm(forms.Form):
    """An account for a program."""

    service_name = forms.CharField(
        label=_("What it is for"), max_length=200, help_text=_("It never signs in. Give it roles, and make it a token.")
    )


class PersonForm(forms.Form):
    """What may be changed of somebody."""

    name = forms.CharField(label=_("Name"), max_length=200)
    is_admin = forms.BooleanField(label=_("May administer this installation"), required=False)
    is_active = forms.BooleanField(label=_("May sign in"), required=False)


class PasswordForm(forms.Form):
    """A new password for somebody."""

    password = _password(_("New password"))


class TeamForm(forms.Form):
    """A team; the slug is what CODEOWNERS files and lists of assets call it."""

    name = forms.CharField(label=_("Name"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=100,
        required=False,
        help_text=_("As CODEOWNERS files and lists of assets call it. Made from the name when empty."),
    )


class RenameTeamForm(forms.Form):
    """Another name for a team."""

    name = forms.CharField(label=_("Name"), max_length=200)


class MemberForm(forms.Form):
    """Who joins a team."""

    person = forms.TypedChoiceField(label=_("Person"), coerce=int)

    def __init__(self, people: list[tuple[int, str]], data: QueryDict | None = None) -> None:
        super().__init__(data)
        cast("forms.ChoiceField", self.fields["person"]).choices = [("", _("Choose a person")), *people]


class RemoveTeamForm(forms.Form):
    """Who gets what a team owns, when it is deleted."""

    hand_over_to = forms.TypedChoiceField(
        label=_("Hand over to"), coerce=int, empty_value=None, required=False,
        help_text=_("The team that gets its assets and findings, if it owns any."),
    )  # fmt: skip

    def __init__(self, teams: list[tuple[int, str]], data: QueryDict | None = None) -> None:
        super().__init__(data)
        cast("forms.ChoiceField", self.fields["hand_over_to"]).choices = [("", _("Nobody: it owns nothing")), *teams]


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What it is for"), max_length=200)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (Scope.IMPORT.value, _("Import reports")),
            (Scope.READ.value, _("Read everything its owner sees")),
            (Scope.WRITE.value, _("Read, import and change")),
            (Scope.ADMIN.value, _("Administer")),
            (Scope.SCIM.value, _("SCIM only: an identity provider keeps people and groups")),
        ],
        initial=[Scope.IMPORT.value],
    )
    subtree = forms.CharField(
        label=_("Only under this asset"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "gitlab.com/acme/payments"}),
        help_text=_("A path. Empty: everywhere its owner may."),
    )
    owner = forms.TypedChoiceField(label=_("Acts for"), coerce=int, empty_value=None, required=False)
    expires_on = forms.DateField(
        label=_("Expires on"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("UTC.")
    )

    def __init__(self, accounts: list[tuple[int, str]], data: QueryDict | None = None) -> None:
        """accounts: the service accounts that whoever asks may make tokens for; none takes the question away."""
        super().__init__(data)
        if accounts:
            cast("forms.ChoiceField", self.fields["owner"]).choices = [("", _("myself")), *accounts]
        else:
            del self.fields["owner"]

    def expires_at(self) -> datetime.datetime | None:
        """The last moment of the chosen day."""
        chosen = self.cleaned_data["expires_on"]
        return datetime.datetime.combine(chosen, datetime.time.max, datetime.UTC) if chosen else None
