"""Reading a report that a worker has begun, with progress that is seen at once and a cancel that is honoured."""

import contextlib
import datetime
from collections.abc import Iterator

from django.db import connection

from prodsec.kit import clock
from prodsec.scans import formats, queries, rules, storage
from prodsec.scans.formats.registry import Known
from prodsec.scans.models import Scan, Scope
from prodsec.scans.services.progress import Progress
from prodsec.scans.types import (
    Header,
    Limits,
    Observation,
    Reading,
    Rejected,
    ReportError,
    ScanState,
    ScanTakenError,
    Work,
)

_LOOK_EVERY_ROWS = 256


def begin(scan_id: int) -> Work | None:
    """Mark a scan as being read. None when there is nothing to do: it is over, or was cancelled meanwhile.

    Commits with the caller, before the reading: what a crash leaves behind says that somebody tried.
    """
    scan = Scan.objects.select_for_update(no_key=True).filter(id=scan_id).first()
    if scan is None or ScanState(scan.state).is_over:
        return None
    now = clock.now()
    if scan.cancel_requested:
        Scan.objects.filter(id=scan_id).update(state=ScanState.CANCELLED, finished_at=now)
        return None
    scan.state, scan.attempts, scan.started_at = ScanState.READING.value, scan.attempts + 1, now
    scan.rows_read, scan.progress_at = 0, now
    scan.save(update_fields=["state", "attempts", "started_at", "rows_read", "progress_at"])
    return Work(
        scan_id=scan_id,
        asset_id=scan.asset_id,
        target=scan.target,
        is_record=scan.is_record,
        dry_run=scan.dry_run,
        partial=scan.partial,
        format=scan.format,
        file_name=scan.file_name,
        report_sha256=bytes(scan.report_sha256),
        actor_id=scan.actor_id,
        actor_name=scan.actor_name,
        started_at=now,
        attempt=scan.attempts,
        repeats=queries.repeated_by(scan),
    )


@contextlib.contextmanager
def reading(work: Work) -> "Iterator[Report]":
    """The report of a scan that was begun, open for reading inside the block and the caller's transaction.

    Raises: ScanTakenError when another worker has it; ReportError, also while rows are read; ScanCancelledError.
    """
    _take(work.scan_id)
    with storage.opened(work.report_sha256) as path, Progress(work.scan_id) as progress:
        known = queries.known_formats()
        readings = formats.readings(path, name=work.file_name, format=work.format or None, known=known)
        yield Report(readings, progress, known, partial=work.partial)


def scope_of(work: Work, header: Header) -> int:
    """The id of the scope that a reading is a scan of, made when it is the first one."""
    target = rules.scope_target(header.target, header.analysis)
    scope, _ = Scope.objects.get_or_create(
        asset_id=work.asset_id,
        tool=header.tool[: rules.LONGEST_TOOL],
        analysis=header.analysis.value,
        target=target,
    )
    return scope.id


class Report:
    """A report while it is read: its readings, and what became known of it so far.

    rows      rows read, rejected ones included
    rejected  the first rejected rows; `rejected_count` has them all
    headers   of the readings begun so far
    warnings  rules of its standard that it breaks, each once
    """

    def __init__(
        self, readings: Iterator[Reading], progress: Progress, known: Known | None = None, *, partial: bool
    ) -> None:
        self._readings = readings
        self._progress = progress
        self._known = known
        self._partial = partial
        self._limits = Limits()
        self._ends_at = clock.now() + datetime.timedelta(seconds=self._limits.seconds)
        self.rows = 0
        self.rejected: list[Rejected] = []
        self.rejected_count = 0
        self.headers: list[Header] = []
        self.warnings: dict[str, None] = {}

    @property
    def readings(self) -> Iterator[Reading]:
        """The runs of the report, in its order; to be iterated once, each before the next.

        Raises: ReportError, also when there is none.
        """
        for inner in self._readings:
            self.headers.append(inner.header)
            yield _WatchedReading(inner, self)
        if not self.headers:
            raise ReportError("there is no run of a tool in this report; nothing was imported")

    @property
    def format_version(self) -> str:
        """Which version of its format the report is read by."""
        return self._known.version_of(self.headers[0].format) if self._known else ""

    @property
    def incomplete_reason(self) -> str:
        """Why this report may close nothing; empty when it may. Final when all rows were read."""
        if self._partial:
            return "declared as partial"
        for header in self.headers:
            if not header.complete:
                return header.incomplete_reason or "the report says so"
        if self.rejected_count:
            rows = "1 row" if self.rejected_count == 1 else f"{self.rejected_count} rows"
            return f"{rows} could not be read, and may be what is missing"
        return ""

    def count(self) -> None:
        """Count a row.

        Raises: ReportError beyond the time limit; ScanCancelledError.
        """
        self.rows += 1
        if self.rows % _LOOK_EVERY_ROWS == 0:
            self._look_up()

    def reject(self, row: Rejected) -> None:
        """Count a row that could not be read, and keep it while there is room."""
        self.rejected_count += 1
        if len(self.rejected) < self._limits.rejected:
            self.rejected.append(row)

    def _look_up(self) -> None:
        now = clock.now()
        if now > self._ends_at:
            raise ReportError(
                f"reading took longer than the limit of {self._limits.seconds} seconds; split the report",
                place=f"row {self.rows}",
            )
        self._progress.tell(self.rows, now)


class _WatchedReading:
    """A reading whose rows are counted, and whose rejected rows go to the report instead of the caller."""

    def __init__(self, inner: Reading, report: Report) -> None:
        self._inner = inner
        self._report = report
        self.header = inner.header
        self.components = 0

    def __iter__(self) -> Iterator[Observation]:
        """The observations in the order of the report."""
        report = self._report
        for row in self._inner:
            report.count()
            if isinstance(row, Rejected):
                report.reject(row)
            else:
                yield row
        self.components = self._inner.components
        report.warnings.update(dict.fromkeys(getattr(self._inner, "warnings", ())))


def _take(scan_id: int) -> None:
    """Be the only one to import this scan until the transaction ends, also against a worker believed dead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"scans.import/{scan_id}"])
        row = cursor.fetchone()
    state = Scan.objects.filter(id=scan_id).values_list("state", flat=True).first()
    if not (row and row[0]) or state != ScanState.READING:
        raise ScanTakenError(f"Import {scan_id} is being read by another worker, or is over.")
