"""The form of the SLA document."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SlaForm(forms.Form):
    """A new version of the SLA, as YAML."""

    text = forms.CharField(
        label=_("Document"),
        strip=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 18, "class": "mono", "spellcheck": "false"}),
        help_text=_(
            "Saving makes a new version. What an old one computed keeps its number until it is computed again."
        ),
    )
