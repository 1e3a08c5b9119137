"""Forms of assets. They check shapes; what may be said of an asset is known to `rules.facts`."""

from django import forms
from django.utils.translation import gettext_lazy as _

from prodsec.inventory.rules import facts
from prodsec.inventory.types import AssetFacts, AssetKind

KINDS = {
    AssetKind.GROUP: _("group"),
    AssetKind.PROJECT: _("project"),
    AssetKind.IMAGE: _("image"),
    AssetKind.PACKAGE: _("package"),
    AssetKind.HOST: _("host"),
    AssetKind.WORKSTATION: _("workstation"),
    AssetKind.CLUSTER: _("cluster"),
    AssetKind.CLOUD_RESOURCE: _("cloud resource"),
    AssetKind.WEBSITE: _("website"),
}
_UNKNOWN = _("unknown")


class FactsForm(forms.Form):
    """What is said of an asset; every fact may be unknown."""

    kind = forms.TypedChoiceField(
        label=_("Kind"), coerce=int, choices=[(kind.value, name) for kind, name in KINDS.items()]
    )
    tier = forms.TypedChoiceField(
        label=_("Tier"),
        coerce=int,
        empty_value="0",
        required=False,
        choices=[
            ("", _UNKNOWN),
            (1, _("1, mission critical")),
            (2, _("2, business critical")),
            (3, _("3, business operational")),
            (4, _("4, administrative")),
        ],
    )
    data_class = forms.ChoiceField(
        label=_("Data class"), required=False, choices=[(word, word or _UNKNOWN) for word in facts.DATA_CLASSES]
    )
    boundary = forms.ChoiceField(
        label=_("Boundary"), required=False, choices=[(word, word or _UNKNOWN) for word in facts.BOUNDARIES]
    )
    default_ref = forms.CharField(
        label=_("Default branch or tag"), max_length=255, help_text=_("Only its scans write the lasting record.")
    )
    categories = forms.MultipleChoiceField(
        label=_("Categories"),
        required=False,
        choices=[(word, word) for word in facts.CATEGORIES],
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    urls = forms.CharField(
        label=_("Addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("https://, one a line."),
    )

    def facts(self) -> AssetFacts:
        """What was filled in."""
        given = self.cleaned_data
        return AssetFacts(
            kind=AssetKind(given["kind"]),
            tier=int(given["tier"]),
            categories=given["categories"],
            urls=given["urls"].split(),
            data_class=given["data_class"],
            boundary=given["boundary"],
            default_ref=given["default_ref"],
        )


class NewAssetForm(forms.Form):
    """A new asset; more can be said of it on its page."""

    path = forms.CharField(
        label=_("Path"),
        max_length=1000,
        widget=forms.TextInput(attrs={"placeholder": "gitlab.com/acme/payments/api"}),
        help_text=_("Groups above it that are missing are made as well."),
    )
    kind = forms.TypedChoiceField(
        label=_("Kind"),
        coerce=int,
        initial=AssetKind.PROJECT.value,
        choices=[(kind.value, name) for kind, name in KINDS.items()],
    )


class OwnerForm(forms.Form):
    """The team that owns an asset; none means: as the asset above has it."""

    team = forms.TypedChoiceField(label=_("Owner team"), coerce=int, empty_value=None, required=False)

    def __init__(
        self, teams: list[tuple[int, str]], data: object = None, *, initial: dict[str, object] | None = None
    ) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # what request.POST is
        self.fields["team"].choices = [("", _("as the asset above has it")), *teams]  # type: ignore[attr-defined]


class CodeownersForm(forms.Form):
    """A CODEOWNERS file, pasted or uploaded."""

    text = forms.CharField(
        label=_("CODEOWNERS"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 8, "class": "mono"})
    )
    file = forms.FileField(label=_("or a file"), required=False)

    def codeowners(self) -> str:
        """The text of the file if there is one, else what was pasted."""
        file = self.cleaned_data["file"]
        return str(file.read(), "utf-8", errors="replace") if file else str(self.cleaned_data["text"])


class ListForm(forms.Form):
    """A list of assets, pasted or uploaded, as CSV or JSON."""

    file = forms.FileField(label=_("File"), required=False)
    text = forms.CharField(
        label=_("or paste it"),
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "class": "mono",
                "placeholder": "path,kind,tier,owner\ngitlab.com/acme/payments/api,project,1,payments",
            }
        ),
    )

    def content(self) -> bytes:
        """The bytes of the list."""
        file = self.cleaned_data["file"]
        return bytes(file.read()) if file else str(self.cleaned_data["text"]).encode()
