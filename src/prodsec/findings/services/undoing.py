"""An import taken back, out of its events: what it opened is gone, what it closed is open, what it changed is as before."""

from django.db import connection

from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import Finding, FindingEvent
from prodsec.findings.services.merging.clustering import choose_leads, cluster_lines
from prodsec.findings.services.merging.kin_rows import LINE_KINDS
from prodsec.findings.services.merging.steps import FOLLOWED, IS_OPEN, RESOLVED_SEVERITY
from prodsec.findings.types import TALK, Changes, EventKind, State, UndoError
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError
from prodsec.kit.sql import Parameter
from prodsec.scans import queries as scans
from prodsec.scans.types import ScanState

_BYTES = ("identity", "snippet_hash")


def undo(viewer: Viewer, scan_id: int) -> Changes:
    """Take back what an import did to the record.

    Raises: NotFoundError, ForbiddenError; UndoError when a later import of one of its scopes stands on it, or a person has worked on what it opened.
    Cost: about 12 statements.
    """
    scan = scans.scan(viewer, scan_id)
    asset = inventory.asset(viewer, scan.asset_id)
    if not inventory.may(viewer, Permission.SCAN_IMPORT, asset):
        raise ForbiddenError(f"Undoing imports of {asset.path} is for its owner team or an admin.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"findings.asset/{asset.pk}"])
    later = scans.later_record_of_scopes(scan_id)
    if later is not None:
        raise UndoError(f"Import {later} of the same scope came later and stands on this one; undo that one first.")
    changes = Changes(asset_id=asset.pk)
    _refuse_worked_on(scan_id)
    files = _code_files(scan_id)
    _restore_fields(scan_id)
    changes.changed = _affected(scan_id)
    _restore_attributions(scan_id)
    _restore_states(scan_id)
    clusters = list(
        Finding.objects.filter(pk__in=changes.changed, cluster__isnull=False).values_list("cluster_id", flat=True)
    )
    _remove_opened(scan_id)
    regrouped = cluster_lines(asset.pk, files | _code_files(scan_id))
    _dissolve(clusters)
    changes.changed = list(Finding.objects.filter(pk__in=changes.changed).values_list("pk", flat=True))
    choose_leads(asset.pk, [*changes.changed, *regrouped])
    return changes


def _run(statement: str, **facts: Parameter) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def _affected(scan_id: int) -> list[int]:
    return _run("SELECT DISTINCT finding_id FROM findings_findingevent WHERE scan_id = %(scan)s", scan=scan_id)


def _code_files(scan_id: int) -> set[str]:
    """The files in which the import put or changed findings of code, configuration or secrets; their clusters may be of its making."""
    looked_at = FindingEvent.objects.filter(
        scan_id=scan_id, kind__in=(EventKind.OPENED, EventKind.MOVED, EventKind.CHANGED, EventKind.SEEN_BY)
    )
    found = Finding.objects.filter(pk__in=looked_at.values("finding"), kind__in=LINE_KINDS)
    return set(found.values_list("file", flat=True).distinct())


def _refuse_worked_on(scan_id: int) -> None:
    worked = (
        FindingEvent.objects.filter(
            actor__isnull=False,
            finding__in=FindingEvent.objects.filter(scan_id=scan_id, kind=EventKind.OPENED).values("finding"),
        )
        .exclude(kind__in=TALK)
        .values_list("finding_id", flat=True)
        .first()
    )
    if worked is not None:
        raise UndoError(f"Somebody has decided about finding {worked}, which this import opened; reopen it first.")


def _restore_fields(scan_id: int) -> None:
    """Columns as they were before, out of the `before` of each event; the first event of a finding holds the oldest values."""
    before = """
        (SELECT DISTINCT ON (finding_id) finding_id, data::jsonb -> 'before' AS b FROM findings_findingevent
         WHERE scan_id = %(scan)s AND kind = ANY(%(kinds)s) AND data LIKE '%%"before"%%' ORDER BY finding_id, id)"""
    scanner = RESOLVED_SEVERITY.format(t="f", scanner="(e.b ->> 'severity_scanner')::smallint")
    followed = [name for name in FOLLOWED if name != "severity"]
    for columns, kinds in (
        (["severity_scanner"], [EventKind.GONE_FROM]),
        (followed, [EventKind.MOVED, EventKind.CHANGED, EventKind.SEEN_BY]),
    ):
        values = ", ".join(f"{name} = {_column(name)}" for name in columns)
        _run(
            f"UPDATE findings_finding f SET {values}, severity = {scanner} FROM {before} e WHERE f.id = e.finding_id",
            scan=scan_id,
            kinds=[kind.value for kind in kinds],
        )


def _column(name: str) -> str:
    value = f"(e.b ->> '{name}')"
    if name in _BYTES:
        return f"decode({value}, 'hex')"
    return f"{value}::{_TYPES[name]}" if name in _TYPES else value


_TYPES = {
    "definition_id": "bigint", "line": "int", "end_line": "int", "cwe": "int", "score": "float8", "severity_scanner": "smallint",
    "severity": "smallint", "block_id": "bigint", "block_index": "smallint", "ordinal": "smallint", "fix_available_at": "timestamptz",
}  # fmt: skip


def _restore_attributions(scan_id: int) -> None:
    told = """(SELECT finding_id, data::jsonb AS d FROM findings_findingevent
               WHERE scan_id = %(scan)s AND kind = ANY(%(kinds)s) AND data <> '')"""
    kinds = [EventKind.SEEN_BY.value, EventKind.MOVED.value, EventKind.CHANGED.value]
    _run("UPDATE findings_attribution SET closed_by_id = NULL WHERE closed_by_id = %(scan)s", scan=scan_id)
    _run(
        f"""
        UPDATE findings_attribution a SET digest = (e.d ->> 'digest')::bigint, severity = (e.d ->> 'seen_severity')::smallint,
            opened_by_id = (e.d ->> 'opened_by')::bigint, closed_by_id = (e.d ->> 'closed_by')::bigint
        FROM {told} e
        WHERE a.finding_id = e.finding_id AND a.scope_id = (e.d ->> 'scope')::bigint AND e.d ->> 'opened_by' IS NOT NULL""",
        scan=scan_id,
        kinds=kinds,
    )
    _run(
        f"""
        DELETE FROM findings_attribution a USING {told} e
        WHERE a.finding_id = e.finding_id AND a.scope_id = (e.d ->> 'scope')::bigint AND e.d ->> 'opened_by' IS NULL""",
        scan=scan_id,
        kinds=kinds,
    )


def _restore_states(scan_id: int) -> None:
    """States as they were before the scan; those a person changed since are left alone."""
    _run(
        f"""
        UPDATE findings_finding f SET state = (e.d ->> 'state')::smallint,
            resolved_at = CASE WHEN (e.d ->> 'state')::smallint = {State.RESOLVED.value} THEN (e.d ->> 'resolved_at')::timestamptz END,
            decision_id = CASE WHEN EXISTS (SELECT FROM findings_findingevent d WHERE d.finding_id = f.id
                AND d.scan_id = %(scan)s AND d.data LIKE '%%"decision"%%') THEN NULL ELSE f.decision_id END
        FROM (SELECT DISTINCT ON (finding_id) finding_id, id, data::jsonb AS d FROM findings_findingevent
              WHERE scan_id = %(scan)s AND kind = ANY(%(kinds)s) AND data LIKE '%%"state"%%' ORDER BY finding_id, id) e
        WHERE f.id = e.finding_id AND NOT EXISTS (SELECT FROM findings_findingevent later
            WHERE later.finding_id = f.id AND later.id > e.id AND later.actor_id IS NOT NULL AND later.kind <> ALL(%(talk)s))""",
        scan=scan_id,
        kinds=[EventKind.RESOLVED.value, EventKind.REOPENED.value, EventKind.DISMISSED.value],
        talk=list(TALK),
    )
    _run(
        f"""
        UPDATE findings_finding f SET detected = EXISTS (
            SELECT FROM findings_attribution a WHERE a.finding_id = f.id AND {IS_OPEN})
        WHERE f.id IN (SELECT finding_id FROM findings_findingevent WHERE scan_id = %(scan)s)""",
        scan=scan_id,
    )


def _remove_opened(scan_id: int) -> None:
    """What only this import, and such as were undone before it, knew is gone; its other events say that they were undone."""
    opened = _run(
        f"""SELECT finding_id FROM findings_attribution a WHERE opened_by_id = %(scan)s AND NOT EXISTS (
               SELECT FROM findings_findingevent e LEFT JOIN scans_scan s ON s.id = e.scan_id
               WHERE e.finding_id = a.finding_id AND e.scan_id IS DISTINCT FROM %(scan)s AND e.actor_id IS NULL
               AND e.kind <> {EventKind.UNDONE.value} AND s.state IS DISTINCT FROM {ScanState.UNDONE.value})
           AND EXISTS (SELECT FROM findings_findingevent e WHERE e.finding_id = a.finding_id AND e.scan_id = %(scan)s
               AND e.kind IN (1, 13) AND e.data = '')""",
        scan=scan_id,
    )
    Finding.objects.filter(pk__in=opened).delete()
    _run(
        """INSERT INTO findings_findingevent (asset_id, finding_id, at, kind, reason, data)
           SELECT DISTINCT asset_id, finding_id, %(now)s::timestamptz, %(undone)s::smallint, 'import ' || %(scan)s || ' was undone', ''
           FROM findings_findingevent WHERE scan_id = %(scan)s""",
        scan=scan_id,
        undone=EventKind.UNDONE.value,
        now=clock.now(),
    )


def _dissolve(clusters: list[int]) -> None:
    """A cluster that lost all but one of its findings is none."""
    _run(
        """
        UPDATE findings_finding f SET cluster_id = NULL, is_lead = true
        WHERE f.cluster_id = ANY(%(clusters)s) AND NOT EXISTS (
            SELECT FROM findings_finding other WHERE other.cluster_id = f.cluster_id AND other.id <> f.id)""",
        clusters=clusters,
    )
