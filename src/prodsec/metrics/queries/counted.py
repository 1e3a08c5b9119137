"""The findings behind a number: exactly those that it counts, from the spans it was summed from."""

import datetime

from django.db.models import F, Q, QuerySet

from prodsec.accounts.models import Team
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import Finding
from prodsec.inventory import queries as inventory
from prodsec.kit import querysets
from prodsec.kit.pages import MOST_COUNTED
from prodsec.kit.paging import Page
from prodsec.metrics.models import Span
from prodsec.metrics.queries import visible
from prodsec.metrics.types import AGE_MEASURES, AGES, Counted, Ending, Entry, Measure, Wanted
from prodsec.vocabulary.severity import Severity

_FLOWS = {
    Measure.OPENED: ("from_on", Q(entry=Entry.OPENED)),
    Measure.REOPENED: ("from_on", Q(entry=Entry.REOPENED)),
    Measure.FIXED: ("until_on", Q(ending=Ending.FIXED)),
    Measure.DISMISSED: ("until_on", Q(ending=Ending.DISMISSED)),
}


def counted(viewer: Viewer, wanted: Wanted, *, cursor: str = "", size: int | None = None) -> Page[Counted]:
    """The findings that a number counts, a page at a time. Raises: AssetNotFoundError, InvalidError. Cost: 4 queries.

    Order: what was counted last comes first. A finding that was opened twice in the period is there twice, as in the number.
    """
    page = querysets.page(_spans(viewer, wanted), "-id", cursor=cursor, size=size)
    found = Finding.objects.select_related("definition", "asset").in_bulk([span.finding_id for span in page.items])
    teams = dict(Team.objects.filter(pk__in={span.team for span in page.items}).values_list("pk", "name"))
    rows = [
        Counted(
            span_id=span.pk,
            finding_id=span.finding_id,
            title=finding.title or finding.definition.title,
            place_label=finding.place_label,
            asset_id=span.asset,
            asset_path=finding.asset.path,
            severity=Severity(span.severity),
            owner=teams.get(span.team, ""),
            seen_on=span.seen_on,
            due_on=span.due_on,
            from_on=span.from_on,
            until_on=span.until_on,
            ending=Ending(span.ending),
        )
        for span in page.items
        if (finding := found.get(span.finding_id)) is not None
    ]
    return Page(rows, page.next)


def counted_number(viewer: Viewer, wanted: Wanted) -> int:
    """How many there are, counted no further than pages tell. Cost: 1 query."""
    return _spans(viewer, wanted).order_by()[:MOST_COUNTED].count()


def _spans(viewer: Viewer, wanted: Wanted) -> QuerySet[Span]:
    if wanted.under:
        inventory.asset_at(viewer, wanted.under)
    seen = visible.assets_below(viewer, Permission.FINDING_READ, wanted.under)
    spans = Span.objects.filter(_is_counted(wanted), asset__in=seen.values("pk"))
    facts = (("team", wanted.team), ("kind", wanted.kind), ("severity", wanted.severity))
    return spans.filter(**{name: value for name, value in facts if value is not None})


def _is_counted(wanted: Wanted) -> Q:
    """The condition that says the same as `parts`."""
    day, measure = wanted.until_on, wanted.measure
    if not measure.is_level:
        return _happened(wanted)
    is_open = Q(from_on__lte=day) & (Q(until_on=None) | Q(until_on__gt=day))
    if measure is Measure.OVERDUE:
        return is_open & Q(due_on__lt=day)
    if measure is Measure.UNDATED:
        return is_open & Q(due_on=None)
    if measure in AGE_MEASURES:
        youngest, limit = AGES[AGE_MEASURES.index(measure)]
        old_enough = Q(seen_on__lte=day - datetime.timedelta(days=youngest))
        return is_open & old_enough & (Q() if limit is None else Q(seen_on__gt=day - datetime.timedelta(days=limit)))
    return is_open


def _happened(wanted: Wanted) -> Q:
    first = wanted.from_on or wanted.until_on
    if wanted.measure in (Measure.IN_TIME, Measure.LATE):
        fixed = Q(ending=Ending.FIXED, until_on__range=(first, wanted.until_on))
        return fixed & (
            Q(due_on__gte=F("until_on")) if wanted.measure is Measure.IN_TIME else Q(due_on__lt=F("until_on"))
        )
    column, how = _FLOWS[wanted.measure]
    return how & Q(**{f"{column}__range": (first, wanted.until_on)})
