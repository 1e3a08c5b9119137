"""Pure rules of `activity`: how a row is sealed."""

import datetime
import hashlib

import msgspec


def digest_of(
    previous: bytes,
    *,
    at: datetime.datetime,
    actor_id: int | None,
    actor_name: str,
    action: str,
    object_type: str,
    object_id: str,
    asset_id: int | None,
    reason: str,
    details: dict[str, object],
) -> bytes:
    """SHA-256 over the digest of the row before and everything this row says, in a form that reads back the same."""
    said = [
        at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        actor_id,
        actor_name,
        action,
        object_type,
        object_id,
        asset_id,
        reason,
        details,
    ]
    return hashlib.sha256(previous + msgspec.json.encode(said, order="deterministic")).digest()
