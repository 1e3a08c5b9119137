"""The background door of `activity`: the chain is looked at every night and on demand; the record is forwarded."""

from django.db import transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM
from prodsec.activity import services
from prodsec.activity.rules import telling
from prodsec.activity.rules.telling import Sealed
from prodsec.activity.services import forwarding
from prodsec.activity.services.looking import VERIFY_JOB
from prodsec.activity.types import Layout
from prodsec.kit import http, jobs, syslog
from prodsec.kit.errors import InvalidError, UnavailableError

# So many batches a job, then it is another destination's turn.
MOST_BATCHES = 50


@jobs.task(name=VERIFY_JOB)
def verify_for(person_id: int) -> None:
    """Look at the chain for somebody; what was found is written down as theirs."""
    viewer = accounts.viewer_of(accounts.person(SYSTEM, person_id))
    with transaction.atomic():
        services.verify(viewer)


@jobs.periodic("47 2 * * *", name="prodsec.activity.tasks.verify_nightly")
def verify_nightly(timestamp: int) -> None:
    """Look at the chain."""
    with transaction.atomic():
        services.verify(SYSTEM)


@jobs.periodic("* * * * * */5", name="prodsec.activity.tasks.forward_due")
def forward_due(timestamp: int) -> None:
    """Have a job for each destination that is behind."""
    with transaction.atomic():
        forwarding.enqueue_due()


@jobs.task(name=forwarding.FORWARD_JOB)
def forward(destination_id: int) -> None:
    """Send a destination what it has not got yet, batch by batch; no transaction is open while it is sent."""
    for _ in range(MOST_BATCHES):
        try:
            with transaction.atomic():
                batch = forwarding.next_batch(destination_id)
            if batch is None:
                return
            _send(batch)
        except (InvalidError, UnavailableError) as error:
            with transaction.atomic():
                forwarding.failed(destination_id, str(error))
            return
        with transaction.atomic():
            if not forwarding.delivered(batch):
                return
    with transaction.atomic():
        forwarding.release(destination_id)


def _send(batch: forwarding.Batch) -> None:
    """Hand a batch over. Raises: HostRefusedError, UnavailableError."""
    address = forwarding.parts(batch.address)
    if address.scheme in ("http", "https"):
        _post(batch)
        return
    limit = syslog.LARGEST_DATAGRAM // 4 if address.scheme == "udp" else None
    target = syslog.Target(address.scheme, address.hostname or "", address.port or forwarding.PORTS[address.scheme])
    syslog.send(target, [_line(row, batch.layout, limit) for row in batch.rows])


def _line(row: Sealed, layout: Layout, limit: int | None) -> bytes:
    text = telling.ocsf(row, most_bytes=limit).decode() if layout is Layout.OCSF else telling.cef(row, most_bytes=limit)
    facts = {"id": str(row.id), "actor": row.deed.actor_name[:200], "object": f"{row.deed.object_type} {row.deed.object_id}"[:200]}  # fmt: skip
    return syslog.line(syslog.Message(row.deed.at, row.deed.action, text, facts))


def _post(batch: forwarding.Batch) -> None:
    if batch.layout is Layout.OCSF:
        body, kind = b"[" + b",".join(telling.ocsf(row) for row in batch.rows) + b"]", "application/json"
    else:
        body, kind = "".join(f"{telling.cef(row)}\n" for row in batch.rows).encode(), "text/plain; charset=utf-8"
    headers = {"Content-Type": kind} | ({batch.header: batch.secret} if batch.header and batch.secret else {})
    answer = http.send(http.Request("POST", batch.address, headers=headers, body=body))
    if not answer.is_ok:
        raise http.NoAnswerError(f"{forwarding.parts(batch.address).hostname} answered with status {answer.status}.")
