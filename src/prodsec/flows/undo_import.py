"""An import taken back: the record is as before, its clocks follow, the scan says that it was undone."""

from prodsec.accounts.types import Viewer
from prodsec.activity import services as activity
from prodsec.findings import services as findings
from prodsec.metrics import services as metrics
from prodsec.policies import services as policies
from prodsec.scans import services as scans


def run(viewer: Viewer, scan_id: int, *, reason: str = "") -> None:
    """Undo an import.

    Raises: NotFoundError, ForbiddenError; ConflictError when it is not done, too old, or a later scan built on it.
    """
    scans.mark_undone(viewer, scan_id)
    changes = findings.undo(viewer, scan_id)
    policies.apply(changes.touched())
    if changes.asset_id is not None:
        metrics.mark_stale([changes.asset_id])
    activity.record(
        viewer, "scan.undone", object_type="scan", object_id=scan_id, asset_id=changes.asset_id, reason=reason
    )
