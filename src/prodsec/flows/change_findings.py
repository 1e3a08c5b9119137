"""Many findings changed at once, or changed back: the record, then the clocks of what changed, a batch at a time.

findings → policies. What fits into the answer to a click is done in its transaction; more becomes a job, a commit a batch.
"""

from prodsec.accounts.types import Viewer
from prodsec.findings import services as findings
from prodsec.findings.services.bulk import Meant
from prodsec.findings.types import Deed
from prodsec.policies import services as policies


def begin(viewer: Viewer, deed: Deed, meant: Meant) -> int:
    """Change the findings that are meant; done when there are few, else a worker is told. Returns the bulk change's id.

    Raises: FindingNotFoundError, ForbiddenError, InvalidError, PersonNotFoundError.
    """
    change = findings.bulk.begin(viewer, deed, meant)
    if change.job_id is not None:
        return change.pk  # a worker is at it already
    if change.total > findings.bulk.SMALL:
        findings.bulk.queue(change)
    else:
        step(change.pk, viewer=viewer)
    return change.pk


def undo(viewer: Viewer, bulk_id: int | None = None) -> int:
    """Change back what a bulk change (None: the viewer's last) changed; as `begin`. Returns its id.

    Raises: NotFoundError, UndoError.
    """
    change = findings.bulk.undo(viewer, bulk_id)
    if change.done > findings.bulk.SMALL:
        findings.bulk.queue(change)
    else:
        step(change.pk, viewer=viewer)
    return change.pk


def step(bulk_id: int, *, viewer: Viewer | None = None) -> bool:
    """The next batch. Returns whether there is another one."""
    changed, more = findings.bulk.step(bulk_id, viewer=viewer)
    policies.apply(changed)
    return more
