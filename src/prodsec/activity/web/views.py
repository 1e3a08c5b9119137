"""The page of the record: who did what to which object, and why; and whether its chain still fits."""

import datetime
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts.queries import viewer_asking
from prodsec.activity import queries
from prodsec.kit import paging

PAGE_SIZE = 50
_ADDRESSES = {
    "finding": "/findings/{}/",
    "asset": "/assets/{}/",
    "scan": "/imports/{}/",
    "person": "/admin/people/{}/",
    "team": "/admin/teams/{}/",
}


@dataclass(frozen=True)
class Row:
    """One deed as the page shows it; `address` is empty for what has no page."""

    at: datetime.datetime
    actor_id: int | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    address: str
    reason: str
    details: tuple[tuple[str, str], ...]


def activity(request: HttpRequest) -> HttpResponse:
    """Deeds, newest first, narrowed by actor, action or object."""
    viewer = viewer_asking(request)
    given = request.GET
    actor = given.get("actor", "")
    rows = queries.activities(
        viewer,
        actor_id=int(actor) if actor.isdigit() else None,
        action=given.get("action", "").strip(),
        object_type=given.get("type", ""),
        object_id=given.get("object", ""),
    )
    if cursor := given.get("cursor"):
        rows = rows.filter(pk__lt=paging.decode_cursor(cursor, length=1)[0])
    found = list(rows[: PAGE_SIZE + 1])
    following = paging.encode_cursor([found[PAGE_SIZE - 1].pk]) if len(found) > PAGE_SIZE else None
    shown = [
        Row(
            at=row.at,
            actor_id=row.actor_id,
            actor_name=row.actor_name,
            action=row.action,
            object_type=row.object_type,
            object_id=row.object_id,
            address=_ADDRESSES.get(row.object_type, "").format(row.object_id),
            reason=row.reason,
            details=tuple((name, _told(value)) for name, value in row.details.items()),
        )
        for row in found[:PAGE_SIZE]
    ]
    return render(request, "activity/activity.html", {"rows": shown, "following": following, "given": given})


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Look at every seal of the chain and say what was found."""
    queries.activities(viewer_asking(request))
    state = queries.verify_chain()
    if state.broken_at is None:
        text = _("The chain is whole: {rows} rows fit, up to the seal {head}.")
        messages.success(request, text.format(rows=state.rows, head=state.head[:16] or "–"))
    else:
        text = _(
            "The chain is broken at row {row}: {rows} rows before it fit. Keep a copy of the database, find out who had access."
        )
        messages.error(request, text.format(row=state.broken_at, rows=state.rows))
    return redirect("activity:activity")


def _told(value: object) -> str:
    """A value of the details as a person reads it; a pair is before and after."""
    if isinstance(value, list):
        return (" → " if len(value) == 2 else ", ").join(_told(part) for part in value)
    if value is None or value == "":
        return "–"
    return str(value)
