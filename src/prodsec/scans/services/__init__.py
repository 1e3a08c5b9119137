"""What changes a scan: taking a report in, beginning, reading, ending, cancelling, undoing."""

from prodsec.scans.services.ending import cancelled, fail, finish, finish_as_repeat, mark_undone
from prodsec.scans.services.keeping import drop_old_rehearsals, drop_old_reports
from prodsec.scans.services.reading import Report, begin, reading, scope_of
from prodsec.scans.services.receiving import IMPORT_JOB, cancel, receive_report, requeue_forgotten

__all__ = [
    "IMPORT_JOB",
    "Report",
    "begin",
    "cancel",
    "cancelled",
    "drop_old_rehearsals",
    "drop_old_reports",
    "fail",
    "finish",
    "finish_as_repeat",
    "mark_undone",
    "reading",
    "receive_report",
    "requeue_forgotten",
    "scope_of",
]
