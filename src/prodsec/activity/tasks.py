"""The background door of `activity`: the chain is looked at every night, and when somebody asks for it."""

from django.db import transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM
from prodsec.activity import services
from prodsec.activity.services.looking import VERIFY_JOB
from prodsec.kit import jobs


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
