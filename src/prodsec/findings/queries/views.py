"""Saved views: whose they are, what they ask today, and how many findings answer to the reader."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from psycopg.errors import QueryCanceled

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import ChosenColumns, Finding, FindingEvent, PinnedView, SavedView, ViewSubscription
from prodsec.findings.queries.counting import count_each
from prodsec.findings.queries.listing import CAP, narrowed
from prodsec.findings.rules.filtering.addresses import Reading, read
from prodsec.findings.types import EventKind, SavedViewFacts, ViewNotFoundError

MOST_PINNED = 20
_LIST = "/findings/"


def may_share(viewer: Viewer) -> bool:
    """Whether the viewer may show a view to everybody."""
    return accounts.holds(viewer, Permission.VIEW_SHARE)


def visible_views(viewer: Viewer) -> QuerySet[SavedView]:
    """The viewer's own views, those of their teams, and those for everybody, by name."""
    theirs = Q(owner=viewer.person_id) | Q(team__in=sorted(viewer.team_ids)) | Q(is_for_everybody=True)
    pinned = PinnedView.objects.filter(view=OuterRef("pk"), person=viewer.person_id)
    found = SavedView.objects.filter(theirs).select_related("owner", "team")
    heard = ViewSubscription.objects.filter(view=OuterRef("pk"), person=viewer.person_id)
    return found.annotate(is_pinned=Exists(pinned), is_subscribed=Exists(heard)).order_by("name", "id")


def saved_views(viewer: Viewer, *, text: str = "", pinned: bool = False, most: int = 500) -> list[SavedViewFacts]:
    """The views that the viewer may open. Order: by name. Cost: 1 query."""
    found = visible_views(viewer)
    if text:
        found = found.filter(name__icontains=text)
    if pinned:
        found = found.filter(pins__person=viewer.person_id)
    return [_facts(viewer, view) for view in found[:most]]


def saved_view(viewer: Viewer, view_id: int) -> SavedViewFacts:
    """One view. Cost: 1 query. Raises: ViewNotFoundError."""
    found = visible_views(viewer).filter(pk=view_id).first()
    if found is None:
        raise ViewNotFoundError(f"There is no saved view {view_id}.")
    return _facts(viewer, found)


def address_of(view: SavedViewFacts) -> str:
    """Where the list is that a view shows."""
    return f"{_LIST}?{view.query}{'&' if view.query else ''}view={view.id}"


def question(query: str) -> Reading:
    """What a kept query asks today. What it can no longer ask is left out and told, so that it always opens."""
    return read(parse_qs(query))


def columns_of(viewer: Viewer) -> tuple[str, ...]:
    """The columns that the viewer chose; empty means the usual ones. Cost: 1 query."""
    found = ChosenColumns.objects.filter(person=viewer.person_id).values_list("columns", flat=True).first()
    return tuple(found or ())


def counts_of(viewer: Viewer, views: Sequence[SavedViewFacts]) -> dict[int, int | None]:
    """How many findings each view shows to this viewer, at most 10,001 (shown as "10,000+"); None when that takes too long.

    Cost: 1 query that reads at most 10,001 rows a view, within half a second; only when it takes longer, 1 query a view.
    Looking names up adds up to 2 a view.
    """
    asked = {view.id: narrowed(viewer, question(view.query).filters) for view in views}
    numbers = _counted(list(asked.values()), milliseconds=500)
    if numbers is None:
        alone = {view_id: _counted([one], milliseconds=100) for view_id, one in asked.items()}
        return {view_id: number[0] if number else None for view_id, number in alone.items()}
    return dict(zip(asked, numbers, strict=True))


def count_entered(viewer: Viewer, view: SavedViewFacts, *, after: int, until: int) -> int:
    """How many findings that the view shows to this viewer were opened or reopened by the events of a stretch of history.

    At most 10,001. Cost: 1 query along the events, up to 2 more to look names up.
    """
    kinds = (EventKind.OPENED, EventKind.REOPENED, EventKind.REOPENED_BY_PERSON)
    events = FindingEvent.objects.filter(id__gt=after, id__lte=until, kind__in=[kind.value for kind in kinds])
    found = narrowed(viewer, question(view.query).filters).filter(pk__in=events.values("finding_id"))
    return found[: CAP + 1].count()


def _counted(asked: Sequence[QuerySet[Finding]], *, milliseconds: int) -> list[int] | None:
    """How many rows each of these gives; None when that takes longer than the time given."""
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
        try:
            with transaction.atomic():
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
                return count_each(asked, most=CAP + 1)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            return None
        finally:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


def _facts(viewer: Viewer, view: SavedView) -> SavedViewFacts:
    is_own = view.owner_id == viewer.person_id
    is_of_team = view.team_id is not None and view.team_id in viewer.team_ids
    return SavedViewFacts(
        id=view.pk,
        name=view.name,
        query=view.query,
        columns=tuple(view.columns),
        owner_id=view.owner_id,
        owner=str(view.owner),
        team_id=view.team_id,
        team=view.team.name if view.team else "",
        is_for_everybody=view.is_for_everybody,
        is_pinned=bool(getattr(view, "is_pinned", False)),
        is_subscribed=bool(getattr(view, "is_subscribed", False)),
        may_change=is_own or is_of_team or (view.is_for_everybody and may_share(viewer)),
    )
