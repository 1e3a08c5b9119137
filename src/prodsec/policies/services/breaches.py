"""Which findings passed their due date and nobody was told yet. Each is taken once for each date it has."""

from django.db import connection

from prodsec.findings.types import OPEN_STATES
from prodsec.kit import clock
from prodsec.policies.types import Breach
from prodsec.vocabulary.severity import Severity

BATCH = 20_000

_TAKE = """
WITH passed AS (
    SELECT f.id, f.asset_id, f.owner_team_id, f.assignee_id, f.severity, f.due_at FROM findings_finding f
    WHERE f.is_lead AND f.state = ANY(%(open)s) AND f.due_at <= %(now)s
        AND NOT EXISTS (SELECT FROM policies_toldbreach t WHERE t.finding_id = f.id AND t.due_at = f.due_at)
    ORDER BY f.due_at, f.id LIMIT %(most)s),
noted AS (
    INSERT INTO policies_toldbreach (finding_id, asset_id, due_at) SELECT id, asset_id, due_at FROM passed
    ON CONFLICT (finding_id) DO UPDATE SET due_at = excluded.due_at)
SELECT id, asset_id, owner_team_id, assignee_id, severity FROM passed ORDER BY id
"""


def take_breaches() -> list[Breach]:
    """Findings whose due date passed without anybody being told, at most 20,000; they are taken as told in the caller's transaction.

    Cost: 1 query over what is overdue.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"open": list(OPEN_STATES), "now": clock.now(), "most": BATCH})
        return [
            Breach(finding_id, asset_id, team_id, assignee_id, Severity(severity))
            for finding_id, asset_id, team_id, assignee_id, severity in cursor.fetchall()
        ]
