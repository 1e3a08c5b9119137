"""The saved views in a person's sidebar: remembered in their session, so that no page waits for counting.

A page shows what the session remembers, at once; when that is older than a minute, the page asks for it again by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from prodsec.accounts.types import Viewer
from prodsec.findings import queries
from prodsec.findings.types import SavedViewFacts
from prodsec.kit import clock

FRESH_SECONDS = 60
_NAME = "pinned_views"


@dataclass(frozen=True)
class Pinned:
    """A view in the sidebar. `count` is None while nobody has counted."""

    id: int
    name: str
    address: str
    count: int | None


@dataclass(frozen=True)
class Sidebar:
    """The views of a sidebar, and whether they should be asked for again."""

    views: tuple[Pinned, ...]
    is_stale: bool


def remembered(session: SessionBase) -> Sidebar:
    """What the session knows. Cost: no query."""
    kept = session.get(_NAME)
    if not isinstance(kept, dict):
        return Sidebar((), is_stale=True)
    age = clock.now().timestamp() - kept["at"]
    return Sidebar(tuple(Pinned(*view) for view in kept["views"]), is_stale=not 0 <= age < FRESH_SECONDS)


def count_again(request: HttpRequest, viewer: Viewer) -> Sidebar:
    """Look at the views and count. Cost: 5 queries, and those of `queries.counts_of`."""
    views = queries.saved_views(viewer, pinned=True, most=queries.MOST_PINNED)
    return _remember(request, views, queries.counts_of(viewer, views), at=clock.now().timestamp())


def note_change(request: HttpRequest, viewer: Viewer) -> None:
    """Have the next page show the sidebar as it is now; what was counted before is counted again. Cost: 1 query."""
    views = queries.saved_views(viewer, pinned=True, most=queries.MOST_PINNED)
    known = {view.address: view.count for view in remembered(request.session).views}
    _remember(request, views, {view.id: known.get(queries.address_of(view)) for view in views}, at=0)


def _remember(
    request: HttpRequest, views: Sequence[SavedViewFacts], counts: Mapping[int, int | None], *, at: float
) -> Sidebar:
    rows = [[view.id, view.name, queries.address_of(view), counts.get(view.id)] for view in views]
    request.session[_NAME] = {"at": at, "views": rows}
    return remembered(request.session)
