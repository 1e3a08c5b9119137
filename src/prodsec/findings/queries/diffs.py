"""What a scan changed, row by row: from its events, or for a rehearsal from what it noted down."""

from collections.abc import Iterator
from dataclasses import dataclass

from prodsec.accounts.types import Viewer
from prodsec.findings.models import FindingEvent, PreviewChange
from prodsec.findings.types import Change, EventKind
from prodsec.kit import paging
from prodsec.scans import queries as scans
from prodsec.vocabulary.severity import Severity

_EVENTS = {
    Change.NEW: EventKind.OPENED,
    Change.REOPENED: EventKind.REOPENED,
    Change.FIXED: EventKind.RESOLVED,
    Change.MOVED: EventKind.MOVED,
    Change.CHANGED: EventKind.CHANGED,
    Change.SUPPRESSED: EventKind.DISMISSED,
}


@dataclass(frozen=True)
class DiffRow:
    """A changed finding. `finding_id` is None for what a rehearsal would open."""

    change: Change
    finding_id: int | None
    severity: Severity
    title: str
    place: str
    reason: str


def scan_diff(
    viewer: Viewer, scan_id: int, change: Change, *, cursor: str = "", size: int | None = None
) -> paging.Page[DiffRow]:
    """The findings that a scan changed in one way, in the order of its events. Cost: 2 queries.

    Raises: NotFoundError for a scan the viewer does not see.
    """
    scan = scans.scan(viewer, scan_id)
    wanted = paging.page_size(size)
    after = paging.decode_cursor(cursor, length=1)[0] if cursor else 0
    after = after if isinstance(after, int) else 0
    rows = list(
        _recorded(scan_id, change, after, wanted + 1)
        if scan.is_record
        else _previewed(scan_id, change, after, wanted + 1)
    )
    shown = rows[:wanted]
    following = paging.encode_cursor([shown[-1][0]]) if len(rows) > wanted else None
    return paging.Page(items=[row for _, row in shown], next=following)


def preview_counts(scan_id: int) -> dict[Change, int]:
    """How many changes of each sort a rehearsal noted. Cost: 1 query."""
    counts = dict.fromkeys(Change, 0)
    for change in PreviewChange.objects.filter(scan_id=scan_id).values_list("change", flat=True):
        counts[Change(change)] += 1
    return counts


def _recorded(scan_id: int, change: Change, after: int, limit: int) -> Iterator[tuple[int, DiffRow]]:
    events = FindingEvent.objects.filter(scan_id=scan_id, kind=_EVENTS[change], pk__gt=after)
    for event in events.select_related("finding__definition").order_by("id")[:limit]:
        finding = event.finding
        yield (
            event.pk,
            DiffRow(
                change=change,
                finding_id=finding.pk,
                severity=Severity(finding.severity),
                title=finding.title or finding.definition.title,
                place=finding.place_label,
                reason=event.reason,
            ),
        )


def _previewed(scan_id: int, change: Change, after: int, limit: int) -> Iterator[tuple[int, DiffRow]]:
    rows = PreviewChange.objects.filter(scan_id=scan_id, change=change, ordinal__gte=after).order_by("ordinal")
    for row in rows[:limit]:
        yield (
            row.ordinal + 1,
            DiffRow(
                change=change,
                finding_id=row.finding_id,
                severity=Severity(row.severity),
                title=row.title,
                place=row.place_label,
                reason="",
            ),
        )
