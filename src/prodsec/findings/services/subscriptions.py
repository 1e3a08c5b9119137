"""Who wants to hear of findings that enter a view, and what entered since they last heard. One's own business, so no deed on record."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries
from prodsec.findings.models import FindingEvent, ViewSubscription
from prodsec.findings.queries.views import count_entered
from prodsec.findings.types import SavedViewFacts, ViewNotFoundError
from prodsec.kit.errors import ConflictError, ForbiddenError

MOST_SUBSCRIBED = 50
TELL_JOB = "prodsec.findings.tasks.tell_of_views"


@dataclass(frozen=True)
class Entered:
    """How many findings entered a view, as the person who wants to hear of it sees it."""

    person_id: int
    view: SavedViewFacts
    count: int
    until: int


def subscribe(viewer: Viewer, view_id: int, *, subscribed: bool) -> int:
    """Hear of new and reopened findings of a view from now on, or no more.

    Raises: ViewNotFoundError, ForbiddenError, ConflictError for too many.
    """
    accounts.require_scope(viewer, Permission.VIEW_SHARE)
    if viewer.person_id is None:
        raise ForbiddenError("Only a person can be told of a view.")
    view = queries.saved_view(viewer, view_id)
    theirs = ViewSubscription.objects.filter(person=viewer.person_id)
    if not subscribed:
        theirs.filter(view=view.id).delete()
    elif not view.is_subscribed:
        if theirs.count() >= MOST_SUBSCRIBED:
            raise ConflictError(f"You hear of {MOST_SUBSCRIBED} views already; leave one first.")
        ViewSubscription.objects.get_or_create(
            person_id=viewer.person_id, view_id=view.id, defaults={"last_event_id": _last_event()}
        )
    return view_id


def take_entered() -> Iterator[Entered]:
    """What entered each view since its reader last heard, counted with that reader's eyes; asked again, only what came after.

    Whoever may not see the view any more hears no more. Cost: 5 queries a subscription, by index.
    """
    until = _last_event()
    waiting = ViewSubscription.objects.filter(last_event_id__lt=until, person__is_active=True)
    for row in waiting.select_related("person").select_for_update(of=("self",), skip_locked=True).order_by("id"):
        viewer = accounts.viewer_of(row.person)
        try:
            view = queries.saved_view(viewer, row.view_id)
        except ViewNotFoundError:
            row.delete()
            continue
        count = count_entered(viewer, view, after=row.last_event_id, until=until)
        ViewSubscription.objects.filter(pk=row.pk).update(last_event_id=until)
        if count:
            yield Entered(row.person_id, view, count, until)


def _last_event() -> int:
    return FindingEvent.objects.aggregate(last=Max("id"))["last"] or 0
