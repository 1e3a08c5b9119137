"""Which findings of a batch the deed is done to, and why not to the others."""

from collections.abc import Sequence

from django.db import connection

from prodsec.findings.models import BulkChange
from prodsec.findings.rules import deeds
from prodsec.findings.types import DeedKind, Outcome
from prodsec.kit.sql import Parameter

TAKE = """
SELECT i.finding_id, i.asset_id FROM findings_bulkitem i
WHERE i.bulk_id = %(bulk)s AND i.finding_id > %(last)s AND i.outcome = %(outcome)s ORDER BY i.finding_id LIMIT %(batch)s
"""
LOCK = "SELECT id FROM findings_finding WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE"
# What is as wanted already counts as such even where somebody else was faster: both wanted the same.
_IS_ALREADY = {
    DeedKind.SEVERITY: "f.severity_person IS NOT DISTINCT FROM %(severity)s",
    DeedKind.ASSIGN: "f.assignee_id IS NOT DISTINCT FROM %(person)s",
}
_JUDGE = f"""
UPDATE findings_bulkitem i SET
    outcome = CASE WHEN NOT f.asset_id = ANY(%(allowed)s::bigint[]) THEN {Outcome.NOT_YOURS.value}
        WHEN {{already}} THEN {Outcome.ALREADY.value}
        WHEN i.seen IS NOT NULL AND EXISTS (
            SELECT FROM findings_findingevent e WHERE e.finding_id = f.id AND e.id > i.seen
            AND e.actor_id IS DISTINCT FROM %(actor)s AND e.kind = ANY(%(worth)s::smallint[])) THEN {Outcome.CHANGED_SINCE.value}
        WHEN NOT f.state = ANY(%(from)s::smallint[]) THEN {Outcome.REFUSED.value}
        ELSE {Outcome.DONE.value} END,
    former_state = f.state, former_decision_id = f.decision_id, former_assignee_id = f.assignee_id,
    former_severity_person = f.severity_person, former_resolved_at = f.resolved_at, former_mitigated_at = f.mitigated_at
FROM findings_finding f
WHERE i.bulk_id = %(bulk)s AND i.finding_id = ANY(%(ids)s::bigint[]) AND f.id = i.finding_id
RETURNING i.finding_id, i.outcome
"""


def facts_of(bulk: BulkChange, ids: Sequence[int]) -> dict[str, Parameter]:
    """What the statements of a batch speak of."""
    kind = DeedKind(bulk.deed)
    return {
        "bulk": bulk.pk,
        "ids": list(ids),
        "actor": bulk.actor_id,
        "severity": bulk.severity,
        "person": bulk.person_id,
        "from": deeds.from_states(kind),
        "done_states": deeds.done_states(kind),
        "worth": [event.value for event in deeds.WORTH_KNOWING],
        "rivals": deeds.rivals(kind),
    }


def judge(bulk: BulkChange, facts: dict[str, Parameter], allowed: list[int]) -> dict[Outcome, list[int]]:
    """Say of each finding what becomes of it, and keep how it was. Returns the ids by outcome. Cost: 1 query."""
    already = _IS_ALREADY.get(DeedKind(bulk.deed), "f.state = ANY(%(done_states)s::smallint[])")
    found: dict[Outcome, list[int]] = {outcome: [] for outcome in Outcome}
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE.format(already=already), {**facts, "allowed": allowed})
        for finding, outcome in cursor.fetchall():
            found[Outcome(outcome)].append(finding)
    return found
