"""Forwarding the record: where to, and each destination's way through the rows, in their order, at least once.

A destination remembers the last row that it took, and moves on only from where it was, so that a job that is killed, or
runs twice, sends some rows again and leaves none out. Ids are given while the record is locked: a lower one never comes late.
"""

import datetime
import re
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import SplitResult, urlsplit

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import queries
from prodsec.activity.models import Activity, Destination
from prodsec.activity.queries import forwarding
from prodsec.activity.rules.seals import Deed
from prodsec.activity.rules.telling import Sealed
from prodsec.activity.services.recording import record
from prodsec.activity.types import Facts, Layout
from prodsec.kit import addresses, clock, crypto, jobs
from prodsec.kit.errors import ConflictError, InvalidError

FORWARD_JOB = "prodsec.activity.tasks.forward"
BATCH = 100
# A job that was killed is missed after this long.
CLAIM = datetime.timedelta(minutes=2)
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(seconds=5), datetime.timedelta(minutes=15)
PORTS = {"udp": 514, "tcp": 601, "tls": 6514, "http": 80, "https": 443}
_PURPOSE = "forwarding"
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = {"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"}
_LONGEST_NAME, _LONGEST_SECRET, _LONGEST_ERROR = 200, 4_000, 500


@dataclass(frozen=True)
class Batch:
    """Rows for one destination, after `position`. `secret` is the plain one: it goes into the request and nowhere else."""

    destination_id: int
    address: str
    layout: Layout
    header: str
    secret: str
    position: int
    rows: tuple[Sealed, ...]


def add_destination(viewer: Viewer, facts: Facts, *, from_start: bool = False) -> Destination:
    """Forward the record somewhere, from now on or from its first row. Raises: NotPermittedError, InvalidError, ConflictError."""
    accounts.require(viewer, Permission.ACTIVITY_FORWARD)
    made = Destination(position=0 if from_start else queries.newest_id())
    _set(made, facts)
    _save(made)
    if facts.secret:
        made.secret = _sealed(made.pk, facts.secret)
        made.save(update_fields=["secret"])
    record(viewer, "destination.created", object_type="destination", object_id=made.pk, details=_told(made))
    return made


def change_destination(viewer: Viewer, destination_id: int, facts: Facts) -> Destination:
    """Change where or how the record is forwarded; it goes on from where it was, at once.

    A secret stays with the host that it was given for: with another, it has to be entered again.
    Raises: NotPermittedError, DestinationNotFoundError, InvalidError, ConflictError.
    """
    found = forwarding.destination(viewer, destination_id)
    before, host = _told(found), urlsplit(found.address).netloc
    _set(found, facts)
    if facts.secret is not None:
        found.secret = _sealed(found.pk, facts.secret) if facts.secret else b""
    elif urlsplit(found.address).netloc != host:
        found.secret = b""
    found.failures, found.next_try_at = 0, None
    _save(found)
    after = _told(found)
    changed: dict[str, object] = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if facts.secret is not None:
        changed["secret"] = "set" if facts.secret else "removed"
    record(viewer, "destination.changed", object_type="destination", object_id=found.pk, details=changed)
    return found


def remove_destination(viewer: Viewer, destination_id: int) -> None:
    """Forward nothing there any more. Raises: NotPermittedError, DestinationNotFoundError."""
    found = forwarding.destination(viewer, destination_id)
    Destination.objects.filter(pk=found.pk).delete()
    record(viewer, "destination.removed", object_type="destination", object_id=destination_id, details=_told(found))


def enqueue_due() -> int:
    """Have a job for each destination that is behind, not waiting after a failure, and at which no job is. Returns how many."""
    now = clock.now()
    behind = Exists(Activity.objects.filter(pk__gt=OuterRef("position")))
    is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    is_time = Q(next_try_at=None) | Q(next_try_at__lte=now)
    due = Destination.objects.select_for_update(skip_locked=True).filter(behind, is_free, is_time, is_active=True)
    ids = list(due.values_list("pk", flat=True))
    Destination.objects.filter(pk__in=ids).update(claimed_until=now + CLAIM)
    for key in ids:
        jobs.enqueue_named(FORWARD_JOB, lock=f"{FORWARD_JOB} {key}", destination_id=key)
    return len(ids)


def next_batch(destination_id: int) -> Batch | None:
    """The rows that a destination gets next; None when there are none, or it is to wait. The claim on it is made longer.

    Raises: InvalidError when its secret cannot be opened.
    """
    now = clock.now()
    found = Destination.objects.filter(pk=destination_id, is_active=True).first()
    if found is None or (found.next_try_at is not None and found.next_try_at > now):
        return None
    rows = list(Activity.objects.filter(pk__gt=found.position).order_by("pk")[:BATCH])
    if not rows:
        Destination.objects.filter(pk=destination_id).update(claimed_until=None)
        return None
    Destination.objects.filter(pk=destination_id).update(claimed_until=now + CLAIM)
    secret = crypto.unseal(_PURPOSE, bytes(found.secret), place=f"destination:{found.pk}") if found.secret else ""
    told_by = version("prodsec")
    return Batch(
        destination_id=found.pk,
        address=found.address,
        layout=Layout(found.layout),
        header=found.header,
        secret=secret,
        position=found.position,
        rows=tuple(Sealed(row.pk, _deed(row), bytes(row.digest).hex(), told_by) for row in rows),
    )


def delivered(batch: Batch) -> bool:
    """Move a destination on. Returns False when somebody else did: then this job is one too many."""
    here = Destination.objects.filter(pk=batch.destination_id, position=batch.position)
    return bool(
        here.update(position=batch.rows[-1].id, delivered_at=clock.now(), failures=0, last_error="", next_try_at=None)
    )


def release(destination_id: int) -> None:
    """Let another job go on with a destination."""
    Destination.objects.filter(pk=destination_id).update(claimed_until=None)


def failed(destination_id: int, sentence: str) -> None:
    """Note that a destination took nothing; it is tried again after a while that doubles each time."""
    found = Destination.objects.select_for_update().filter(pk=destination_id).first()
    if found is None:
        return
    now, wait = clock.now(), min(FIRST_WAIT * 2 ** min(found.failures, 20), LONGEST_WAIT)
    Destination.objects.filter(pk=destination_id).update(
        failures=F("failures") + 1,
        last_error=sentence[:_LONGEST_ERROR],
        failed_at=now,
        next_try_at=now + wait,
        claimed_until=None,
    )


def parts(address: str) -> SplitResult:
    """The parts of a destination's address. Raises: InvalidError for one that nothing can be sent to."""
    wrong = InvalidError("give an address as tls://host:6514, tcp://host:601, udp://host:514 or https://host/path",
                         place="address")  # fmt: skip
    scheme, sign, rest = address.strip().partition("://")
    if scheme not in PORTS or not sign:
        raise wrong
    try:
        # Read as that of a page, so that the same is refused everywhere: names, passwords, control characters.
        found = addresses.parts_of(f"https://{rest}")
        port = found.port
    except InvalidError:
        raise wrong from None
    if scheme not in ("http", "https") and (found.path not in ("", "/") or found.query):
        raise wrong
    return found._replace(scheme=scheme, netloc=f"{found.netloc}" if port else f"{found.netloc}:{PORTS[scheme]}")


def _set(row: Destination, facts: Facts) -> None:
    name = " ".join(facts.name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidError(f"give a name of 1 to {_LONGEST_NAME} characters", place="name")
    if facts.header and (not _HEADER.fullmatch(facts.header) or facts.header.lower() in _OURS):
        raise InvalidError("this is no header that can be chosen", place="header")
    secret = facts.secret or ""
    if len(secret) > _LONGEST_SECRET or not (secret.isascii() and (secret.isprintable())):
        raise InvalidError("use printable ASCII characters", place="secret")
    if secret and not facts.header:
        raise InvalidError("say in which header the secret is sent", place="header")
    given = parts(facts.address)
    if facts.header and given.scheme not in ("http", "https"):
        raise InvalidError("headers are sent with https only", place="header")
    row.name, row.address, row.layout = name, given.geturl(), facts.layout.value
    row.header, row.is_active = facts.header, facts.is_active


def _save(row: Destination) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ConflictError(f"There is a destination {row.name} already.") from None


def _sealed(key: int, secret: str) -> bytes:
    return crypto.seal(_PURPOSE, secret, place=f"destination:{key}")


def _told(row: Destination) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("name", "address", "layout", "header", "is_active")}


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
        token_id=row.token_id,
    )
