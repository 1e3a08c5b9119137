"""What changes a scan: taking a report in, beginning, reading, ending, cancelling, undoing; and formats that people describe."""

from prodsec.scans.services.ending import cancelled, fail, finish, finish_as_repeat, mark_undone
from prodsec.scans.services.keeping import drop_old_rehearsals, drop_old_reports
from prodsec.scans.services.reading import Report, begin, reading, scope_of
from prodsec.scans.services.receiving import IMPORT_JOB, cancel, receive_report, requeue_forgotten
from prodsec.scans.services.sharing import Sample, Saved, bad_spec, checked, save_format, switch_off, use_version

__all__ = [
    "IMPORT_JOB",
    "Report",
    "Sample",
    "Saved",
    "bad_spec",
    "begin",
    "cancel",
    "cancelled",
    "checked",
    "drop_old_rehearsals",
    "drop_old_reports",
    "fail",
    "finish",
    "finish_as_repeat",
    "mark_undone",
    "reading",
    "receive_report",
    "requeue_forgotten",
    "save_format",
    "scope_of",
    "switch_off",
    "use_version",
]
