"""Taking reports in: bytes to disk, one scan, one job; and calling a scan off again."""

from dataclasses import dataclass

import structlog
from django.db import connection, transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.inventory import queries as inventory
from prodsec.inventory import services as inventory_services
from prodsec.kit import clock, jobs
from prodsec.kit.errors import ConflictError, ForbiddenError, InvalidError
from prodsec.scans import queries, rules, storage
from prodsec.scans.formats import registry
from prodsec.scans.models import Scan
from prodsec.scans.types import ScanState

log = structlog.get_logger()

IMPORT_JOB = "prodsec.scans.tasks.import_report"
_LONGEST_NAME = 255


@dataclass(frozen=True)
class _Wish:
    """What the caller asked for, besides the bytes."""

    target: str
    format: str
    partial: bool
    dry_run: bool
    file_name: str
    request_key: str


def receive_report(
    viewer: Viewer,
    *,
    stream: storage.Stream,
    file_name: str,
    asset_path: str,
    target: str = "",
    format: str | None = None,  # noqa: A002 - the word of the API and the command line
    partial: bool = False,
    dry_run: bool = False,
    idempotency_key: str = "",
    queued: bool = True,
) -> int:
    """Take a report in and see that it is read. When this returns, report, scan and job are safe. Returns the scan's id.

    The same bytes for the same asset, target and options give the scan that still waits, and no second one; so does
    the same idempotency key of the same caller. `queued=False` leaves the reading to the caller.

    Raises: NotFoundError or ForbiddenError before a byte is read, ConflictError when the idempotency key was used for
    something else, InvalidError for a word that cannot be stored, ReportTooLargeError, ReportError for an empty report or a format nobody knows.
    """
    wish = _Wish(
        target=_checked(target, "target"),
        format=format or "",
        partial=partial,
        dry_run=dry_run,
        file_name=_plain_name(file_name),
        request_key=_checked(idempotency_key, "Idempotency-Key"),
    )
    may_be_empty = False
    if wish.format:
        known = queries.known_formats()
        registry.named(wish.format, known)
        may_be_empty = known.may_be_empty(wish.format)
    _refuse_early(viewer, asset_path)
    report = storage.keep(stream, may_be_empty=may_be_empty)
    # The transaction is opened only now: a slow upload must not hold one.
    with transaction.atomic():
        return _record(viewer, asset_path, wish, report, queued=queued)


def cancel(viewer: Viewer, scan_id: int) -> None:
    """Call off a scan: at once while it waits, at its next row while it is read.

    Raises: NotFoundError, ForbiddenError; ConflictError when it is over.
    """
    scan = queries.scan_to_change(viewer, scan_id, Permission.SCAN_IMPORT)
    state = ScanState(scan.state)
    if state.is_over:
        raise ConflictError(f"Import {scan_id} is already {state.word}; an import that is done can be undone instead.")
    scan.cancel_requested = True
    if state is ScanState.RECEIVED:
        scan.state, scan.finished_at = ScanState.CANCELLED.value, clock.now()
        if scan.job_id is not None:
            jobs.cancel(scan.job_id)
    scan.save(update_fields=["cancel_requested", "state", "finished_at"])
    activity.record(viewer, "scan.cancelled", object_type="scan", object_id=scan_id, asset_id=scan.asset_id)


def requeue_forgotten() -> list[int]:
    """Give scans whose job was lost a new one. Returns their ids."""
    requeued = []
    for scan in queries.forgotten().select_for_update(skip_locked=True, no_key=True):
        if scan.job_id is not None and jobs.is_live(scan.job_id):
            continue
        _enqueue(scan)
        requeued.append(scan.id)
    if requeued:
        log.warning("scans_requeued", scan_ids=requeued)
    return requeued


def _refuse_early(viewer: Viewer, asset_path: str) -> None:
    """Say no before the upload rather than after it: find or make the asset, and take that back."""
    with transaction.atomic():
        rehearsal = transaction.savepoint()
        _asset_for(viewer, asset_path)
        transaction.savepoint_rollback(rehearsal)


def _asset_for(viewer: Viewer, asset_path: str) -> tuple[int, str]:
    """The id and default ref of the asset, made when there is none and the viewer may make it."""
    if not accounts.scope_allows(viewer, Permission.SCAN_IMPORT):
        raise ForbiddenError("This token may not import reports; make one with the scope `import`.")
    asset = inventory_services.ensure_asset(viewer, asset_path)
    if not inventory.may(viewer, Permission.SCAN_IMPORT, asset):
        raise ForbiddenError(f"You may not import reports for {asset_path}; ask its owner or an admin.")
    return asset.id, asset.default_ref


def _record(viewer: Viewer, asset_path: str, wish: _Wish, report: storage.StoredReport, *, queued: bool) -> int:
    asset_id, default_ref = _asset_for(viewer, asset_path)
    _one_at_a_time(asset_id)
    earlier = _earlier(viewer, asset_id, wish, report)
    if earlier is not None:
        return earlier
    scan = Scan.objects.create(
        asset_id=asset_id,
        file_name=wish.file_name,
        report_sha256=report.sha256,
        report_bytes=report.size_bytes,
        format=wish.format,
        target=wish.target,
        is_record=rules.writes_record(target=wish.target, default_ref=default_ref, dry_run=wish.dry_run),
        dry_run=wish.dry_run,
        partial=wish.partial,
        actor_id=viewer.person_id,
        actor_name=viewer.name,
        request_key=wish.request_key,
        created_at=clock.now(),
    )
    if queued:
        _enqueue(scan)
    log.info("report_received", scan_id=scan.id, asset_id=asset_id, report_bytes=report.size_bytes)
    return scan.id


def _earlier(viewer: Viewer, asset_id: int, wish: _Wish, report: storage.StoredReport) -> int | None:
    """The scan that an earlier, equal request made."""
    if wish.request_key:
        same = Scan.objects.filter(actor_id=viewer.person_id, request_key=wish.request_key).first()
        if same is not None:
            if bytes(same.report_sha256) != report.sha256 or same.asset_id != asset_id:
                raise ConflictError("This idempotency key was used for another report; use a new one.")
            return same.id
    return queries.pending_twin(
        asset_id=asset_id,
        sha256=report.sha256,
        target=wish.target,
        told=wish.format,
        partial=wish.partial,
        dry_run=wish.dry_run,
    )


def _enqueue(scan: Scan) -> None:
    """Imports of one asset run one after another, in the order they came; those of different assets side by side."""
    scan.job_id = jobs.enqueue_named(IMPORT_JOB, lock=f"asset:{scan.asset_id}", scan_id=scan.id)
    scan.save(update_fields=["job_id"])


def _one_at_a_time(asset_id: int) -> None:
    """Two equal uploads at the same moment: the second sees the first one's scan."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"scans.receive/{asset_id}"])


def _checked(text: str, place: str) -> str:
    """A word of the caller's as it is stored."""
    text = text.strip()
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise InvalidError(f"give at most {_LONGEST_NAME} printable characters", place=place)
    return text


def _plain_name(file_name: str) -> str:
    """The last part of a file name, without what cannot be stored or shown."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:_LONGEST_NAME] or "report"
