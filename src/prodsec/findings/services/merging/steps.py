"""The record changed, one statement a step. All of them speak only of staged rows, of the scopes of this scan, of one asset."""

from datetime import datetime

from django.db import connection

from prodsec.findings.types import OPEN_STATES, DueTimes, EventKind, State
from prodsec.kit.sql import Parameter

# What a row may change of a finding; the values before go into the event, so that an import can be undone.
FOLLOWED = (
    "definition_id", "title", "file", "line", "end_line", "place_label", "place", "component_type", "component_name",
    "component_version", "fixed_version", "vulnerability_id", "cwe", "score", "severity_scanner", "severity", "block_id",
    "block_index", "snippet_hash", "identity", "ordinal", "fix_available_at",
)  # fmt: skip
# Whether an attribution of one finding is open, told so that only the finding's own rows can be looked at: a planner that has no
# statistics yet would walk the index of all that is open, once for each finding.
IS_OPEN = "coalesce(a.closed_by_id, 0) = 0"
RESOLVED_SEVERITY = (
    "coalesce({t}.severity_person, {t}.severity_policy, {t}.severity_vendor, {t}.severity_advisory, {scanner})"
)


class Steps:
    """The steps of one scan, in the order of their use."""

    def __init__(self, *, asset_id: int, scan_id: int, now: datetime, scope_ids: list[int], due: DueTimes) -> None:
        self._facts: dict[str, Parameter] = {
            "due_severities": [severity.value for severity in due.hours],
            "due_hours": list(due.hours.values()),
            "waits": list(due.waits_for_fix),
            "asset": asset_id,
            "scan": scan_id,
            "now": now,
            "scopes": scope_ids,
            "open": list(OPEN_STATES),
            **{f"state_{state.word}": state.value for state in State},
            **{f"event_{kind.word}": kind.value for kind in EventKind},
        }

    def _run(self, statement: str, **more: Parameter) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self._facts, **more})
            return [row[0] for row in cursor.fetchall()] if cursor.description else []

    def analyze(self) -> None:
        """Tell the planner how many rows were staged."""
        self._run("ANALYZE findings_staged (number, finding_id, scope_id, is_new, identity, vulnerability_id, file)")

    def number_equal(self) -> None:
        """New findings of one identity are told apart by ordinals, in the order of the file they are in."""
        self._run(
            """
            UPDATE findings_staged s SET ordinal = n.ordinal FROM (
                SELECT number, row_number() OVER (PARTITION BY identity ORDER BY line, "column", digest) - 1
                    + coalesce((SELECT max(f.ordinal) + 1 FROM findings_finding f
                                WHERE f.asset_id = %(asset)s AND f.identity = fresh.identity), 0) AS ordinal
                FROM findings_staged fresh WHERE is_new) n
            WHERE n.number = s.number AND n.ordinal <> 0"""
        )

    def insert_findings(self) -> list[int]:
        """New findings. Returns the ids of those that are open (a tool may report a row and suppress it)."""
        return self._run(
            f"""
            INSERT INTO findings_finding (id, asset_id, definition_id, owner_team_id, block_id, first_seen_at, fix_available_at,
                due_at, score, line, end_line, cwe, kind, state, severity, severity_scanner, ordinal, recipe, block_index, detected,
                is_lead, identity, snippet_hash, secret_hash, title, file, place_label, place, component_type, component_name,
                component_version, fixed_version, vulnerability_id)
            SELECT finding_id, %(asset)s, definition_id, owner_team_id, block_id, first_seen_at, fix_available_at,
                CASE WHEN is_suppressed THEN NULL WHEN kind = ANY(%(waits)s) THEN greatest(first_seen_at, fix_available_at)
                    ELSE first_seen_at END + make_interval(hours => due.hours), score, line, end_line, cwe, kind, CASE WHEN is_suppressed THEN {State.DISMISSED.value} ELSE {State.DETECTED.value} END,
                severity, severity, ordinal, 1, block_index, true, true, identity, snippet_hash, secret_hash, title, file,
                place_label, place, component_type, component_name, component_version, fixed_version, vulnerability_id
            FROM findings_staged LEFT JOIN unnest(%(due_severities)s::smallint[], %(due_hours)s::int[]) AS due (severity_due, hours)
                ON severity_due = severity
            WHERE is_new
            RETURNING CASE WHEN state = {State.DETECTED.value} THEN id END"""
        )

    def record_new(self) -> None:
        """One event for each new finding; a suppressed one says what the tool said."""
        self._run(
            """
            INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
            SELECT %(asset)s, finding_id, %(scan)s, %(now)s,
                CASE WHEN is_suppressed THEN %(event_dismissed)s ELSE %(event_opened)s END,
                CASE WHEN is_suppressed THEN 'suppressed by the tool: ' || justification ELSE '' END, ''
            FROM findings_staged WHERE is_new"""
        )

    def record_changed(self) -> list[int]:
        """What known findings are about to become, with the values before. Returns the ids of changed ones, moved ones negative."""
        return self._run(
            f"""
            INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
            SELECT %(asset)s, f.id, %(scan)s, %(now)s,
                CASE WHEN s.how <> 'same' OR s.place_label <> f.place_label THEN %(event_moved)s ELSE %(event_changed)s END,
                {_REASON},
                {_BEFORE}
            FROM findings_staged s JOIN findings_finding f ON f.id = s.finding_id
            JOIN findings_attribution a ON a.finding_id = f.id AND a.scope_id = s.scope_id AND {IS_OPEN}
            WHERE NOT s.is_new
            RETURNING CASE WHEN kind = %(event_moved)s THEN -finding_id ELSE finding_id END"""
        )

    def update_findings(self) -> None:
        """Known findings follow the report; what a person said stands."""
        others = f"""(SELECT max(a.severity) FROM findings_attribution a WHERE a.finding_id = f.id
                      AND a.scope_id <> s.scope_id AND {IS_OPEN})"""
        scanner = f"greatest(s.severity, {others})"
        self._run(
            f"""
            UPDATE findings_finding f SET
                definition_id = s.definition_id, title = s.title, file = s.file, line = s.line, end_line = s.end_line,
                place_label = s.place_label, place = s.place, component_type = s.component_type,
                component_name = s.component_name, component_version = s.component_version, fixed_version = s.fixed_version,
                vulnerability_id = s.vulnerability_id, cwe = s.cwe, score = s.score, block_id = s.block_id,
                block_index = s.block_index, snippet_hash = s.snippet_hash,
                fix_available_at = coalesce(s.fix_available_at, f.fix_available_at),
                severity_scanner = {scanner}, severity = {RESOLVED_SEVERITY.format(t="f", scanner=scanner)},
                identity = s.identity,
                ordinal = CASE WHEN f.identity = s.identity THEN f.ordinal ELSE
                    coalesce((SELECT max(o.ordinal) + 1 FROM findings_finding o
                              WHERE o.asset_id = f.asset_id AND o.identity = s.identity), 0) + s.number_within END
            FROM (SELECT *, row_number() OVER (PARTITION BY identity, how <> 'same'
                      ORDER BY line, "column", digest) - 1 AS number_within
                  FROM findings_staged WHERE NOT is_new) s
            WHERE f.id = s.finding_id"""
        )

    def reopen(self) -> list[int]:
        """Resolved findings that are seen again, and those a tool no longer suppresses. Returns their ids."""
        return self._run(
            f"""
            WITH again AS (
                UPDATE findings_finding f SET state = {State.DETECTED.value}, resolved_at = NULL, detected = true
                FROM findings_staged s, findings_finding old
                WHERE f.id = s.finding_id AND old.id = f.id AND NOT s.is_new AND NOT s.is_suppressed
                  AND (f.state = {State.RESOLVED.value} OR (f.state = {State.DISMISSED.value} AND f.decision_id IS NULL))
                RETURNING f.id, old.state, old.resolved_at)
            INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
            SELECT %(asset)s, id, %(scan)s, %(now)s, %(event_reopened)s, 'seen again',
                jsonb_build_object('state', state, 'resolved_at', resolved_at)::text
            FROM again RETURNING finding_id"""
        )

    def suppress(self) -> list[int]:
        """Findings that the tool now suppresses are dismissed with its words. Returns their ids."""
        return self._run(
            f"""
            WITH gone AS (
                UPDATE findings_finding f SET state = {State.DISMISSED.value}, resolved_at = NULL
                FROM findings_staged s, findings_finding old
                WHERE f.id = s.finding_id AND old.id = f.id AND NOT s.is_new AND s.is_suppressed
                  AND f.state <> {State.DISMISSED.value}
                RETURNING f.id, old.state, old.resolved_at, s.justification)
            INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
            SELECT %(asset)s, id, %(scan)s, %(now)s, %(event_dismissed)s, 'suppressed by the tool: ' || justification,
                jsonb_build_object('state', state, 'resolved_at', resolved_at)::text
            FROM gone RETURNING finding_id"""
        )

    def see_again(self) -> list[int]:
        """Known findings are detected; that a scope newly shows one is an event, with the values before. Returns those ids."""
        self._run(
            """UPDATE findings_finding f SET detected = true FROM findings_staged s
               WHERE f.id = s.finding_id AND NOT s.is_new AND NOT f.detected"""
        )
        return self._run(
            f"""
            INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
            SELECT %(asset)s, f.id, %(scan)s, %(now)s, %(event_seen_by)s, '', {_BEFORE}
            FROM findings_staged s JOIN findings_finding f ON f.id = s.finding_id
            LEFT JOIN findings_attribution a ON a.finding_id = f.id AND a.scope_id = s.scope_id
            WHERE NOT s.is_new AND (a.finding_id IS NULL OR a.closed_by_id IS NOT NULL)
            RETURNING finding_id"""
        )

    def attribute(self) -> None:
        """The scopes show the staged rows' findings."""
        self._run(
            """
            INSERT INTO findings_attribution (finding_id, scope_id, asset_id, opened_by_id, digest, severity)
            SELECT finding_id, scope_id, %(asset)s, %(scan)s, digest, severity FROM findings_staged
            ON CONFLICT (finding_id, scope_id) DO UPDATE SET digest = excluded.digest, severity = excluded.severity,
                opened_by_id = CASE WHEN findings_attribution.closed_by_id IS NULL
                    THEN findings_attribution.opened_by_id ELSE excluded.opened_by_id END,
                closed_by_id = NULL"""
        )

    def close(self, left: list[int]) -> tuple[list[int], list[int]]:
        """What the scopes no longer show. Returns the ids of open findings that nothing shows any more, and of reweighed ones."""
        self._run(
            """UPDATE findings_attribution SET closed_by_id = %(scan)s
               WHERE scope_id = ANY(%(scopes)s) AND finding_id = ANY(%(left)s::bigint[]) AND closed_by_id IS NULL""",
            left=left,
        )
        resolved = self._run(
            f"""
            WITH gone AS (
                UPDATE findings_finding f SET detected = false,
                    state = CASE WHEN f.state = ANY(%(open)s) THEN {State.RESOLVED.value} ELSE f.state END,
                    resolved_at = CASE WHEN f.state = ANY(%(open)s) THEN %(now)s ELSE f.resolved_at END
                FROM findings_finding old
                WHERE f.id = ANY(%(left)s::bigint[]) AND old.id = f.id AND NOT EXISTS (
                    SELECT FROM findings_attribution a WHERE a.finding_id = f.id AND {IS_OPEN})
                RETURNING f.id, old.state)
            INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
            SELECT %(asset)s, id, %(scan)s, %(now)s,
                CASE WHEN state = ANY(%(open)s) THEN %(event_resolved)s ELSE %(event_gone_from)s END,
                'no longer reported', jsonb_build_object('state', state)::text
            FROM gone RETURNING CASE WHEN kind = %(event_resolved)s THEN finding_id END""",
            left=left,
        )
        reweighed = self._lower_to_others(left)
        return [found for found in resolved if found is not None], [found for found in reweighed if found is not None]

    def _lower_to_others(self, left: list[int]) -> list[int]:
        """Findings that other scopes still show keep the worst of what those say. Returns those of another severity now."""
        scanner = "rest.severity"
        return self._run(
            f"""
            WITH rest AS (SELECT finding_id, max(severity) AS severity FROM findings_attribution a
                          WHERE finding_id = ANY(%(left)s::bigint[]) AND {IS_OPEN} GROUP BY finding_id),
            lowered AS (
                UPDATE findings_finding f SET severity_scanner = rest.severity,
                    severity = {RESOLVED_SEVERITY.format(t="f", scanner=scanner)}
                FROM rest, findings_finding old WHERE f.id = rest.finding_id AND old.id = f.id
                RETURNING f.id, old.severity_scanner, old.severity, f.severity AS severity_now),
            told AS (
            INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, at, kind, reason, data)
            SELECT %(asset)s, id, %(scan)s, %(now)s, %(event_gone_from)s, 'no longer reported here, still by others',
                jsonb_build_object('before', jsonb_build_object('severity_scanner', severity_scanner, 'severity', severity))::text
            FROM lowered)
            SELECT CASE WHEN severity <> severity_now THEN id END FROM lowered""",
            left=left,
        )


def _as_json(table: str, name: str) -> str:
    """A column as a JSON value; bytes in hexadecimal."""
    return f"encode({table}.{name}, 'hex')" if name in ("identity", "snippet_hash") else f"{table}.{name}"


# All that an undo needs: the finding's followed columns, and what this scope's attribution said. Speaks of f, s and a.
_BEFORE = f"""
    jsonb_build_object('before', jsonb_build_object({", ".join(f"'{name}', {_as_json('f', name)}" for name in FOLLOWED)}),
        'scope', s.scope_id, 'digest', a.digest, 'seen_severity', a.severity, 'opened_by', a.opened_by_id,
        'closed_by', a.closed_by_id)::text"""
_REASON = """
    concat_ws('; ',
        CASE s.how WHEN 'moved' THEN 'same rule and file, like code: moved from ' || f.place_label || ' to ' || s.place_label
                   WHEN 'renamed' THEN 'same rule and code in another file: moved from ' || f.place_label || ' to ' || s.place_label
                   ELSE CASE WHEN f.place_label <> s.place_label
                             THEN 'same identity, moved from ' || f.place_label || ' to ' || s.place_label END END,
        CASE WHEN f.component_version <> s.component_version
             THEN 'version ' || f.component_version || ' became ' || s.component_version END,
        CASE WHEN f.severity_scanner IS DISTINCT FROM s.severity THEN 'the scanner''s severity changed' END,
        CASE WHEN f.fixed_version <> s.fixed_version THEN 'fixed in ' || coalesce(nullif(s.fixed_version, ''), 'no version') END)"""
