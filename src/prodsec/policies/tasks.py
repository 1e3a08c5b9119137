"""The background door of `policies`: due dates that pass."""

from django.db import transaction

from prodsec.flows import tell_breaches as telling
from prodsec.kit import jobs


@jobs.periodic("*/5 * * * *", name="prodsec.policies.tasks.tell_breaches")
def tell_breaches(timestamp: int) -> None:
    """Tell of what passed its due date, until all is told; each batch is a transaction of its own."""
    told = 1
    while told:
        with transaction.atomic():
            told = telling.run()
