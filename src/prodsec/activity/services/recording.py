"""Writing down deeds: one row each, sealed onto the one before; the checkpoint moves along."""

import datetime
from collections.abc import Sequence

from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.activity import queries
from prodsec.activity.models import Activity, Checkpoint
from prodsec.activity.queries.chain import PURPOSE
from prodsec.activity.rules.seals import Deed, digest_of, said_of_end
from prodsec.activity.types import Told
from prodsec.kit import bulk, clock, crypto
from prodsec.kit.errors import InvalidError

CHECKPOINT_LOST = "activity.checkpoint_lost"


def record(
    viewer: Viewer,
    action: str,
    *,
    object_type: str,
    object_id: int | str,
    asset_id: int | None = None,
    reason: str = "",
    details: dict[str, object] | None = None,
) -> None:
    """Write down a deed in the caller's transaction; call it last, since the record is locked from here to the commit.

    details: names and plain values, never secrets or report content.
    Cost: 3 queries.
    Raises: InvalidError for a reason that cannot be stored.
    """
    record_all(viewer, [Told(action, object_type, object_id, asset_id, reason, details or {})])


def record_all(viewer: Viewer, told: Sequence[Told]) -> None:
    """Write down several deeds of one transaction, in their order; as `record`.

    Cost: 3 queries; none for no deeds.
    """
    if not told:
        return
    if any("\x00" in each.reason for each in told):
        raise InvalidError("a text cannot hold the character NUL", place="reason")
    end, deeds = queries.end_of_record(locked=True), [(viewer, each) for each in told]
    if end is None:
        end, is_lost = _new_checkpoint()
        if is_lost:
            deeds.insert(0, (SYSTEM, Told(CHECKPOINT_LOST, "activity", "chain", details={"rows": end.count})))
    previous, rows, now = bytes(end.head), [], clock.now()
    for doer, each in deeds:
        deed = _deed(doer, each, now)
        digest = digest_of(previous, deed)
        rows.append(Activity(previous=previous, digest=digest, **vars(deed)))
        previous = digest
    bulk.insert(rows)
    count = end.count + len(rows)
    seal = crypto.keyed_hash(PURPOSE, said_of_end(count, previous))
    Checkpoint.objects.filter(pk=end.pk).update(count=count, head=previous, seal=seal)


def _deed(viewer: Viewer, told: Told, at: datetime.datetime) -> Deed:
    return Deed(
        at=at,
        actor_id=viewer.person_id,
        actor_name=viewer.name,
        action=told.action,
        object_type=told.object_type,
        object_id=str(told.object_id),
        asset_id=told.asset_id,
        reason=told.reason,
        details=told.details,
        token_id=viewer.token_id,
    )


def _new_checkpoint() -> tuple[Checkpoint, bool]:
    """A checkpoint where there is none, and whether there should have been one; that it is gone becomes part of the record."""
    Checkpoint.objects.bulk_create([Checkpoint(id=1, count=0, head=b"", seal=b"")], ignore_conflicts=True)
    end = Checkpoint.objects.select_for_update().get(pk=1)
    if end.seal:
        return end, False  # somebody else was faster
    last = Activity.objects.order_by("-id").values_list("digest", flat=True).first()
    if last is None:
        return end, False
    end.count, end.head = Activity.objects.count(), bytes(last)
    return end, True
