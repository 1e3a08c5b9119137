"""When assets were last scanned by which kind of analysis, kept in step with scans that end."""

from collections.abc import Sequence

from django.db import connection

from prodsec.metrics.models import Progress
from prodsec.scans.types import ScanState

# A scan tells by its scopes what it looked at. One that was undone tells nothing.
_LAST = f"""
SELECT DISTINCT ON (s.asset_id, c.analysis) s.asset_id, c.analysis, s.finished_at, s.id
FROM scans_scan s CROSS JOIN unnest(s.scope_ids) AS u (id) JOIN scans_scope c ON c.id = u.id
WHERE s.state = {ScanState.DONE.value} AND s.is_record AND s.finished_at IS NOT NULL AND {{where}}
ORDER BY s.asset_id, c.analysis, s.finished_at DESC
"""
_FOLLOW = f"""
INSERT INTO metrics_scanned (asset, analysis, at, scan) {_LAST.format(where="s.id > %s AND s.id <= %s")}
ON CONFLICT (asset, analysis) DO UPDATE SET at = excluded.at, scan = excluded.scan WHERE metrics_scanned.at < excluded.at
"""
_ANEW = f"""
INSERT INTO metrics_scanned (asset, analysis, at, scan) {_LAST.format(where="s.asset_id = ANY(%s)")}
"""
_NEWEST = "SELECT coalesce(max(id), 0) FROM scans_scan"
_BEFORE_UNFINISHED = f"""
SELECT coalesce(min(id) - 1, %s) FROM scans_scan WHERE state IN ({ScanState.RECEIVED.value}, {ScanState.READING.value})
"""
# Scans get their numbers before they can be seen; those that are given out in one moment are seen within seconds.
_LOOK_BACK = 200


def follow(progress: Progress) -> None:
    """Take in the scans that ended since. Cost: 3 queries; those of scans that ended since, and of some 200 before."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        newest = int((cursor.fetchone() or (0,))[0])
        cursor.execute(_FOLLOW, [progress.scan_position - _LOOK_BACK, newest])
        cursor.execute(_BEFORE_UNFINISHED, [newest])
        progress.scan_position = min(newest, int((cursor.fetchone() or (0,))[0]))


def look_again(assets: Sequence[int]) -> None:
    """Ask anew for these assets: a scan of theirs was undone, or they are gone. Cost: 2 queries."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM metrics_scanned WHERE asset = ANY(%s)", [list(assets)])
        cursor.execute(_ANEW, [list(assets)])
