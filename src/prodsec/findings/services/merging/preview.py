"""What a scan would do, written down before it is taken back. Cost: 1 query."""

from django.db import connection

from prodsec.findings.models import PreviewChange
from prodsec.findings.types import Change, Changes

_ROWS = """
SELECT f.id, f.severity, coalesce(nullif(f.title, ''), d.title), f.place_label
FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
WHERE f.id = ANY(%s)
"""


def preview_rows(scan_id: int, changes: Changes) -> list[PreviewChange]:
    """A row a change, worst first within each sort of change. Findings that would be new have no id to keep."""
    sorts = (
        (Change.NEW, changes.opened),
        (Change.REOPENED, changes.reopened),
        (Change.FIXED, changes.closed),
        (Change.MOVED, changes.moved),
        (Change.CHANGED, changes.changed),
    )
    change_of = {finding: change for change, ids in sorts for finding in ids}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(change_of)])
        found = cursor.fetchall()
    found.sort(key=lambda row: (change_of[row[0]], -row[1], row[3], row[0]))
    return [
        PreviewChange(
            scan_id=scan_id,
            ordinal=ordinal,
            change=change_of[finding].value,
            finding_id=None if change_of[finding] is Change.NEW else finding,
            severity=severity,
            title=title,
            place_label=place_label,
        )
        for ordinal, (finding, severity, title, place_label) in enumerate(found)
    ]
