"""Deliveries: what waits becomes one message a channel, which is sent until the other side says that it took it.

A notice is in at most one delivery of a channel, and a delivery is sent by whoever holds its lock and finds it waiting: two
workers, a job that is there twice, or one that is run again send it once. Before the other side is asked, that is written down; a
worker that dies loses its lock with its connection, and whoever finds its attempt without an answer counts a doubt. Then the
message goes out again under the same name, and says that it may have come before.
"""

import contextlib
import datetime
from collections.abc import Iterator

from django.db import connection, transaction

from prodsec.kit import clock, jobs
from prodsec.kit.errors import InvalidError
from prodsec.notifications import queries
from prodsec.notifications.models import Channel, Delivery, Line, Notice
from prodsec.notifications.rules import pacing
from prodsec.notifications.services.channels import address_of
from prodsec.notifications.types import ChannelFacts, DeliveryState, Outgoing

SEND_JOB = "prodsec.notifications.tasks.send"
TEST_JOB = "prodsec.notifications.tasks.send_test"
KEPT = datetime.timedelta(days=90)
_LOCK = 0x6E6F7469  # the first of two numbers of the advisory lock; the second is the delivery's


def collect_due(*, most: int = 5_000) -> list[int]:
    """Make a delivery of all that is due in each channel, and give those that wait their jobs. Returns the deliveries' ids.

    Cost: 2 queries, 2 a channel with something due, 1 a job.
    """
    now = clock.now()
    due = (
        Line.objects.filter(delivery=None, due_at__lte=now, channel__is_on=True, channel__dead_at=None)
        .order_by("due_at")
        .select_for_update(skip_locked=True, of=("self",))
        .values_list("id", "channel_id")[:most]
    )
    by_channel: dict[int, list[int]] = {}
    for line_id, channel_id in due:
        by_channel.setdefault(channel_id, []).append(line_id)
    for channel_id, lines in by_channel.items():
        made = Delivery.objects.create(channel_id=channel_id, try_at=now)
        Line.objects.filter(pk__in=lines).update(delivery=made)
    waiting = list(
        Delivery.objects.filter(state=DeliveryState.WAITING, try_at__lte=now, channel__dead_at=None)
        .order_by("id")
        .values_list("id", flat=True)[:most]
    )
    # Until its job was run, a delivery is not looked at again; a job that was lost is missed after a while.
    Delivery.objects.filter(pk__in=waiting).update(try_at=now + datetime.timedelta(minutes=15))
    for delivery_id in waiting:
        jobs.enqueue_named(SEND_JOB, lock=f"delivery-{delivery_id}", delivery_id=delivery_id)
    return waiting


@contextlib.contextmanager
def claimed(delivery_id: int) -> Iterator[Outgoing | None]:
    """A delivery that is ours alone to send while the block lasts; None when it was sent, or somebody else sends it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, delivery_id % 2**31])
        if not cursor.fetchone()[0]:
            yield None
            return
    try:
        yield _outgoing(delivery_id)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, delivery_id % 2**31])


def _outgoing(delivery_id: int) -> Outgoing | None:
    row = (
        Delivery.objects.select_related("channel__team", "channel__person")
        .filter(pk=delivery_id, state=DeliveryState.WAITING, channel__dead_at=None)
        .first()
    )
    if row is None or not row.channel.is_on:
        return None
    if row.asked_at is not None:
        # The lock is ours, so whoever asked is gone: the answer will never be known.
        row.asked_at, row.doubts = None, row.doubts + 1
        row.save(update_fields=["asked_at", "doubts"])
    try:
        address = address_of(row.channel)
    except InvalidError as error:
        failed(delivery_id, str(error))
        return None
    lines = Line.objects.filter(delivery=row).values("notice_id")
    notices = tuple(queries.notice_facts(notice) for notice in Notice.objects.filter(pk__in=lines).order_by("id"))
    return Outgoing(delivery_id, queries.channel_facts(row.channel), address, notices, is_doubtful=row.doubts > 0)


def ask_for_test(channel_id: int) -> None:
    """Have a test message sent; the caller saw that the channel is the viewer's."""
    jobs.enqueue_named(TEST_JOB, channel_id=channel_id)


def reached_by(channel_id: int) -> tuple[ChannelFacts, str] | None:
    """A channel and its address, for a test message; None when it was removed. Raises: InvalidError for a spoilt address."""
    row = Channel.objects.select_related("team", "person").filter(pk=channel_id).first()
    return None if row is None else (queries.channel_facts(row), address_of(row))


def begun(delivery_id: int) -> None:
    """From here on the other side may have the message; its answer is told by `ended` or `failed`."""
    Delivery.objects.filter(pk=delivery_id).update(asked_at=clock.now())


def ended(delivery_id: int, *, state: DeliveryState) -> None:
    """A delivery was sent, or nothing of it was left to send; its channel works."""
    now = clock.now()
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=delivery_id)
        row.state, row.ended_at, row.asked_at, row.error = state.value, now, None, ""
        row.save(update_fields=["state", "ended_at", "asked_at", "error"])
        if state is DeliveryState.SENT:
            Channel.objects.filter(pk=row.channel_id).update(sent_at=now, failing_since=None, last_error="")


def failed(delivery_id: int, sentence: str, *, is_doubtful: bool = False) -> None:
    """A delivery did not get through, or may have, which is a doubt: it is tried again later, and after some hours the channel is given up with all that waits."""
    now = clock.now()
    with transaction.atomic():
        row = Delivery.objects.select_for_update().select_related("channel").get(pk=delivery_id)
        row.attempts += 1
        row.doubts += is_doubtful
        row.asked_at = None
        row.error = sentence[:500]
        row.try_at = now + pacing.pause_after(row.attempts)
        row.save(update_fields=["attempts", "doubts", "asked_at", "error", "try_at"])
        channel = row.channel
        channel.last_error = row.error
        channel.failing_since = channel.failing_since or now
        if row.attempts >= pacing.MOST_ATTEMPTS:
            channel.dead_at = now
        channel.save(update_fields=["last_error", "failing_since", "dead_at"])


def forget_old() -> int:
    """Delete notices of more than 90 days ago, with what waited of them, and the deliveries of that time. Returns how many notices."""
    before = clock.now() - KEPT
    Delivery.objects.filter(created_at__lt=before).delete()
    deleted, _ = Notice.objects.filter(at__lt=before).delete()
    return deleted
