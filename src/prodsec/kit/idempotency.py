"""Requests that are sent twice and done once: the answer to a key is kept for a day and given again.

The answer is kept in the transaction of the deed, so there is never one without the other. Keys and requests are kept as
keyed hashes: a request may hold a password.
"""

import datetime
from dataclasses import dataclass

from django.db import connection

from prodsec.kit import clock, crypto, jobs
from prodsec.kit.errors import ConflictError, InvalidError
from prodsec.kit.models import KeptAnswer

HEADER = "Idempotency-Key"
KEPT_FOR = datetime.timedelta(hours=24)
LONGEST_KEY = 255
_PURPOSE = "idempotency"


@dataclass(frozen=True)
class Asked:
    """A request that carries a key: the place of its answer, and what was sent."""

    slot: bytes
    request: bytes


@dataclass(frozen=True)
class Answer:
    """What is given again. `body` is None when it is shown once only, `location` empty when there is none."""

    status: int
    content_type: str
    location: str
    body: bytes | None


def asked(key: str, *, caller: str, method: str, path: str, query: str, body: bytes) -> Asked:
    """The request as it is remembered. A key is the caller's own, and means something else at another address.

    Raises: InvalidError for a key that is none.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidError(f"give 1 to {LONGEST_KEY} printable ASCII characters", place=HEADER)
    slot = "\0".join((caller, method, path, key))
    return Asked(
        slot=crypto.keyed_hash(_PURPOSE, slot.encode()),
        request=crypto.keyed_hash(_PURPOSE, query.encode() + b"\0" + body),
    )


def earlier_answer(request: Asked) -> Answer | None:
    """What the same request was answered within the last day; until the end of the transaction nobody else does it.

    Raises: ConflictError while the same key is at work elsewhere, InvalidError when it came with another request.
    Cost: 2 queries.
    """
    with connection.cursor() as cursor:
        lock = int.from_bytes(request.slot[:8], signed=True)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            raise ConflictError(f"A request with this {HEADER} is being worked on; send it again in a moment.")
    kept = KeptAnswer.objects.filter(slot=request.slot, kept_at__gt=clock.now() - KEPT_FOR).first()
    if kept is None:
        return None
    if bytes(kept.request) != request.request:
        raise InvalidError("this key came with another request within the last day; use a new one", place=HEADER)
    body = None if kept.body is None else bytes(kept.body)
    return Answer(status=kept.status, content_type=kept.content_type, location=kept.location, body=body)


def keep(request: Asked, answer: Answer) -> None:
    """Remember what was answered, in place of an answer that is too old."""
    row = KeptAnswer(
        slot=request.slot,
        request=request.request,
        status=answer.status,
        content_type=answer.content_type,
        location=answer.location,
        body=answer.body,
        kept_at=clock.now(),
    )
    changing = ["request", "status", "content_type", "location", "body", "kept_at"]
    KeptAnswer.objects.bulk_create([row], update_conflicts=True, unique_fields=["slot"], update_fields=changing)


@jobs.periodic("41 * * * *", name="prodsec.kit.idempotency.forget_old_answers")
def forget_old_answers(timestamp: int) -> None:
    """Delete answers that are given no more."""
    KeptAnswer.objects.filter(kept_at__lte=clock.now() - KEPT_FOR).delete()
