"""Forms of roles: what one lets people do, and who gets one where."""

from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from prodsec.accounts.queries import Role
from prodsec.accounts.types import Permission
from prodsec.accounts.web.role_words import permission_name, role_name

EVERYBODY = "everybody"


class RoleForm(forms.Form):
    """A role of this installation."""

    name = forms.CharField(label=_("Name"), max_length=200)
    permissions = forms.MultipleChoiceField(label=_("What it lets people do"), widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, allowed: frozenset[Permission], data: QueryDict | None = None, *, now: dict[str, object] | None = None
    ) -> None:
        """allowed: what whoever asks has themselves, and so may put into a role."""
        super().__init__(data, initial=now)
        cast("forms.MultipleChoiceField", self.fields["permissions"]).choices = [
            (permission.value, permission_name(permission)) for permission in Permission if permission in allowed
        ]

    def chosen(self) -> frozenset[Permission]:
        """The permissions chosen."""
        return frozenset(Permission(word) for word in self.cleaned_data["permissions"])


class NewRoleForm(RoleForm):
    """A new role; its short name is what the API and identity providers call it."""

    slug = forms.SlugField(label=_("Short name"), max_length=100, help_text=_("As the API calls it; it stays."))
    field_order = ("name", "slug", "permissions")


class GiveRoleForm(forms.Form):
    """Who gets which role."""

    role = forms.ChoiceField(label=_("Role"))
    who = forms.ChoiceField(label=_("Who"))

    def __init__(
        self,
        roles: list[Role],
        teams: list[tuple[int, str]],
        people: list[tuple[int, str]],
        data: QueryDict | None = None,
    ) -> None:
        super().__init__(data)
        cast("forms.ChoiceField", self.fields["role"]).choices = [(role.slug, role_name(role)) for role in roles]
        cast("forms.ChoiceField", self.fields["who"]).choices = [
            ("", _("Choose a team or person")),
            (EVERYBODY, _("Everybody who signs in")),
            (_("Teams"), [(f"team-{number}", name) for number, name in teams]),
            (_("People"), [(f"person-{number}", name) for number, name in people]),
        ]

    def subject(self) -> tuple[int | None, int | None]:
        """The person's id or the team's; neither is everybody."""
        kind, _dash, number = self.cleaned_data["who"].partition("-")
        return (int(number) if kind == "person" else None, int(number) if kind == "team" else None)
