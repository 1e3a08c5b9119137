"""Copies of lists of findings: who took one of what is written down."""

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.rules.filtering import addresses
from prodsec.findings.rules.filtering.clauses import Filters


def note_export(viewer: Viewer, filters: Filters, *, form: str) -> None:
    """Write down that somebody takes a copy of what the filters leave. Raises: ForbiddenError for a token that may not read."""
    accounts.require_scope(viewer, Permission.FINDING_READ)
    details: dict[str, object] = {"filter": addresses.written(filters)}
    activity.record(viewer, "finding.exported", object_type="finding", object_id=form, details=details)
