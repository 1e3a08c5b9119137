"""The background door of `findings`: bulk changes, and what is kept of them."""

from django.db import InterfaceError, OperationalError, transaction

from prodsec.findings.services import bulk
from prodsec.findings.services.subscriptions import TELL_JOB
from prodsec.flows import change_findings as flow
from prodsec.flows import watch_views
from prodsec.kit import jobs
from prodsec.kit.errors import UnavailableError


@jobs.task(name=bulk.BULK_JOB)
def change_findings(bulk_id: int) -> None:
    """Do, or take back, a bulk change; each batch is a commit, so that a job that dies is gone on with.

    Raises: UnavailableError when the database went away; then it is to be tried again.
    """
    more = True
    try:
        while more:
            with transaction.atomic():
                more = flow.step(bulk_id)
    except (OperationalError, InterfaceError) as error:
        raise UnavailableError(f"The database does not answer now ({type(error).__name__}).") from error


@jobs.periodic("* * * * * */20", name="prodsec.findings.tasks.requeue_forgotten")
def requeue_forgotten(timestamp: int) -> None:
    """Give bulk changes whose job was lost a new one."""
    with transaction.atomic():
        bulk.requeue_forgotten()


@jobs.periodic("41 3 * * *", name="prodsec.findings.tasks.drop_old_items")
def drop_old_items(timestamp: int) -> None:
    """Forget how findings were before changes that can be undone no more."""
    with transaction.atomic():
        bulk.drop_old_items()


@jobs.periodic("*/5 * * * *", name=TELL_JOB)
def tell_of_views(timestamp: int) -> None:
    """Tell who wants to hear of it what entered a saved view."""
    with transaction.atomic():
        watch_views.run()
