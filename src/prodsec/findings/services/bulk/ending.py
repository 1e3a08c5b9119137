"""How a bulk change ends: done, called off, taken back; and when it is too late for that."""

import datetime

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import BulkChange, BulkItem
from prodsec.findings.queries.bulk import UNDO_WITHIN, bulk_of, latest_undoable
from prodsec.findings.rules import deeds
from prodsec.findings.services.telling import bulk_done
from prodsec.findings.types import BulkState, DeedKind, Outcome, UndoError
from prodsec.kit import clock

KEPT_FOR = datetime.timedelta(days=1)
_NAMED_IN_ACTIVITY = 1000


def finish(bulk: BulkChange) -> None:
    """There is nothing more to do; the caller saves it. What was done is one row of activity."""
    now = clock.now()
    if bulk.state == BulkState.UNDOING:
        bulk.state, bulk.undone_at = BulkState.UNDONE.value, now
        _tell(bulk, f"finding.{DeedKind(bulk.deed).word}_undone", {"count": bulk.undone, "kept": bulk.kept})
        return
    bulk.state, bulk.finished_at = BulkState.DONE.value, now
    bulk_done(bulk)
    _tell_done(bulk)


def cancel(viewer: Viewer, bulk_id: int) -> BulkChange:
    """Call off what is not done yet; what is done stays, and may be undone.

    Raises: NotFoundError for somebody else's; UndoError when it is over already, or is being undone.
    """
    accounts.require_scope(viewer, Permission.FINDING_TRIAGE)
    bulk = bulk_of(viewer, bulk_id, for_update=True)
    if bulk.state != BulkState.RUNNING:
        raise UndoError("This change is over already; there is nothing to call off.")
    bulk.state, bulk.finished_at = BulkState.CANCELLED.value, clock.now()
    _tell_done(bulk)
    bulk.save()
    return bulk


def undo(viewer: Viewer, bulk_id: int | None = None) -> BulkChange:
    """Begin to take a bulk change back (None: the viewer's last); `step` does it.

    Raises: NotFoundError for somebody else's; UndoError when it is too late, or nothing is there to undo.
    """
    accounts.require_scope(viewer, Permission.FINDING_TRIAGE)
    if bulk_id is None:
        last = latest_undoable(viewer)
        if last is None:
            raise UndoError("There is nothing of yours to undo; a change may be undone for 10 minutes.")
        bulk_id = last.pk
    bulk = bulk_of(viewer, bulk_id, for_update=True)
    if bulk.state == BulkState.RUNNING:
        raise UndoError("This change is still under way; call it off first.")
    if bulk.state in (BulkState.UNDOING, BulkState.UNDONE) or bulk.finished_at is None:
        raise UndoError("This change was undone already.")
    if clock.now() - bulk.finished_at > UNDO_WITHIN:
        raise UndoError("This change is older than 10 minutes; change its findings back one by one.")
    bulk.state, bulk.last_id, bulk.undo_started_at = BulkState.UNDOING.value, 0, clock.now()
    bulk.save()
    return bulk


def drop_old_items() -> None:
    """Forget how findings were before changes that can be undone no more. Cost: 1 query."""
    over = BulkChange.objects.filter(created_at__lt=clock.now() - KEPT_FOR).exclude(
        state__in=(BulkState.RUNNING, BulkState.UNDOING)
    )
    BulkItem.objects.filter(bulk__in=over).delete()


def _tell_done(bulk: BulkChange) -> None:
    counts: dict[str, object] = {
        "count": bulk.done,
        "already": bulk.already,
        "refused": bulk.refused,
        "not_yours": bulk.not_yours,
        "changed_since": bulk.changed_since,
    }
    if bulk.done:
        _tell(bulk, f"finding.{deeds.EVENT[DeedKind(bulk.deed)].word}", counts)


def _tell(bulk: BulkChange, action: str, counts: dict[str, object]) -> None:
    """A row of activity: about the finding when it is one, else about the change."""
    done = BulkItem.objects.filter(bulk=bulk, outcome__in=(Outcome.DONE, Outcome.UNDONE)).order_by("finding_id")
    ids = list(done.values_list("finding_id", "asset_id")[:_NAMED_IN_ACTIVITY])
    is_one = len(ids) == 1
    assets = {asset_id for _, asset_id in ids}
    actor = Viewer(person_id=bulk.actor_id, name=bulk.actor_name, is_admin=False)
    activity.record(
        actor,
        action,
        object_type="finding" if is_one else "bulk_change",
        object_id=ids[0][0] if is_one else bulk.pk,
        asset_id=assets.pop() if len(assets) == 1 and bulk.done <= _NAMED_IN_ACTIVITY else None,
        reason=bulk.reason[:1000],
        details={"findings": [finding for finding, _ in ids], **counts, "filters": bulk.filters, "bulk": bulk.pk},
    )
