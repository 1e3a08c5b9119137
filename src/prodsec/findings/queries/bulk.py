"""Reads of bulk changes: how far they are, what they did, which of them may still be undone."""

import datetime
from dataclasses import dataclass

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import BulkChange, BulkItem, FindingEvent
from prodsec.findings.rules import deeds
from prodsec.findings.types import BulkState, DeedKind, EventKind, Outcome, SomebodysChange
from prodsec.kit import clock
from prodsec.kit.errors import NotFoundError

UNDO_WITHIN = datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class BulkFacts:
    """A bulk change as its page tells it. `handled` of `total` findings are through; the rest waits."""

    id: int
    deed: DeedKind
    state: BulkState
    actor: str
    is_yours: bool
    reason: str
    filters: str
    total: int
    handled: int
    done: int
    already: int
    refused: int
    not_yours: int
    changed_since: int
    undone: int
    kept: int
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    undoable_until: datetime.datetime | None
    per_second: float | None
    seconds_left: float | None

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 * self.handled // self.total if self.total else 100


def bulk_of(viewer: Viewer, bulk_id: int, *, for_update: bool = False) -> BulkChange:
    """A bulk change of the viewer's own; for who may read all activity, anybody's. Raises: NotFoundError. Cost: 1 query."""
    rows = BulkChange.objects.select_for_update() if for_update else BulkChange.objects.all()
    bulk = rows.filter(pk=bulk_id).first()
    if bulk is None or not (_is_own(viewer, bulk) or (not for_update and _reads_all(viewer))):
        raise NotFoundError(f"There is no bulk change {bulk_id}.")
    return bulk


def bulk_change(viewer: Viewer, bulk_id: int) -> BulkFacts:
    """How a bulk change stands. Raises: NotFoundError. Cost: 1 query."""
    return facts_of_bulk(viewer, bulk_of(viewer, bulk_id))


def facts_of_bulk(viewer: Viewer, bulk: BulkChange) -> BulkFacts:
    """A bulk change as a value."""
    state, now = BulkState(bulk.state), clock.now()
    is_back = state in (BulkState.UNDOING, BulkState.UNDONE)
    total = bulk.done if is_back else bulk.total
    handled = bulk.undone + bulk.kept if is_back else bulk.done + bulk.already + bulk.refused + bulk.changed_since
    began_at = bulk.undo_started_at if is_back and bulk.undo_started_at else bulk.created_at
    seconds = (now - began_at).total_seconds()
    rate = handled / seconds if state.is_under_way and handled and seconds > 0 else None
    until = bulk.finished_at + UNDO_WITHIN if bulk.finished_at and not is_back and bulk.done else None
    same = ("reason", "filters", "done", "already", "refused", "not_yours", "changed_since", "undone", "kept")
    return BulkFacts(
        **{name: getattr(bulk, name) for name in same},
        id=bulk.pk,
        deed=DeedKind(bulk.deed),
        state=state,
        actor=bulk.actor_name,
        is_yours=_is_own(viewer, bulk),
        total=total,
        handled=handled,
        created_at=bulk.created_at,
        finished_at=bulk.finished_at,
        undoable_until=until if until and until > now else None,
        per_second=rate,
        seconds_left=(total - handled) / rate if rate else None,
    )


def latest_undoable(viewer: Viewer) -> BulkChange | None:
    """The viewer's last change that may still be undone. Cost: 1 query."""
    recent = BulkChange.objects.filter(
        actor_id=viewer.person_id,
        state__in=(BulkState.DONE, BulkState.CANCELLED),
        done__gt=0,
        finished_at__gte=clock.now() - UNDO_WITHIN,
    )
    return recent.order_by("-id").first()


def bulk_under_way(viewer: Viewer) -> list[BulkFacts]:
    """The viewer's changes that a worker still works on, newest first. Cost: 1 query."""
    rows = BulkChange.objects.filter(
        actor_id=viewer.person_id, state__in=(BulkState.RUNNING, BulkState.UNDOING)
    ).order_by("-id")[:5]
    return [facts_of_bulk(viewer, bulk) for bulk in rows]


def findings_of_bulk(bulk_id: int, *outcomes: Outcome) -> list[int]:
    """The findings of a bulk change that ended so, by number. Cost: 1 query."""
    found = BulkItem.objects.filter(bulk_id=bulk_id, outcome__in=outcomes).order_by("finding_id")
    return list(found.values_list("finding_id", flat=True))


def revisions(finding_ids: list[int]) -> dict[int, int]:
    """The last event of each finding: what somebody who looks at it now has seen. Cost: 1 query."""
    last: dict[int, int] = {}
    events = FindingEvent.objects.filter(finding_id__in=finding_ids).order_by().values_list("finding_id", "id")
    for finding, event in events:
        last[finding] = max(event, last.get(finding, 0))
    return last


def changes_since(viewer: Viewer, seen: dict[int, int]) -> tuple[SomebodysChange, ...]:
    """What others did to findings after the events that the viewer had seen, oldest first. Cost: 1 query."""
    if not seen:
        return ()
    events = (
        FindingEvent.objects.filter(finding_id__in=list(seen), id__gt=min(seen.values()), kind__in=deeds.WORTH_KNOWING)
        .select_related("actor")
        .order_by("id")
    )
    return tuple(
        SomebodysChange(
            finding_id=event.finding_id,
            event_id=event.pk,
            at=event.at,
            kind=EventKind(event.kind),
            actor=str(event.actor) if event.actor else f"import {event.scan_id}" if event.scan_id else "prodsec",
            reason=event.reason,
        )
        for event in events
        if event.pk > seen[event.finding_id] and (event.actor_id is None or event.actor_id != viewer.person_id)
    )


def _is_own(viewer: Viewer, bulk: BulkChange) -> bool:
    return bulk.actor_id == viewer.person_id


def _reads_all(viewer: Viewer) -> bool:
    return accounts.holds(viewer, Permission.ACTIVITY_READ)
