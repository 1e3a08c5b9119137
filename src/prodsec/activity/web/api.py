"""`/api/v1/activity`: who did what, and why."""

import dataclasses
import datetime
from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Schema

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import queries
from prodsec.activity.types import Search
from prodsec.activity.web import export, searching
from prodsec.kit.fields import Instant, Text

if TYPE_CHECKING:
    from prodsec.activity.models import Activity

router = Router(tags=["activity"])


class ActivityOut(Schema):
    """One deed. `details` holds names and plain values; `seal` binds it to all deeds before."""

    id: int
    at: datetime.datetime
    actor_id: int | None
    actor: str
    token_id: int | None
    action: str
    object_type: str
    object_id: str
    asset_id: int | None
    reason: str
    details: dict[str, object]
    seal: str


class ActivityPage(Schema):
    """Some deeds, newest first."""

    items: list[ActivityOut]
    next: str | None


class ActivitySearch(Schema):
    """Which deeds; everything given has to fit.

    `who` is `system`, `person:3` or `token:5`; `action` a whole action (`asset.moved`) or its first part (`asset`);
    `asset` a path, with all below it; `within` is `today`, `7d` or `24h`; `words` begin words of the reason.
    """

    who: Text = ""
    actor_id: int | None = None
    action: Text = ""
    object_type: Text = ""
    object_id: Text = ""
    asset_id: int | None = None
    asset: Text = ""
    within: Text = ""
    since: Instant | None = None
    until: Instant | None = None
    words: Text = ""


class ActivityFilter(ActivitySearch):
    """A search, a page at a time."""

    cursor: str = ""
    limit: int | None = None


@router.get("", response=ActivityPage, summary="Search what was done")
def list_activity(request: HttpRequest, wanted: Annotated[ActivityFilter, Query()]) -> ActivityPage:
    """Deeds, newest first; for who may read the record."""
    viewer = viewer_asking(request)
    page = queries.found(viewer, _search(viewer, wanted), cursor=wanted.cursor, size=wanted.limit)
    return ActivityPage(items=[_out(row) for row in page.items], next=page.next)


@router.post("/export", summary="Take a copy of what was done")
def export_activity(
    request: HttpRequest, wanted: Annotated[ActivitySearch, Query()], form: export.Form = export.Form.JSONL
) -> StreamingHttpResponse:
    """What the search finds, newest first, as CSV or JSON Lines; that it was taken is written down."""
    viewer = viewer_asking(request)
    accounts.require(viewer, Permission.ACTIVITY_READ)
    return export.answer(viewer, _search(viewer, wanted), form)


def _search(viewer: Viewer, wanted: ActivitySearch) -> Search:
    fields = {"who": wanted.who, "action": wanted.action, "type": wanted.object_type, "object": wanted.object_id,
              "asset": wanted.asset, "within": wanted.within, "words": wanted.words}  # fmt: skip
    search = searching.search_of(viewer, fields)
    if wanted.actor_id is not None:
        search = dataclasses.replace(search, actor_id=wanted.actor_id)
    if wanted.asset_id is not None:
        search = dataclasses.replace(search, asset_ids=(wanted.asset_id,))
    since = wanted.since if wanted.since is not None else search.since
    return dataclasses.replace(search, since=since, until=wanted.until)


def _out(row: "Activity") -> ActivityOut:
    return ActivityOut(
        id=row.pk,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor_name,
        token_id=row.token_id,
        action=row.action,
        object_type=row.object_type,
        object_id=row.object_id,
        asset_id=row.asset_id,
        reason=row.reason,
        details=row.details,
        seal=bytes(row.digest).hex(),
    )
