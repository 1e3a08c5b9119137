"""The form that sends a report. The bytes themselves never pass through it: they are streamed, see `uploads`."""

from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    """What was scanned, and how the report is meant."""

    file = forms.FileField(
        label=_("Report"), required=False, help_text=_("As the scanner wrote it, also zipped. At most 1 GB.")
    )
    asset = forms.CharField(
        label=_("Asset"),
        max_length=1000,
        widget=forms.TextInput(
            attrs={"placeholder": "gitlab.com/acme/payments/api", "list": "assets", "autocomplete": "off"}
        ),
        help_text=_("The path of what was scanned. A new one is made, if you may make it there."),
    )
    target = forms.CharField(
        label=_("Branch or tag"),
        required=False,
        max_length=255,
        help_text=_("Empty: the default one. Scans of others are compared with the record and never change it."),
    )
    format = forms.CharField(
        label=_("Format"), required=False, max_length=100, help_text=_("Empty: it is told from the content.")
    )
    partial = forms.BooleanField(
        label=_("This report shows a part only"), required=False, help_text=_("Then nothing is closed by it.")
    )
    dry_run = forms.BooleanField(
        label=_("Rehearse"), required=False, help_text=_("Shows what it would change, and changes nothing.")
    )
