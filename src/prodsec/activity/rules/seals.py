"""How a row is sealed onto the one before."""

import datetime
import hashlib
from dataclasses import dataclass
from decimal import Decimal

import msgspec


@dataclass(frozen=True)
class Deed:
    """All that a row says, apart from its seal. `details` are names and plain values."""

    at: datetime.datetime
    actor_id: int | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    asset_id: int | None
    reason: str
    details: dict[str, object]
    token_id: int | None = None


def digest_of(previous: bytes, deed: Deed) -> bytes:
    """SHA-256 over the digest of the row before and everything this row says, in a form that reads back the same."""
    said: list[object] = [
        deed.at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        deed.actor_id,
        deed.actor_name,
        deed.action,
        deed.object_type,
        deed.object_id,
        deed.asset_id,
        deed.reason,
        _canonical(deed.details),
    ]
    if deed.token_id is not None:  # rows of before there was such a fact keep their seals
        said.append(deed.token_id)
    return hashlib.sha256(previous + msgspec.json.encode(said, order="deterministic")).digest()


def _canonical(value: object) -> object:
    """The value with numbers written the one way in which the database hands them back: 1.0 is 1, -0.0 is 0, 1e20 has its zeros."""
    if isinstance(value, dict):
        return {str(name): _canonical(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return str(int(number)) if number == number.to_integral_value() else value


def said_of_end(count: int, head: bytes) -> bytes:
    """What a checkpoint signs: how many rows there are, and the seal of the last one."""
    return f"{count}:{head.hex()}".encode()
