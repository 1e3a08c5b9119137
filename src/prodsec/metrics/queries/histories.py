"""What findings' events say of them, for spans; and how far there are events."""

import datetime
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection

from prodsec.findings.types import EventKind
from prodsec.metrics.models import Span
from prodsec.metrics.rules import spans as rules
from prodsec.metrics.rules.spans import TELLING, Facts, Happening
from prodsec.metrics.types import Ending, Entry
from prodsec.metrics.types import Span as SpanValue
from prodsec.scans.types import ScanState

_FACTS = """
SELECT id, asset_id, kind, severity, coalesce(owner_team_id, 0), (first_seen_at AT TIME ZONE 'UTC')::date,
    (due_at AT TIME ZONE 'UTC')::date
FROM findings_finding WHERE id = ANY(%s::bigint[])
"""
# What an import did that was undone since did not happen. Who overruled many severities at once left only the word of the person
# before; without one, the sources' words hold.
_HAPPENINGS = f"""
SELECT e.finding_id, e.at, e.kind,
    CASE WHEN e.data LIKE '%%"before"%%' THEN coalesce((e.data::jsonb #>> '{{before,severity}}')::smallint, CASE
        WHEN e.data LIKE '%%"severity_person"%%' THEN coalesce((e.data::jsonb #>> '{{before,severity_person}}')::smallint,
            f.severity_policy, f.severity_vendor, f.severity_advisory, f.severity_scanner, 0) END) END,
    CASE WHEN e.kind = {EventKind.OWNER_CHANGED.value} THEN coalesce((e.data::jsonb ->> 'from')::bigint, 0) END
FROM findings_findingevent e JOIN findings_finding f ON f.id = e.finding_id LEFT JOIN scans_scan s ON s.id = e.scan_id
WHERE e.finding_id = ANY(%s::bigint[]) AND e.kind = ANY(%s) AND s.state IS DISTINCT FROM {ScanState.UNDONE.value}
ORDER BY e.finding_id, e.id
"""
_LAST_EVENT = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM findings_findingevent_id_seq"
# Who writes an event holds this lock before they take its number, and until it can be seen.
_WRITERS = """
SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
    AND relation = 'findings_findingevent'::regclass AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TOUCHED = "SELECT id, finding_id FROM findings_findingevent WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"


def spans_now(finding_ids: Sequence[int]) -> list[SpanValue]:
    """The spans of findings as their events tell them now. Cost: 2 queries."""
    happenings: defaultdict[int, list[Happening]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [list(finding_ids)])
        facts = [Facts(*row) for row in cursor.fetchall()]
        cursor.execute(_HAPPENINGS, [list(finding_ids), list(TELLING)])
        for finding_id, at, kind, severity, team in cursor.fetchall():
            happenings[finding_id].append(Happening(at.astimezone(datetime.UTC), kind, severity, team))
    return [span for one in facts for span in rules.spans_of(one, happenings[one.finding_id])]


def spans_counted(finding_ids: Sequence[int]) -> list[tuple[int, SpanValue]]:
    """The spans of findings as they are counted, each with its id. Cost: 1 query."""
    rows = Span.objects.filter(finding_id__in=finding_ids)
    return [
        (
            row.pk,
            SpanValue(
                finding_id=row.finding_id,
                asset=row.asset,
                team=row.team,
                severity=row.severity,
                kind=row.kind,
                from_on=row.from_on,
                until_on=row.until_on,
                seen_on=row.seen_on,
                due_on=row.due_on,
                entry=Entry(row.entry),
                ending=Ending(row.ending),
            ),
        )
        for row in rows
    ]


def findings_of(asset: int) -> list[int]:
    """Every finding of an asset, and those of it that are counted and may be gone. Cost: 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM findings_finding WHERE asset_id = %(asset)s"
            " UNION SELECT finding_id FROM metrics_span WHERE asset = %(asset)s",
            {"asset": asset},
        )
        return [row[0] for row in cursor.fetchall()]


def last_event() -> int:
    """The highest number of an event that anybody has taken, whether it can be seen yet or not."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_EVENT)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def writers() -> list[str]:
    """The other transactions that write events now, by names that no two have at once."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS)
        return sorted({row[0] for row in cursor.fetchall()})


def touched(after: int, until: int, most: int) -> tuple[list[int], int]:
    """The findings of the next events, at most so many, and the last of these events."""
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, [after, until, most])
        rows = cursor.fetchall()
    last = rows[-1][0] if len(rows) == most else until
    return sorted({finding_id for _, finding_id in rows}), last
