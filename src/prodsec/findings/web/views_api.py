"""`/api/v1/views`: saved views of the findings list."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.types import SavedViewFacts
from prodsec.kit.fields import Body, Text

router = Router(tags=["saved views"])


class SavedViewOut(Schema):
    """A saved view. `query` is what stands after the `?` of `/api/v1/findings`; `team_id` is null unless a team shares it."""

    id: int
    name: str
    query: str
    columns: list[str]
    owner_id: int
    owner: str
    team_id: int | None
    team: str
    is_for_everybody: bool
    is_pinned: bool
    is_subscribed: bool
    may_change: bool


class SavedViewIn(Body):
    """A question to keep under a name; for its owner alone, for one of their teams, or for everybody."""

    name: Text
    query: Text
    team_id: int | None = None
    is_for_everybody: bool = False
    columns: list[Text] = []


class SavedViewChange(Body):
    """What is to change. `team_id` counts together with `is_for_everybody`: giving the second says who sees it from now on."""

    name: Text | None = None
    query: Text | None = None
    team_id: int | None = None
    is_for_everybody: bool | None = None
    columns: list[Text] | None = None


@router.get("", response=list[SavedViewOut], summary="List saved views")
def list_views(request: HttpRequest) -> list[SavedViewOut]:
    """The views you may open, by name: yours, your teams', and everybody's. At most 500."""
    return [_out(view) for view in queries.saved_views(_reading(request))]


@router.post("", response={201: SavedViewOut}, summary="Save a view")
def add_view(request: HttpRequest, body: SavedViewIn) -> Status[SavedViewOut]:
    """Keep a question under a name."""
    viewer = viewer_asking(request)
    made = findings.save_view(
        viewer,
        name=body.name,
        query=body.query,
        team_id=body.team_id,
        is_for_everybody=body.is_for_everybody,
        columns=body.columns,
    )
    return Status(201, _out(queries.saved_view(viewer, made)))


@router.get("/{int:view_id}", response=SavedViewOut, summary="Show a saved view")
def show_view(request: HttpRequest, view_id: int) -> SavedViewOut:
    """One view."""
    return _out(queries.saved_view(_reading(request), view_id))


@router.patch("/{int:view_id}", response=SavedViewOut, summary="Change a saved view")
def change_view(request: HttpRequest, view_id: int, body: SavedViewChange) -> SavedViewOut:
    """Rename it, have it ask something else, share it in another way."""
    viewer = viewer_asking(request)
    findings.change_view(
        viewer,
        view_id,
        name=body.name,
        query=body.query,
        team_id=body.team_id,
        is_for_everybody=body.is_for_everybody,
        columns=body.columns,
    )
    return _out(queries.saved_view(viewer, view_id))


@router.delete("/{int:view_id}", response={204: None}, summary="Delete a saved view")
def remove_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """It goes for all who saw it; the findings stay as they are."""
    findings.remove_view(viewer_asking(request), view_id)
    return HttpResponse(status=204)


@router.put("/{int:view_id}/pin", response={204: None}, summary="Pin a saved view")
def pin_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Have it in your sidebar."""
    findings.pin_view(viewer_asking(request), view_id, pinned=True)
    return HttpResponse(status=204)


@router.delete("/{int:view_id}/pin", response={204: None}, summary="Unpin a saved view")
def unpin_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Have it out of your sidebar."""
    findings.pin_view(viewer_asking(request), view_id, pinned=False)
    return HttpResponse(status=204)


@router.put("/{int:view_id}/subscription", response={204: None}, summary="Hear of a saved view")
def subscribe(request: HttpRequest, view_id: int) -> HttpResponse:
    """Be told of new and reopened findings that enter it."""
    findings.subscribe(viewer_asking(request), view_id, subscribed=True)
    return HttpResponse(status=204)


@router.delete("/{int:view_id}/subscription", response={204: None}, summary="Hear no more of a saved view")
def unsubscribe(request: HttpRequest, view_id: int) -> HttpResponse:
    """Be told no more."""
    findings.subscribe(viewer_asking(request), view_id, subscribed=False)
    return HttpResponse(status=204)


def _reading(request: HttpRequest) -> Viewer:
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    return viewer


def _out(view: SavedViewFacts) -> SavedViewOut:
    return SavedViewOut(**{name: getattr(view, name) for name in SavedViewOut.model_fields if name != "columns"},
                        columns=list(view.columns))  # fmt: skip
