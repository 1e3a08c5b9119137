"""Reads of `activity`."""

import datetime
from dataclasses import dataclass

from django.db.models import QuerySet

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity.models import Activity
from prodsec.activity.rules import Deed, digest_of


@dataclass(frozen=True)
class ChainState:
    """What a look at the whole chain found.

    rows       how many rows fit, from the first on
    broken_at  the id of the first row that does not fit; None if all fit
    head       the seal of the last row that fits, in hex: noted elsewhere, it shows later whether the end was cut off
    """

    rows: int
    broken_at: int | None
    head: str


def activities(
    viewer: Viewer,
    *,
    actor_id: int | None = None,
    action: str = "",
    object_type: str = "",
    object_id: str = "",
    asset_id: int | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
) -> QuerySet[Activity]:
    """Deeds, newest first, for admins.

    action: a whole action (`finding.dismissed`) or its first part (`finding`).
    Raises: NotPermittedError.
    """
    accounts.require(viewer, Permission.ACTIVITY_READ)
    rows = Activity.objects.order_by("-id")
    if actor_id is not None:
        rows = rows.filter(actor_id=actor_id)
    if action:
        rows = rows.filter(action=action) if "." in action else rows.filter(action__startswith=f"{action}.")
    if object_type:
        rows = rows.filter(object_type=object_type)
    if object_id:
        rows = rows.filter(object_id=object_id)
    if asset_id is not None:
        rows = rows.filter(asset_id=asset_id)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows


def verify_chain() -> ChainState:
    """Compute every seal again, in order: an edited, deleted, inserted or reordered row does not fit.

    Rows cut off at the very end leave a chain that fits; they show when `head` is compared with an earlier one.
    Cost: 1 query, streamed.
    """
    previous, rows = b"", 0
    for row in Activity.objects.order_by("id").iterator(chunk_size=5000):
        expected = digest_of(previous, _deed(row))
        if bytes(row.previous) != previous or bytes(row.digest) != expected:
            return ChainState(rows=rows, broken_at=row.pk, head=previous.hex())
        previous, rows = expected, rows + 1
    return ChainState(rows=rows, broken_at=None, head=previous.hex())


def _deed(row: Activity) -> Deed:
    return Deed(
        at=row.at,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        action=row.action,
        object_type=row.object_type,
        object_id=row.object_id,
        asset_id=row.asset_id,
        reason=row.reason,
        details=row.details,
    )
