"""Clocks set by sets of findings: one statement computes, a second mirrors the due date onto the finding.

The statement is `rules.clock.rebuild` in SQL; a property test holds the two together. What was never open (a tool reported and
suppressed it in one breath, or an earlier decision covered it) never had a clock, and gets none.
"""

from collections.abc import Iterator, Sequence

from django.db import connection

from prodsec.findings.types import OPEN_STATES, DueTimes, EventKind
from prodsec.kit import clock
from prodsec.kit.sql import Parameter
from prodsec.policies.models import Document
from prodsec.policies.rules.documents import parse_sla
from prodsec.policies.services.documents import ensure_default_sla
from prodsec.policies.types import ClockKind, Sla
from prodsec.scans.types import ScanState
from prodsec.vocabulary.kinds import Kind

BATCH = 50_000

_OPENS = f"({EventKind.OPENED.value}, {EventKind.REOPENED.value}, {EventKind.REOPENED_BY_PERSON.value})"
_CLOSES = f"({EventKind.RESOLVED.value}, {EventKind.DISMISSED.value})"
# The first end since the finding was last opened, by what was not undone: dismissing what is resolved ends nothing again.
_DISMISSED_AT = f"""(
    SELECT e.at FROM findings_findingevent e LEFT JOIN scans_scan s ON s.id = e.scan_id
    WHERE e.finding_id = f.id AND e.kind IN {_CLOSES} AND s.state IS DISTINCT FROM {ScanState.UNDONE.value} AND e.id > coalesce((
        SELECT max(o.id) FROM findings_findingevent o LEFT JOIN scans_scan os ON os.id = o.scan_id
        WHERE o.finding_id = f.id AND o.kind IN {_OPENS} AND os.state IS DISTINCT FROM {ScanState.UNDONE.value}), 0)
    ORDER BY e.id LIMIT 1)"""
_WAS_OPEN = f"""EXISTS (
    SELECT FROM findings_findingevent o WHERE o.finding_id = f.id AND o.kind IN {_OPENS} AND NOT EXISTS (
        SELECT FROM findings_findingevent e WHERE e.finding_id = f.id AND e.kind IN {_CLOSES} AND e.id > o.id AND e.at = o.at))"""

_APPLY = f"""
WITH allowed AS (
    SELECT * FROM unnest(%(kinds)s::smallint[], %(severities)s::smallint[], %(hours)s::int[]) AS a (kind, severity, hours)),
wanted AS (
    SELECT f.id, f.asset_id, a.kind, a.hours, f.severity,
        CASE WHEN f.kind = ANY(%(waits)s) THEN greatest(f.first_seen_at, f.fix_available_at) ELSE f.first_seen_at END AS started_at,
        CASE WHEN a.kind = {ClockKind.REMEDIATE.value} THEN coalesce(old.extension_days, 0) ELSE 0 END AS extension_days,
        CASE WHEN a.kind = {ClockKind.REMEDIATE.value} THEN coalesce(old.paused_days, 0) ELSE 0 END AS paused_days,
        CASE WHEN f.state = ANY(%(open)s) THEN NULL ELSE coalesce(f.resolved_at, {_DISMISSED_AT}, %(now)s) END AS ended_at,
        f.mitigated_at
    FROM findings_finding f JOIN allowed a ON a.severity = f.severity
    LEFT JOIN policies_clock old ON old.finding_id = f.id AND old.kind = a.kind
    WHERE f.id = ANY(%(ids)s::bigint[]) AND CASE WHEN f.state = ANY(%(open)s) THEN true
        WHEN EXISTS (SELECT FROM policies_clock c WHERE c.finding_id = f.id) THEN true ELSE {_WAS_OPEN} END),
computed AS (
    SELECT id, asset_id, kind, hours, severity, started_at, extension_days, paused_days,
        started_at + make_interval(hours => hours, days => extension_days + paused_days) AS due_at,
        CASE WHEN kind = {ClockKind.MITIGATE.value} THEN least(mitigated_at, ended_at) ELSE ended_at END AS stopped_at
    FROM wanted),
gone AS (
    DELETE FROM policies_clock c WHERE c.finding_id = ANY(%(ids)s::bigint[])
        AND NOT EXISTS (SELECT FROM computed n WHERE n.id = c.finding_id AND n.kind = c.kind))
INSERT INTO policies_clock (finding_id, kind, asset_id, document_id, started_at, due_at, stopped_at, allowed_hours,
    extension_days, paused_days, severity)
SELECT id, kind, asset_id, %(document)s, started_at, due_at, stopped_at, hours, extension_days, paused_days, severity FROM computed
ON CONFLICT (finding_id, kind) DO UPDATE SET document_id = excluded.document_id, started_at = excluded.started_at,
    due_at = excluded.due_at, stopped_at = excluded.stopped_at, allowed_hours = excluded.allowed_hours,
    severity = excluded.severity, extension_days = excluded.extension_days, paused_days = excluded.paused_days
"""

# New findings have no clocks to look after; their rows have their due dates already.
_OPEN = """
INSERT INTO policies_clock (finding_id, kind, asset_id, document_id, started_at, due_at, allowed_hours, extension_days,
    paused_days, severity)
SELECT f.id, a.kind, f.asset_id, %(document)s, s.started_at, s.started_at + make_interval(hours => a.hours), a.hours, 0, 0, f.severity
FROM findings_finding f
JOIN unnest(%(kinds)s::smallint[], %(severities)s::smallint[], %(hours)s::int[]) AS a (kind, severity, hours) USING (severity)
CROSS JOIN LATERAL (SELECT CASE WHEN f.kind = ANY(%(waits)s) THEN greatest(f.first_seen_at, f.fix_available_at)
    ELSE f.first_seen_at END AS started_at) AS s
WHERE f.id = ANY(%(ids)s::bigint[])
"""
_MIRROR = f"""
WITH dates AS (
    SELECT ids.id, c.due_at FROM unnest(%(ids)s::bigint[]) AS ids (id)
    LEFT JOIN policies_clock c ON c.finding_id = ids.id AND c.kind = {ClockKind.REMEDIATE.value})
UPDATE findings_finding f SET due_at = dates.due_at FROM dates WHERE f.id = dates.id AND f.due_at IS DISTINCT FROM dates.due_at
"""


def due_times() -> DueTimes:
    """How long remediation may take by the SLA in force, for findings that are about to be written."""
    sla = parse_sla(ensure_default_sla().text)
    waits = frozenset(kind.value for kind in Kind if kind.word in sla.waits_for_fix)
    return DueTimes(hours=sla.remediate_hours, waits_for_fix=waits)


def apply(finding_ids: Sequence[int], *, dated: Sequence[int] = ()) -> None:
    """Set, move and stop the clocks of these findings by the SLA in force.

    dated: more findings, new and open ones whose rows have their due dates already (see `due_times`).
    Cost: 1 query, 1 a 50,000 new findings and 2 a 50,000 others.
    """
    if not finding_ids and not dated:
        return
    document = ensure_default_sla()
    facts = _facts(document, parse_sla(document.text))
    with connection.cursor() as cursor:
        for ids in _batches(dated):
            cursor.execute(_OPEN, {**facts, "ids": ids})
        for ids in _batches(finding_ids):
            cursor.execute(_APPLY, {**facts, "ids": ids})
            cursor.execute(_MIRROR, {"ids": ids})


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    return (list(ids[at : at + BATCH]) for at in range(0, len(ids), BATCH))


def apply_to_all(first_id: int = 0) -> int:
    """Set the clocks of the next 50,000 findings after an id by the SLA in force. Returns the last id, 0 when all are done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM findings_finding WHERE id > %s ORDER BY id LIMIT %s", [first_id, BATCH])
        ids = [row[0] for row in cursor.fetchall()]
    apply(ids)
    return ids[-1] if ids else 0


def _facts(document: Document, sla: Sla) -> dict[str, Parameter]:
    duties = ((ClockKind.MITIGATE, sla.mitigate_hours), (ClockKind.REMEDIATE, sla.remediate_hours))
    entries = [(kind.value, severity.value, hours) for kind, times in duties for severity, hours in times.items()]
    return {
        "kinds": [kind for kind, _, _ in entries],
        "severities": [severity for _, severity, _ in entries],
        "hours": [hours for _, _, hours in entries],
        "waits": [kind.value for kind in Kind if kind.word in sla.waits_for_fix],
        "open": list(OPEN_STATES),
        "document": document.pk,
        "now": clock.now(),
    }
