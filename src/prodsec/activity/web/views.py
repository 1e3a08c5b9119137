"""The page of the record: a search of who did what to which object, and why; whether its chain fits; a copy to take away."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import queries
from prodsec.activity.services.looking import VERIFY_JOB
from prodsec.activity.types import Search
from prodsec.activity.web import export, objects, searching, words
from prodsec.kit import jobs
from prodsec.kit.errors import InvalidError

if TYPE_CHECKING:
    from prodsec.activity.models import Activity

# Actions whose details tell what was before and what is now; in others a list is a list.
_CHANGES = ("changed", "renamed", "moved")
_SPANS = (
    ("today", gettext_lazy("today")),
    ("7d", gettext_lazy("the last 7 days")),
    ("30d", gettext_lazy("the last 30 days")),
    ("365d", gettext_lazy("the last 365 days")),
)


@dataclass(frozen=True)
class Detail:
    """One of the details: what it is now, and for a change what it was."""

    name: str
    after: str
    before: str = ""
    is_change: bool = False


@dataclass(frozen=True)
class Row:
    """One deed as the page shows it; addresses are empty for what has no page."""

    at: datetime.datetime
    actor_id: int | None
    actor_name: str
    token_id: int | None
    action: str
    told: str
    kind: str
    name: str
    address: str
    asset: objects.Shown | None
    reason: str
    details: tuple[Detail, ...]


def activity(request: HttpRequest) -> HttpResponse:
    """Deeds, newest first, narrowed by whoever did what to which object, when and why."""
    viewer = viewer_asking(request)
    accounts.require(viewer, Permission.ACTIVITY_READ)
    given, problem, rows, following = request.GET, "", [], None
    try:
        page = queries.found(viewer, searching.search_of(viewer, given.dict()), cursor=given.get("cursor", ""))
        rows, following = _rows(viewer, page.items), page.next
    except InvalidError as error:
        problem = str(error)
    context = {
        "rows": rows,
        "following": following,
        "given": given,
        **_chosen(given.get("who", "")),
        "day_from": searching.day(given.get("from", "")),
        "day_to": searching.day(given.get("to", "")),
        "spans": [(value, str(label)) for value, label in _SPANS],
        "problem": problem,
        "is_narrowed": any(given.get(name) for name in searching.FIELDS),
        "people": accounts.people(viewer).prefetch_related(None).values_list("pk", "name"),
        "tokens": accounts.tokens(viewer).values_list("pk", "name", "owner__name"),
        "actions": [(action, words.told(action)) for action in queries.known_actions(viewer)],
        "types": sorted(((kind, str(name)) for kind, name in words.TYPES.items()), key=lambda each: each[1]),
        "last": queries.last_verification(viewer),
        "is_being_checked": jobs.is_under_way(VERIFY_JOB),
    }
    return render(request, "activity/activity.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Have every seal of the chain looked at; the page tells what was found."""
    viewer = viewer_asking(request)
    accounts.require(viewer, Permission.ACTIVITY_READ)
    if not jobs.is_under_way(VERIFY_JOB):
        jobs.enqueue_named(VERIFY_JOB, lock=VERIFY_JOB, person_id=viewer.person_id)
    messages.success(request, _("The chain is being checked. What is found will stand here, and in the record."))
    return redirect("activity:activity")


@require_POST
def take_copy(request: HttpRequest) -> HttpResponseBase:
    """What the search of the address finds, as a file."""
    viewer = viewer_asking(request)
    accounts.require(viewer, Permission.ACTIVITY_READ)
    search: Search = searching.search_of(viewer, request.GET.dict())
    form = export.Form.JSONL if request.POST.get("form") == export.Form.JSONL else export.Form.CSV
    return export.answer(viewer, search, form)


def _chosen(text: str) -> dict[str, int | None]:
    """Whom the field of the search shows as chosen."""
    try:
        whose = searching.who(text)
    except InvalidError:
        whose = searching.Who()
    return {"chosen_person": whose.person_id, "chosen_token": whose.token_id}


def _rows(viewer: Viewer, found: "list[Activity]") -> list[Row]:
    known = objects.shown(viewer, found)
    return [
        _row(row, known.get((row.object_type, row.object_id)), known.get(("asset", str(row.asset_id)))) for row in found
    ]


def _row(row: "Activity", known: objects.Shown | None, asset: objects.Shown | None) -> Row:
    return Row(
        at=row.at,
        actor_id=row.actor_id,
        actor_name=row.actor_name if row.actor_id else _("the system"),
        token_id=row.token_id,
        action=row.action,
        told=words.told(row.action),
        kind=words.named(row.object_type),
        name=known.name if known else row.object_id,
        address=known.address if known else objects.PLACES.get(row.object_type, ""),
        asset=None if row.object_type == "asset" else asset,
        reason=row.reason,
        details=tuple(_detail(row.action, name, value) for name, value in row.details.items()),
    )


def _detail(action: str, name: str, value: object) -> Detail:
    label = name.replace("_", " ")
    if action.endswith(_CHANGES) and isinstance(value, list) and len(value) == 2:
        return Detail(label, after=_told(value[1]), before=_told(value[0]), is_change=True)
    return Detail(label, after=_told(value))


def _told(value: object) -> str:
    """A value of the details as a person reads it."""
    if isinstance(value, list):
        return ", ".join(_told(part) for part in value[:20]) + (" …" if len(value) > 20 else "") if value else "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_told(part)}" for name, part in value.items()) or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value is None or value == "" else str(value)
