"""A deed taken back: what it changed is as before; what others changed since stays theirs."""

from datetime import datetime

from django.db import connection

from prodsec.findings.models import BulkChange
from prodsec.findings.rules import deeds
from prodsec.findings.services.bulk.doing import BY_SOURCES, changes_leads, lead_again
from prodsec.findings.services.merging.deciding import IS_UNDONE
from prodsec.findings.types import OPEN_STATES, DecisionState, DeedKind, EventKind, Outcome, State
from prodsec.kit.sql import Parameter
from prodsec.vocabulary.severity import Severity

# As the deed left it, and nobody has spoken of the same thing since; what was itself taken back does not count.
_STILL = {
    DeedKind.SEVERITY: "f.severity_person IS NOT DISTINCT FROM %(severity)s",
    DeedKind.ASSIGN: "f.assignee_id IS NOT DISTINCT FROM %(person)s",
    DeedKind.DISMISS: "f.state = %(after)s AND f.decision_id = i.made_id",
}
_JUDGE = f"""
UPDATE findings_bulkitem i SET outcome = CASE WHEN f.asset_id = ANY(%(allowed)s::bigint[]) AND {{still}} AND NOT EXISTS (
        SELECT FROM findings_findingevent e WHERE e.finding_id = f.id AND e.id > i.event_id AND e.kind = ANY(%(rivals)s::smallint[])
            AND e.data NOT LIKE '%%"undoes"%%' AND NOT {IS_UNDONE})
    THEN {Outcome.UNDONE.value} ELSE {Outcome.KEPT.value} END
FROM findings_finding f
WHERE i.bulk_id = %(bulk)s AND i.finding_id = ANY(%(ids)s::bigint[]) AND f.id = i.finding_id
RETURNING CASE WHEN i.outcome = {Outcome.UNDONE.value} THEN i.finding_id END
"""
_OF = "FROM findings_bulkitem i WHERE i.bulk_id = %(bulk)s AND i.finding_id = ANY(%(ids)s::bigint[]) AND f.id = i.finding_id"
# What scans stopped showing while it was dismissed is resolved now, not open.
_IS_GONE = "(NOT f.detected AND i.former_state = ANY(%(open)s::smallint[]))"
_CHANGES: dict[DeedKind, tuple[str, ...]] = {
    DeedKind.CONFIRM: (f"UPDATE findings_finding f SET state = i.former_state {_OF}",),
    DeedKind.MITIGATE: (
        f"UPDATE findings_finding f SET state = i.former_state, mitigated_at = i.former_mitigated_at {_OF}",
    ),
    DeedKind.DISMISS: (
        f"""UPDATE findings_finding f SET decision_id = i.former_decision_id,
                state = CASE WHEN {_IS_GONE} THEN {State.RESOLVED.value} ELSE i.former_state END,
                resolved_at = CASE WHEN {_IS_GONE} THEN %(now)s ELSE i.former_resolved_at END {_OF}""",
        f"""UPDATE findings_decision d SET state = {DecisionState.REVOKED.value} FROM findings_bulkitem i
            WHERE i.bulk_id = %(bulk)s AND i.finding_id = ANY(%(ids)s::bigint[]) AND d.id = i.made_id""",
    ),
    DeedKind.REOPEN: (
        f"""UPDATE findings_finding f SET state = i.former_state, decision_id = i.former_decision_id,
                resolved_at = i.former_resolved_at {_OF}""",
        f"""UPDATE findings_decision d SET state = {DecisionState.ACTIVE.value} FROM findings_bulkitem i
            WHERE i.bulk_id = %(bulk)s AND i.finding_id = ANY(%(ids)s::bigint[]) AND d.id = ANY(i.revoked)""",
    ),
    DeedKind.SEVERITY: (
        f"""UPDATE findings_finding f SET severity_person = i.former_severity_person,
                severity = coalesce({BY_SOURCES.replace("f.severity_person", "i.former_severity_person")}, 0) {_OF}""",
    ),
    DeedKind.ASSIGN: (f"UPDATE findings_finding f SET assignee_id = i.former_assignee_id {_OF}",),
}
_CHANGES[DeedKind.START] = _CHANGES[DeedKind.CONFIRM]
# Events that say the state of before, so that whoever reads the history alone comes to the same state.
_KIND = {
    DeedKind.DISMISS: f"{EventKind.REOPENED_BY_PERSON.value}",
    DeedKind.REOPEN: f"""CASE WHEN f.state = {State.RESOLVED.value} THEN {EventKind.RESOLVED.value}
        ELSE {EventKind.DISMISSED.value} END""",
    DeedKind.SEVERITY: f"{EventKind.SEVERITY_SET.value}",
    DeedKind.ASSIGN: f"{EventKind.ASSIGNED.value}",
}
_SAYS = {
    DeedKind.ASSIGN: "'from', %(person)s::bigint, 'to', i.former_assignee_id",
    DeedKind.SEVERITY: """'before', jsonb_build_object('severity_person', %(severity)s::smallint),
        'severity', (%(severity_words)s::text[])[i.former_severity_person + 1]""",
    DeedKind.DISMISS: "'was', %(after)s::smallint",
}
_RECORD = """
INSERT INTO findings_findingevent (asset_id, finding_id, actor_id, at, kind, reason, data)
SELECT f.asset_id, f.id, %(undoer)s, %(now)s, {kind}, %(why)s, jsonb_build_object('undoes', i.event_id, {says})::text
FROM findings_bulkitem i JOIN findings_finding f ON f.id = i.finding_id
WHERE i.bulk_id = %(bulk)s AND i.finding_id = ANY(%(ids)s::bigint[]) {where} ORDER BY f.id
"""


def take_back(
    bulk: BulkChange, facts: dict[str, Parameter], allowed: list[int], now: datetime, undoer: int | None
) -> list[int]:
    """Put back what can be; the items say what was kept. Returns the ids that changed. Cost: about 5 queries."""
    kind = DeedKind(bulk.deed)
    told: dict[str, Parameter] = {
        **facts,
        "allowed": allowed,
        "now": now,
        "undoer": undoer,
        "after": deeds.AFTER[kind].value if kind in deeds.AFTER else None,
        "open": list(OPEN_STATES),
        "severity_words": [severity.word for severity in sorted(Severity)],
        "why": f"undone: {bulk.reason}"[:2000] if bulk.reason else "undone",
    }
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE.format(still=_STILL.get(kind, "f.state = %(after)s")), told)
        back = [row[0] for row in cursor.fetchall() if row[0] is not None]
        told["ids"] = back
        for statement in _CHANGES[kind]:
            cursor.execute(statement, told)
        event, says = _KIND.get(kind, str(EventKind.TAKEN_BACK.value)), _SAYS.get(kind, "'state', f.state")
        cursor.execute(_RECORD.format(kind=event, says=says, where=""), told)
        if kind is DeedKind.DISMISS:
            gone = f"AND f.state = {State.RESOLVED.value}"
            cursor.execute(_RECORD.format(kind=EventKind.RESOLVED.value, says=says, where=gone), told)
    if changes_leads(kind):
        lead_again(back)
    return back
