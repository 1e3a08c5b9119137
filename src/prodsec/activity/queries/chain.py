"""Whether the chain of the record fits, and when somebody last looked."""

import hmac

from django.db.models import Subquery

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity.models import Activity, Checkpoint
from prodsec.activity.rules.seals import Deed, digest_of, said_of_end
from prodsec.activity.types import ChainState, Fault, Verification
from prodsec.kit import crypto

VERIFIED = "activity.verified"
PURPOSE = "activity checkpoint"
_FACTS = ("at", "actor_id", "actor_name", "action", "object_type", "object_id", "asset_id", "reason", "details", "token_id")  # fmt: skip


def verify_chain() -> ChainState:
    """Compute every seal again, in order, and compare the end with the signed checkpoint.

    Found is what was edited, deleted, inserted, reordered, cut off or added at the end, and a chain that was computed
    again from some row on. Not found: a database put back, as a whole, to what it was at an earlier time.
    Cost: 2 queries, one of them streamed over all rows.
    """
    end = Checkpoint.objects.first()
    # Read by the same statement as the rows, so that a deed of this moment is in both or in neither.
    count_and_head = [Subquery(Checkpoint.objects.values(name)[:1]) for name in ("count", "head", "seal")]
    rows = Activity.objects.order_by("id").values_list("id", "previous", "digest", *_FACTS, *count_and_head)
    previous, number = b"", 0
    signed: tuple[int, bytes, bytes] | None = None if end is None else (end.count, bytes(end.head), bytes(end.seal))
    for key, before, digest, *facts, count, head, seal in rows.iterator(chunk_size=5000):
        signed = None if count is None else (count, bytes(head), bytes(seal))
        expected = digest_of(previous, Deed(**dict(zip(_FACTS, facts, strict=True))))
        if bytes(before) != previous or bytes(digest) != expected:
            return ChainState(rows=number, broken_at=key, head=previous.hex(), fault=Fault.ROW)
        previous, number = expected, number + 1
    return ChainState(rows=number, broken_at=None, head=previous.hex(), fault=_fault_of_end(signed, number, previous))


def _fault_of_end(signed: tuple[int, bytes, bytes] | None, rows: int, head: bytes) -> Fault | None:
    if signed is None:
        return Fault.CHECKPOINT if rows else None
    count, signed_head, seal = signed
    if not hmac.compare_digest(crypto.keyed_hash(PURPOSE, said_of_end(count, signed_head)), seal):
        return Fault.CHECKPOINT
    return None if (count, signed_head) == (rows, head) else Fault.END


def end_of_record(*, locked: bool = False) -> Checkpoint | None:
    """The checkpoint; locked, nobody else records a deed until the end of the transaction. Cost: 1 query."""
    rows = Checkpoint.objects.select_for_update() if locked else Checkpoint.objects.all()
    return rows.first()


def last_verification(viewer: Viewer) -> Verification | None:
    """When somebody last looked at the whole chain, and what they found. Cost: 1 query. Raises: NotPermittedError."""
    accounts.require(viewer, Permission.ACTIVITY_READ)
    row = Activity.objects.filter(action=VERIFIED).order_by("-at", "-id").first()
    if row is None:
        return None
    told, fault = row.details, row.details.get("fault")
    state = ChainState(
        rows=int(told.get("rows", 0)),
        broken_at=told.get("broken_at"),
        head=str(told.get("head", "")),
        fault=Fault(fault) if fault else None,
    )
    return Verification(at=row.at, by_id=row.actor_id, by=row.actor_name, state=state)
