"""What changes a scan: taking a report in, beginning, reading, ending, cancelling, undoing."""

from prodsec.scans.services.ending import cancelled, fail, finish, finish_as_repeat, mark_undone
from prodsec.scans.services.reading import Report, begin, reading, scope_of
from prodsec.scans.services.receiving import cancel, receive_report, requeue_forgotten

__all__ = [
    "Report",
    "begin",
    "cancel",
    "cancelled",
    "fail",
    "finish",
    "finish_as_repeat",
    "mark_undone",
    "reading",
    "receive_report",
    "requeue_forgotten",
    "scope_of",
]
