"""The form of a destination. It checks shapes; rules live in services."""

from django import forms
from django.utils.translation import gettext_lazy as _

from prodsec.activity.types import Facts, Layout


class DestinationForm(forms.Form):
    """Where the record is forwarded to, and how."""

    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "tls://siem.example.com:6514", "autocomplete": "off"}),
        help_text=_("tls://, tcp:// or udp:// with host and port for syslog; https:// for a web address."),
    )
    layout = forms.ChoiceField(
        label=_("Written as"),
        choices=[(Layout.OCSF.value, _("OCSF, in JSON")), (Layout.CEF.value, _("CEF"))],
    )
    header = forms.CharField(
        label=_("Header with a secret"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "Authorization", "autocomplete": "off"}),
        help_text=_("For web addresses only."),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Its value"), required=False, max_length=4000, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept encrypted and never shown again. Left empty, it stays as it is, unless the host changes."),
    )  # fmt: skip

    def facts(self) -> Facts:
        """What was given; an empty secret keeps the one there is."""
        given = self.cleaned_data
        return Facts(
            name=given["name"],
            address=given["address"],
            layout=Layout(given["layout"]),
            header=given["header"],
            secret=given["secret"] or None,
            is_active=given.get("is_active", True),
        )


class NewDestinationForm(DestinationForm):
    """A destination that does not exist yet."""

    from_start = forms.BooleanField(label=_("Send what was done before, too"), required=False)


class ChangeDestinationForm(DestinationForm):
    """A destination that exists."""

    is_active = forms.BooleanField(label=_("Forward to it"), required=False)
