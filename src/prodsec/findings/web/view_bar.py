"""What the list of findings says of the saved view it shows, and the form to save it as one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.http import QueryDict

from prodsec.accounts.types import Viewer
from prodsec.findings import queries
from prodsec.findings.rules.filtering import addresses
from prodsec.findings.rules.filtering.addresses import Ignored, Reading
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


def bar(viewer: Viewer, reading: Reading, view: SavedViewFacts | None, *, teams: Iterable[NamedTeam]) -> ViewBar:
    """The bar above the list. Cost: no query."""
    query = addresses.written(reading.filters)
    mine = [(team.pk, team.name) for team in teams if team.pk in viewer.team_ids]
    return ViewBar(
        view=view,
        query=query,
        is_changed=view is not None and query != addresses.salvaged(view.query)[0],
        ignored=reading.ignored,
        form=ViewForm(mine, may_share=queries.may_share(viewer)),
    )
