"""The background door of `notifications`: what is due becomes messages, messages are sent, what is old is forgotten."""

from django.db import transaction

from prodsec.flows import deliver_notices
from prodsec.kit import jobs
from prodsec.notifications import services as notifications
from prodsec.notifications.services import delivering, noticing


@jobs.task(name=noticing.DELIVER_JOB)
def deliver_due() -> None:
    """Make messages of what is due, and give each a job."""
    with transaction.atomic():
        notifications.collect_due()


@jobs.periodic("* * * * *", name="prodsec.notifications.tasks.deliver_each_minute")
def deliver_each_minute(timestamp: int) -> None:
    """The same by the clock: digests whose time has come, and messages that are tried again."""
    deliver_due()


@jobs.task(name=delivering.SEND_JOB)
def send(delivery_id: int) -> None:
    """Send one message; however it goes, the delivery says how."""
    deliver_notices.run(delivery_id)


@jobs.task(name=delivering.TEST_JOB)
def send_test(channel_id: int) -> None:
    """Send a test message through one channel; the channel says how it went."""
    deliver_notices.try_channel(channel_id)


@jobs.periodic("41 3 * * *", name="prodsec.notifications.tasks.forget_old")
def forget_old(timestamp: int) -> None:
    """Delete what is too old to be of use."""
    with transaction.atomic():
        notifications.forget_old()
