"""What is kept no longer: raw reports by age, scans that never wrote the record."""

import datetime

import structlog

from prodsec.kit import clock
from prodsec.scans import queries, storage
from prodsec.scans.models import Scan

log = structlog.get_logger()

REPORT_DAYS = 90
REHEARSAL_DAYS = 30


def drop_old_reports() -> int:
    """Delete raw reports that no scan of the last 90 days brought. Returns how many."""
    oldest = clock.now() - datetime.timedelta(days=REPORT_DAYS)
    dropped = storage.drop_older_than(oldest, needed=lambda sha256: queries.is_report_needed(sha256, oldest))
    log.info("raw_reports_dropped", count=dropped)
    return dropped


def drop_old_rehearsals() -> int:
    """Delete dry runs and scans of other refs that ended 30 days ago; nothing of the record hangs on them."""
    oldest = clock.now() - datetime.timedelta(days=REHEARSAL_DAYS)
    dropped, _ = Scan.objects.filter(is_record=False, finished_at__lt=oldest).delete()
    log.info("rehearsals_dropped", rows=dropped)
    return dropped
