"""Decisions replayed: what was decided about a rule, component, vulnerability or cluster holds for what a scan brings later."""

from datetime import datetime

from django.db import connection

from prodsec.findings.types import DecisionScope, DecisionState, EventKind, State

# Whether what an event `e` tells was taken back; the event that did so names it.
IS_UNDONE = """EXISTS (SELECT FROM findings_findingevent u WHERE u.finding_id = e.finding_id AND u.id > e.id
    AND u.data ~ ('"undoes": ' || e.id || '\\M'))"""
# Somebody who reopened this very finding has spoken against what was decided by then. That a decision was taken back, which
# reopens too, says nothing about others; its events do not hold the state before.
_REOPENED_SINCE = f"""
    SELECT FROM findings_findingevent e WHERE e.finding_id = f.id AND e.kind = {EventKind.REOPENED_BY_PERSON.value}
        AND e.at >= d.created_at AND e.data LIKE '%%"state"%%' AND NOT {IS_UNDONE}"""
_REPLAY = f"""
WITH covered AS (
    SELECT DISTINCT ON (f.id) f.id, f.state AS state_before, d.id AS decision_id, d.kind, d.reason
    FROM findings_finding f
    JOIN findings_definition def ON def.id = f.definition_id
    JOIN inventory_asset asset ON asset.id = f.asset_id
    JOIN findings_decision d ON d.state = {DecisionState.ACTIVE.value} AND d.kind <= 5
        AND (%(decision)s::bigint IS NULL OR d.id = %(decision)s)
        AND (d.valid_until IS NULL OR d.valid_until > %(now)s)
        AND (d.asset_id IS NULL OR d.asset_id = ANY(asset.ancestors))
        AND ((d.scope_kind = {DecisionScope.RULE.value} AND d.scope_value = def.tool || ' ' || def.rule)
          OR (d.scope_kind = {DecisionScope.COMPONENT.value} AND d.scope_value = f.component_type || '/' || f.component_name)
          OR (d.scope_kind = {DecisionScope.VULNERABILITY.value} AND d.scope_value = f.vulnerability_id)
          OR (d.scope_kind = {DecisionScope.CLUSTER.value} AND d.scope_value = f.cluster_id::text)
          OR (d.scope_kind = {DecisionScope.FINDING.value} AND d.scope_value = f.id::text))
    WHERE f.asset_id = %(asset)s AND f.id = ANY(%(ids)s::bigint[])
        AND (%(decision)s::bigint IS NOT NULL OR NOT EXISTS ({_REOPENED_SINCE}))
    ORDER BY f.id, d.scope_kind, d.id),
dismissed AS (
    UPDATE findings_finding f SET state = {State.DISMISSED.value}, decision_id = covered.decision_id
    FROM covered WHERE f.id = covered.id RETURNING f.id)
INSERT INTO findings_findingevent (asset_id, finding_id, scan_id, actor_id, at, kind, reason, data)
SELECT %(asset)s, covered.id, %(scan)s, %(actor)s, %(now)s, {EventKind.DISMISSED.value},
    CASE WHEN %(decision)s::bigint IS NULL THEN 'by an earlier decision: ' ELSE '' END || covered.reason,
    jsonb_build_object('decision', covered.decision_id, 'state', covered.state_before)::text
FROM covered RETURNING finding_id
"""


def replay(
    asset_id: int,
    finding_ids: list[int],
    now: datetime,
    *,
    scan_id: int | None = None,
    actor_id: int | None = None,
    decision_id: int | None = None,
) -> list[int]:
    """Apply active decisions (or the given one alone, which was just made) to findings; the narrowest scope wins.

    An earlier decision does not hold for a finding that a person reopened since.
    Returns the dismissed. Cost: 2 queries.
    """
    if not finding_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM findings_decision WHERE state = %s AND kind <= 5)", [DecisionState.ACTIVE.value]
        )
        row = cursor.fetchone()
        if not (row and row[0]):
            return []
        cursor.execute(
            _REPLAY,
            {
                "asset": asset_id,
                "ids": finding_ids,
                "now": now,
                "scan": scan_id,
                "actor": actor_id,
                "decision": decision_id,
            },
        )
        return [found[0] for found in cursor.fetchall()]
