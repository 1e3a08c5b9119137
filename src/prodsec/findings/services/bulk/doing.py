"""The deeds themselves, each on a set: what changes in the findings, and one event for each of them."""

from datetime import datetime

from django.db import connection

from prodsec.findings.models import BulkChange
from prodsec.findings.rules import deeds
from prodsec.findings.services.merging.clustering import choose_leads
from prodsec.findings.services.merging.steps import RESOLVED_SEVERITY
from prodsec.findings.types import DecisionScope, DecisionState, DeedKind, State
from prodsec.kit.sql import Parameter
from prodsec.vocabulary.severity import Severity

BY_SOURCES = RESOLVED_SEVERITY.format(t="f", scanner="f.severity_scanner")
_SEVERITY = BY_SOURCES.replace("f.severity_person", "%(severity)s::smallint")
_STATE = "UPDATE findings_finding f SET state = %(after)s WHERE f.id = ANY(%(ids)s::bigint[])"
_CHANGES = {
    DeedKind.CONFIRM: _STATE,
    DeedKind.START: _STATE,
    DeedKind.MITIGATE: _STATE.replace("state = %(after)s", "state = %(after)s, mitigated_at = %(now)s"),
    DeedKind.DISMISS: f"""
        WITH made AS (
            INSERT INTO findings_decision (scope_kind, scope_value, asset_id, kind, justification, reason, asked_by_id,
                approved_by_id, state, created_at)
            SELECT {DecisionScope.FINDING.value}, f.id::text, f.asset_id, %(dismissal)s, %(justification)s, %(reason)s, %(actor)s,
                %(actor)s, {DecisionState.ACTIVE.value}, %(now)s
            FROM findings_finding f WHERE f.id = ANY(%(ids)s::bigint[]) ORDER BY f.id
            RETURNING id, scope_value::bigint AS finding_id),
        noted AS (
            UPDATE findings_bulkitem i SET made_id = made.id FROM made
            WHERE i.bulk_id = %(bulk)s AND i.finding_id = made.finding_id)
        UPDATE findings_finding f SET state = {State.DISMISSED.value}, decision_id = made.id FROM made WHERE f.id = made.finding_id""",
    DeedKind.REOPEN: f"""
        WITH back AS (
            UPDATE findings_decision d SET state = {DecisionState.REVOKED.value}
            WHERE d.scope_kind = {DecisionScope.FINDING.value} AND d.scope_value = ANY(%(words)s::text[])
                AND d.state = {DecisionState.ACTIVE.value} RETURNING d.id, d.scope_value::bigint AS finding_id),
        noted AS (
            UPDATE findings_bulkitem i SET revoked = of.ids
            FROM (SELECT finding_id, array_agg(id) AS ids FROM back GROUP BY finding_id) AS of
            WHERE i.bulk_id = %(bulk)s AND i.finding_id = of.finding_id)
        UPDATE findings_finding f SET state = {State.DETECTED.value}, decision_id = NULL, resolved_at = NULL
        WHERE f.id = ANY(%(ids)s::bigint[])""",
    DeedKind.SEVERITY: f"""
        UPDATE findings_finding f SET severity_person = %(severity)s, severity = coalesce({_SEVERITY}, 0)
        WHERE f.id = ANY(%(ids)s::bigint[])""",
    DeedKind.ASSIGN: "UPDATE findings_finding f SET assignee_id = %(person)s WHERE f.id = ANY(%(ids)s::bigint[])",
}
# What each event says besides actor and reason; imports, clocks and histories read the same words.
_SAYS = {
    DeedKind.DISMISS: "jsonb_build_object('decision', i.made_id, 'state', i.former_state)",
    DeedKind.SEVERITY: """jsonb_build_object('before', jsonb_build_object('severity_person', i.former_severity_person),
        'severity', %(severity_word)s::text)""",
    DeedKind.ASSIGN: "jsonb_build_object('from', i.former_assignee_id, 'to', %(person)s::bigint)",
}
_RECORD = """
WITH told AS (
    INSERT INTO findings_findingevent (asset_id, finding_id, actor_id, at, kind, reason, data)
    SELECT f.asset_id, f.id, %(actor)s, %(now)s, %(event)s, %(reason)s, ({says})::text
    FROM findings_bulkitem i JOIN findings_finding f ON f.id = i.finding_id
    WHERE i.bulk_id = %(bulk)s AND i.finding_id = ANY(%(ids)s::bigint[]) ORDER BY f.id
    RETURNING id, finding_id)
UPDATE findings_bulkitem i SET event_id = told.id FROM told WHERE i.bulk_id = %(bulk)s AND i.finding_id = told.finding_id
"""
_IN_CLUSTERS = """
SELECT asset_id, array_agg(id) FROM findings_finding WHERE id = ANY(%s::bigint[]) AND cluster_id IS NOT NULL
GROUP BY asset_id ORDER BY asset_id
"""


def do(bulk: BulkChange, facts: dict[str, Parameter], ids: list[int], now: datetime) -> None:
    """Do it to these findings and write it down. Cost: 2 queries, 1 more and 1 an asset with clusters."""
    kind = DeedKind(bulk.deed)
    told: dict[str, Parameter] = {
        **facts,
        "ids": ids,
        "now": now,
        "after": deeds.AFTER[kind].value if kind in deeds.AFTER else None,
        "event": deeds.EVENT[kind].value,
        "reason": bulk.reason,
        "justification": bulk.justification,
        "dismissal": bulk.dismissal,
        "words": [str(finding) for finding in ids],
        "severity_word": severity_word(bulk.severity),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES[kind], told)
        cursor.execute(_RECORD.format(says=_SAYS.get(kind, "jsonb_build_object('state', i.former_state)")), told)
    if changes_leads(kind):
        lead_again(ids)


def changes_leads(kind: DeedKind) -> bool:
    """Whether another finding may stand for its cluster afterwards: one that is open, or worse."""
    return kind in (DeedKind.DISMISS, DeedKind.REOPEN, DeedKind.SEVERITY)


def lead_again(finding_ids: list[int]) -> None:
    """Choose again who stands for the clusters of these. Cost: 1 query, 1 more an asset with clusters."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_CLUSTERS, [finding_ids])
        found = cursor.fetchall()
    for asset_id, ids in found:
        choose_leads(asset_id, ids)


def severity_word(severity: int | None) -> str | None:
    """The word that an event keeps; None when the sources speak again."""
    return None if severity is None else Severity(severity).word
