"""Writes of `activity`: one row a deed, sealed onto the one before."""

import dataclasses

from django.db import connection

from prodsec.accounts.types import Viewer
from prodsec.activity.models import Activity
from prodsec.activity.rules import Deed, digest_of
from prodsec.kit import clock
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
    if "\x00" in reason:
        raise InvalidError("a text cannot hold the character NUL", place="reason")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    last = Activity.objects.order_by("-id").values_list("digest", flat=True).first()
    previous = bytes(last) if last is not None else b""
    deed = Deed(
        at=clock.now(),
        actor_id=viewer.person_id,
        actor_name=viewer.name,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        asset_id=asset_id,
        reason=reason,
        details=details or {},
    )
    Activity.objects.create(previous=previous, digest=digest_of(previous, deed), **dataclasses.asdict(deed))
