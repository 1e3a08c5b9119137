"""`/api/v1/activity`: who did what, and why."""

import datetime
from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema

from prodsec.accounts.queries import viewer_asking
from prodsec.activity import queries
from prodsec.kit import querysets
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


class ActivityFilter(Schema):
    """Which deeds to list. `action` is a whole action (`asset.moved`) or its first part (`asset`)."""

    actor_id: int | None = None
    action: Text = ""
    object_type: Text = ""
    object_id: Text = ""
    asset_id: int | None = None
    since: Instant | None = None
    until: Instant | None = None
    cursor: str = ""
    limit: int | None = None


@router.get("", response=ActivityPage, summary="List what was done")
def list_activity(request: HttpRequest, wanted: Annotated[ActivityFilter, Query()]) -> ActivityPage:
    """Deeds, newest first; for admins."""
    rows = queries.activities(
        viewer_asking(request),
        actor_id=wanted.actor_id,
        action=wanted.action,
        object_type=wanted.object_type,
        object_id=wanted.object_id,
        asset_id=wanted.asset_id,
        since=wanted.since,
        until=wanted.until,
    )
    page = querysets.page(rows, "-id", cursor=wanted.cursor, size=wanted.limit)
    return ActivityPage(items=[_out(row) for row in page.items], next=page.next)


def _out(row: "Activity") -> ActivityOut:
    return ActivityOut(
        id=row.pk,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor_name,
        action=row.action,
        object_type=row.object_type,
        object_id=row.object_id,
        asset_id=row.asset_id,
        reason=row.reason,
        details=row.details,
        seal=bytes(row.digest).hex(),
    )
