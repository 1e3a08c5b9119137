"""The form of a saved view: its name, and who sees it."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.findings.services.views import LONGEST_NAME
from prodsec.findings.types import SavedViewFacts

ONLY_ME, EVERYBODY = "me", "all"


class ViewForm(forms.Form):
    """A name, and with whom the view is shared: nobody, a team of one's own, everybody."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    shared = forms.CharField(label=gettext_lazy("Who sees it"))

    def __init__(
        self,
        teams: Sequence[tuple[int, str]],
        data: QueryDict | None = None,
        *,
        may_share: bool,
        view: SavedViewFacts | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(view), auto_id="view-%s")
        choices: list[tuple[str, str | Promise]] = [(ONLY_ME, gettext_lazy("only me"))]
        choices += [(str(team_id), name) for team_id, name in teams]
        if view and view.team_id is not None and view.team_id not in dict(teams):
            choices.append((str(view.team_id), view.team))
        if may_share or (view and view.is_for_everybody):
            choices.append((EVERYBODY, gettext_lazy("everybody")))
        self._known = {word for word, _name in choices}
        self.fields["shared"].widget = forms.Select(choices=choices)

    def clean_shared(self) -> str:
        """One of the choices."""
        chosen: str = self.cleaned_data["shared"]
        if chosen not in self._known:
            raise forms.ValidationError(_("Choose who sees it."))
        return chosen

    @property
    def team_id(self) -> int | None:
        """The team that was chosen, if any."""
        chosen = self.cleaned_data["shared"]
        return int(chosen) if chosen.isdecimal() else None

    @property
    def is_for_everybody(self) -> bool:
        """Whether everybody was chosen."""
        return bool(self.cleaned_data["shared"] == EVERYBODY)


def _initial(view: SavedViewFacts | None) -> dict[str, str]:
    if view is None:
        return {"shared": ONLY_ME}
    shared = EVERYBODY if view.is_for_everybody else str(view.team_id) if view.team_id is not None else ONLY_ME
    return {"name": view.name, "shared": shared}
