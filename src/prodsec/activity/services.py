"""Writes of `activity`: one row a deed, sealed onto the one before."""

from collections.abc import Sequence

from django.db import connection

from prodsec.accounts.types import Viewer
from prodsec.activity.models import Activity
from prodsec.activity.rules import Deed, digest_of
from prodsec.activity.types import Told
from prodsec.kit import bulk, clock
from prodsec.kit.errors import InvalidError

CHAIN_LOCK = 0x61637469


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
    """Write down a deed in the caller's transaction; call it last, since the chain is locked from here to the commit.

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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    last = Activity.objects.order_by("-id").values_list("digest", flat=True).first()
    previous, now, rows = bytes(last) if last is not None else b"", clock.now(), []
    for each in told:
        deed = Deed(
            at=now,
            actor_id=viewer.person_id,
            actor_name=viewer.name,
            action=each.action,
            object_type=each.object_type,
            object_id=str(each.object_id),
            asset_id=each.asset_id,
            reason=each.reason,
            details=each.details,
        )
        digest = digest_of(previous, deed)
        rows.append(Activity(previous=previous, digest=digest, **vars(deed)))
        previous = digest
    bulk.insert(rows)
