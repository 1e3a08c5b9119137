"""Forms of identity providers. They check shapes; rules live in services."""

import re
from typing import TYPE_CHECKING, cast

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from prodsec.accounts.types import ProviderKind, ProviderSettings

if TYPE_CHECKING:
    from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

    from prodsec.accounts.models import SignInProvider

_LARGEST_FILE = 1_000_000


class ProviderForm(forms.Form):
    """What both kinds share, in the order of the page."""

    kind: ProviderKind

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("As the button on the sign-in page says it."),
        widget=forms.TextInput(attrs={"placeholder": "GitLab"}),
    )  # fmt: skip
    groups_claim = forms.CharField(
        label=_("Where groups are"), max_length=300, initial="groups",
        help_text=_("The claim or attribute with somebody's groups. realm_access.roles looks inside a claim."),
    )  # fmt: skip
    trusted_domains = forms.CharField(
        label=_("Trusted for the domains"), required=False, widget=forms.TextInput(attrs={"placeholder": "acme.example"}),
        help_text=_("Whose e-mail addresses it may vouch for. Somebody's first sign-in is known by their address."),
    )  # fmt: skip
    lets_in_unknown = forms.BooleanField(label=_("Let people in whom no admin added; they are added"), required=False)
    required_domains = forms.CharField(
        label=_("Required for the domains"), required=False, widget=forms.TextInput(attrs={"placeholder": "acme.example"}),
        help_text=_("Whose people may not use a password any more."),
    )  # fmt: skip
    admins_keep_password = forms.BooleanField(
        label=_("Admins may still use their password, for the day the provider is away"), required=False, initial=True
    )
    session_hours = forms.IntegerField(
        label=_("Longest session, in hours"), min_value=1, initial=8,
        help_text=_("Where the provider cannot be asked again whether somebody may still come in."),
    )  # fmt: skip
    is_enabled = forms.BooleanField(label=_("People can sign in through it"), required=False, initial=True)

    def settings(self) -> ProviderSettings:
        """What the form says."""
        given = self.cleaned_data
        return ProviderSettings(
            name=given["name"],
            kind=self.kind,
            address=given["address"],
            metadata=given.get("metadata") or "",
            client_id=given.get("client_id", ""),
            scopes=_words(given.get("scopes", "")),
            groups_claim=given["groups_claim"],
            verified_claim=given["verified_claim"],
            trusted_domains=_words(given["trusted_domains"]),
            required_domains=_words(given["required_domains"]),
            admins_keep_password=given["admins_keep_password"],
            lets_in_unknown=given["lets_in_unknown"],
            recheck_seconds=given.get("recheck_seconds", 300),
            grace_seconds=given.get("grace_seconds", 900),
            session_hours=given["session_hours"],
            is_enabled=given["is_enabled"],
        )

    def new_secret(self) -> str | None:
        """A new secret; None: the one there is stays."""
        return self.cleaned_data.get("secret") or None


class OidcForm(ProviderForm):
    """A provider that speaks OpenID Connect."""

    kind = ProviderKind.OIDC

    address = forms.CharField(
        label=_("Issuer"), max_length=2000, widget=forms.URLInput(attrs={"placeholder": "https://gitlab.com"}),
        help_text=_("The provider's address, exactly as it calls itself."),
    )  # fmt: skip
    client_id = forms.CharField(label=_("Client id"), max_length=500, help_text=_("Also called application id."))
    secret = forms.CharField(
        label=_("Client secret"), required=False, strip=True, max_length=5000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown again. Empty: the one there is stays."),
    )  # fmt: skip
    scopes = forms.CharField(label=_("Scopes"), initial="openid profile email", max_length=1000)
    verified_claim = forms.CharField(
        label=_("Claim that says an address is verified"), initial="email_verified", max_length=300,
        help_text=_("Entra ID: xms_edov."),
    )  # fmt: skip
    recheck_seconds = forms.IntegerField(
        label=_("Ask again after, in seconds"), min_value=0, initial=300,
        help_text=_("How old the provider's word on somebody may be. 0: it is asked at every request."),
    )  # fmt: skip
    grace_seconds = forms.IntegerField(
        label=_("While it cannot be reached, its word holds for, in seconds"), min_value=0, initial=900
    )
    field_order = (
        "name", "address", "client_id", "secret", "scopes", "trusted_domains", "lets_in_unknown", "required_domains",
        "admins_keep_password", "groups_claim", "verified_claim", "recheck_seconds", "grace_seconds", "session_hours",
        "is_enabled",
    )  # fmt: skip


class SamlForm(ProviderForm):
    """A provider that speaks SAML 2.0."""

    kind = ProviderKind.SAML

    address = forms.CharField(
        label=_("Address of its metadata"), required=False, max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://idp.acme.example/metadata"}),
        help_text=_("Fetched again once a day. Leave it empty to give the metadata as a file."),
    )  # fmt: skip
    metadata = forms.FileField(
        label=_("Its metadata as a file"), required=False, help_text=_("XML. Empty: the metadata there are stay."),
        widget=forms.FileInput(attrs={"accept": ".xml,application/xml,text/xml"}),
    )  # fmt: skip
    verified_claim = forms.CharField(
        label=_("Attribute that says an address is verified"), required=False, max_length=300,
        help_text=_("Empty: addresses of the trusted domains count as they come."),
    )  # fmt: skip
    field_order = (
        "name", "address", "metadata", "trusted_domains", "lets_in_unknown", "required_domains",
        "admins_keep_password", "groups_claim", "verified_claim", "session_hours", "is_enabled",
    )  # fmt: skip

    def clean_metadata(self) -> str:
        """The file's text."""
        file = cast("TemporaryUploadedFile | None", self.cleaned_data.get("metadata"))
        if not file:
            return ""
        if (file.size or 0) > _LARGEST_FILE:
            raise forms.ValidationError(_("This file is larger than metadata are."))
        text: bytes = file.read()
        return text.decode("utf-8", errors="replace")


class GroupForm(forms.Form):
    """What a group of the provider gives."""

    group = forms.CharField(label=_("Group, as the provider names it"), max_length=500)
    team = forms.TypedChoiceField(label=_("Gives a place in the team"), coerce=int, empty_value=None, required=False)
    role = forms.ChoiceField(label=_("or the role"), required=False)
    asset = forms.CharField(
        label=_("on this asset and all below it"), required=False, max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "gitlab.com/acme/payments"}), help_text=_("A path. Empty: over all."),
    )  # fmt: skip

    def __init__(
        self, teams: list[tuple[int, str]], roles: list[tuple[str, str]], data: QueryDict | None = None
    ) -> None:
        super().__init__(data)
        cast("forms.ChoiceField", self.fields["team"]).choices = [("", _("No team")), *teams]
        cast("forms.ChoiceField", self.fields["role"]).choices = [("", _("No role")), *roles]


def form_of(
    kind: ProviderKind,
    data: QueryDict | None = None,
    files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None,
    *,
    provider: "SignInProvider | None" = None,
) -> ProviderForm:
    """The form of a kind, with what a provider is set to. A secret is never among it."""
    initial = None
    if provider is not None:
        initial = {name: getattr(provider, name) for name in ProviderForm.base_fields}
        initial |= {name: getattr(provider, name) for name in ("address", "client_id", "verified_claim")}
        initial |= {"recheck_seconds": provider.recheck_seconds, "grace_seconds": provider.grace_seconds}
        initial |= {"scopes": " ".join(provider.scopes)}
        initial |= {name: ", ".join(getattr(provider, name)) for name in ("trusted_domains", "required_domains")}
    form = OidcForm if kind is ProviderKind.OIDC else SamlForm
    return form(data, files, initial=initial)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[\s,;]+", text) if word)
