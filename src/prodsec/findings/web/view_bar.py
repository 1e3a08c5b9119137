"""What the list of findings says of the saved view it shows, and the form to save it as one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from django.http import QueryDict

from prodsec.accounts.types import Viewer
from prodsec.findings import queries
from prodsec.findings.queries import Ignored
from prodsec.findings.rules import views as rules
from prodsec.findings.types import SavedViewFacts, ViewNotFoundError
from prodsec.findings.web.view_forms import ViewForm


class NamedTeam(Protocol):
    """A team by its name."""

    pk: int
    name: str


@dataclass(frozen=True)
class ViewBar:
    """The view that the address names (if the viewer may open it), and what became of its question.

    query       what the address asks, as a view would keep it
    is_changed  whether that is no longer what the view asks
    """

    view: SavedViewFacts | None
    query: str
    is_changed: bool
    ignored: tuple[Ignored, ...]
    form: ViewForm


def opened(viewer: Viewer, given: QueryDict) -> SavedViewFacts | None:
    """The view that the address names; one that is gone, or not the viewer's to see, is none. Cost: 1 query with a view."""
    number = given.get("view", "")
    if not (number.isdecimal() and len(number) < 18):
        return None
    try:
        return queries.saved_view(viewer, int(number))
    except ViewNotFoundError:
        return None


def understood(given: Mapping[str, Sequence[str]]) -> tuple[dict[str, list[str]], tuple[Ignored, ...]]:
    """What an address asks without the parts that mean nothing today, and those."""
    question = queries.question(urlencode(given, doseq=True))
    return {name: list(values) for name, values in question.parameters.items()}, question.ignored


def bar(
    viewer: Viewer,
    given: QueryDict,
    view: SavedViewFacts | None,
    *,
    teams: Iterable[NamedTeam],
    ignored: tuple[Ignored, ...] = (),
) -> ViewBar:
    """The bar above the list. Cost: no query."""
    asked = rules.canonical(given.urlencode())
    return ViewBar(
        view=view,
        query=asked,
        is_changed=view is not None and asked != view.query,
        ignored=ignored,
        form=ViewForm(
            [(team.pk, team.name) for team in teams if team.pk in viewer.team_ids], may_share=queries.may_share(viewer)
        ),
    )
