"""A person watches something they may see: a finding, or an asset with all below it."""

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries as findings
from prodsec.inventory import queries as inventory
from prodsec.notifications import services as notifications
from prodsec.notifications.types import Subject


def watch(viewer: Viewer, subject: Subject, object_id: int) -> None:
    """The viewer wants to hear of it. Raises: FindingNotFoundError, AssetNotFoundError, ForbiddenError."""
    _require(viewer, subject, object_id)
    notifications.watch(viewer, subject, object_id)


def unwatch(viewer: Viewer, subject: Subject, object_id: int) -> None:
    """The viewer does not want to hear of it any more. Raises: as `watch`."""
    _require(viewer, subject, object_id)
    notifications.unwatch(viewer, subject, object_id)


def _require(viewer: Viewer, subject: Subject, object_id: int) -> None:
    if subject is Subject.ASSET:
        inventory.asset(viewer, object_id)
    else:
        findings.require_visible(viewer, object_id)
    accounts.require_scope(viewer, Permission.FINDING_COMMENT)
