"""CI report → findings → owner → clocks (→ issue, when `tracking` joins the story).

scans → findings → policies. One job and one commit: a job that dies is run again from the start, and nothing half-done is seen.
"""

from prodsec.findings import services as findings
from prodsec.findings.types import Changes
from prodsec.policies import services as policies
from prodsec.scans import services as scans
from prodsec.scans.types import Counts, Work


def run(work: Work) -> None:
    """Read a report that a worker has begun, merge it, set its clocks, end its scan; in the door's transaction.

    Raises: what reading and ending raise (ReportError, ScanCancelledError, ScanTakenError); then nothing is kept.
    """
    if work.repeats is not None:
        scans.finish_as_repeat(work, same_as=work.repeats)
        return
    with scans.reading(work) as report:
        changes = findings.merge(work, report, policies.due_times())
        if work.is_record:
            policies.apply(changes.known(), dated=changes.opened)
        scans.finish(work, report, _counts(changes), scope_ids=changes.scope_ids)


def _counts(changes: Changes) -> Counts:
    return Counts(
        new=len(changes.opened),
        reopened=len(changes.reopened),
        fixed=len(changes.closed),
        moved=len(changes.moved),
        changed=len(changes.changed),
        unchanged=changes.unchanged,
        suppressed=changes.suppressed,
    )
