"""The background door of `metrics`: counting goes on every few seconds, and once a night everything is looked at again."""

import time

from django.db import transaction

from prodsec.kit import jobs
from prodsec.metrics import services as metrics

# A turn ends after this long, so that other jobs get theirs; the next one goes on.
TURN_SECONDS = 30.0


@jobs.periodic("* * * * * */15", name="prodsec.metrics.tasks.catch_up")
def catch_up(timestamp: int) -> None:
    """Count what happened since the last time."""
    ends_at = time.monotonic() + TURN_SECONDS
    while time.monotonic() < ends_at:
        with transaction.atomic():
            changed = metrics.catch_up()
        if changed.is_done:
            return


@jobs.periodic("41 1 * * *", name="prodsec.metrics.tasks.count_anew")
def count_anew(timestamp: int) -> None:
    """Have all assets counted anew, one after another."""
    with transaction.atomic():
        metrics.count_anew()
