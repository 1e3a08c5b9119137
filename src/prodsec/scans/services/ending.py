"""How a scan ends: done, as a repetition, failed, cancelled, undone."""

from collections.abc import Collection

import structlog

from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.kit import clock
from prodsec.kit.errors import ConflictError
from prodsec.scans import queries, rules
from prodsec.scans.models import RejectedRow, Scan
from prodsec.scans.services.reading import Report
from prodsec.scans.services.telling import tell_failed
from prodsec.scans.types import Counts, ScanCancelledError, ScanState, ScanTakenError, Work

log = structlog.get_logger()

_LONGEST_ERROR = 1_000


def finish(work: Work, report: Report, counts: Counts, *, scope_ids: Collection[int]) -> None:
    """End a scan in the very transaction that holds all it changed; called last, because it writes the audit row.

    `counts.rejected` is ignored: the report knows.
    Raises: ScanCancelledError or ScanTakenError when it was cancelled or finished elsewhere; then nothing may commit.
    """
    header = report.headers[0]
    reason = report.incomplete_reason
    _end(
        work,
        format=header.format,
        format_version=report.format_version,
        tool=header.tool,
        tool_version=header.tool_version,
        analysis=header.analysis.value,
        complete=not reason,
        incomplete_reason=reason,
        warnings="\n".join(report.warnings),
        rows_read=report.rows,
        scope_ids=sorted(scope_ids),
        rejected_count=report.rejected_count,
        **_columns(counts),
    )
    RejectedRow.objects.bulk_create(
        [
            RejectedRow(scan_id=work.scan_id, ordinal=ordinal, place=row.place, reason=row.reason)
            for ordinal, row in enumerate(report.rejected)
        ],
        batch_size=500,
    )
    if work.is_record and (counts.new or counts.reopened or counts.fixed or counts.moved or counts.changed):
        _audit(work, counts)


def finish_as_repeat(work: Work, *, same_as: int) -> None:
    """End a scan whose bytes were imported before and are still the last word: it changes nothing and was not read."""
    last = Scan.objects.get(id=same_as)
    counts = queries.counts_of(last)
    _end(
        work,
        same_as=last,
        format=last.format,
        format_version=last.format_version,
        tool=last.tool,
        tool_version=last.tool_version,
        analysis=last.analysis,
        complete=last.complete,
        incomplete_reason=last.incomplete_reason,
        warnings=last.warnings,
        scope_ids=last.scope_ids,
        rejected_count=counts.rejected,
        suppressed_count=counts.suppressed,
        unchanged_count=counts.new + counts.reopened + counts.moved + counts.changed + counts.unchanged,
    )


def fail(scan_id: int, sentence: str) -> None:
    """End a scan that could not be imported, with what the person should know. Nothing of it was kept but this."""
    _close(scan_id, ScanState.FAILED, error=sentence.replace("\x00", "")[:_LONGEST_ERROR])
    tell_failed(scan_id)
    log.warning("scan_failed", scan_id=scan_id)


def cancelled(scan_id: int) -> None:
    """End a scan that was called off while it was read."""
    _close(scan_id, ScanState.CANCELLED)


def mark_undone(viewer: Viewer, scan_id: int) -> ScanState:
    """Mark an import as undone; the caller undoes what it did in the same transaction.

    Raises: NotFoundError, ForbiddenError; ConflictError when it is not done, never wrote the record, or is too old.
    """
    scan = queries.scan_to_change(viewer, scan_id, Permission.SCAN_IMPORT)
    state = ScanState(scan.state)
    if state is not ScanState.DONE or scan.finished_at is None:
        raise ConflictError(f"Import {scan_id} is {state.word}; only an import that is done can be undone.")
    if not scan.is_record:
        raise ConflictError(f"Import {scan_id} never wrote the record, so there is nothing to undo.")
    if clock.now() > rules.undo_until(scan.finished_at):
        raise ConflictError(f"Import {scan_id} is older than {rules.UNDO_DAYS} days and can no longer be undone.")
    Scan.objects.filter(id=scan_id).update(state=ScanState.UNDONE)
    return state


def _end(work: Work, **columns: object) -> None:
    now = clock.now()
    changed = Scan.objects.filter(id=work.scan_id, state=ScanState.READING, cancel_requested=False).update(
        state=ScanState.DONE, finished_at=now, seconds=(now - work.started_at).total_seconds(), **columns
    )
    if changed:
        return
    if Scan.objects.filter(id=work.scan_id, state=ScanState.READING).exists():
        raise ScanCancelledError(f"Import {work.scan_id} was cancelled.")
    raise ScanTakenError(f"Import {work.scan_id} was finished elsewhere.")


def _close(scan_id: int, state: ScanState, *, error: str = "") -> None:
    now = clock.now()
    pending = Scan.objects.select_for_update(no_key=True).filter(id=scan_id, state__in=queries.PENDING)
    for scan in pending:
        seconds = (now - scan.started_at).total_seconds() if scan.started_at else None
        Scan.objects.filter(id=scan_id).update(state=state, finished_at=now, seconds=seconds, error=error)


def _columns(counts: Counts) -> dict[str, int]:
    return {
        "new_count": counts.new,
        "reopened_count": counts.reopened,
        "fixed_count": counts.fixed,
        "moved_count": counts.moved,
        "changed_count": counts.changed,
        "unchanged_count": counts.unchanged,
        "suppressed_count": counts.suppressed,
    }


def _audit(work: Work, counts: Counts) -> None:
    viewer = Viewer(
        person_id=work.actor_id, name=work.actor_name, is_admin=False, team_ids=frozenset(), scopes=frozenset()
    )
    details: dict[str, object] = {
        name.removesuffix("_count"): number for name, number in _columns(counts).items() if number
    }
    activity.record(
        viewer, "scan.imported", object_type="scan", object_id=work.scan_id, asset_id=work.asset_id, details=details
    )
