"""The lasting record as plain text, without what differs between two runs of the same story: ids and times.

python -m bench.record            print it (PRODSEC_HOME says whose)
python -m bench.record FOLDER     import FOLDER's reports first, in the order of their names, then print it
"""

import sys
from collections.abc import Iterator
from pathlib import Path

# One line a row. Every table that an import writes is here.
_STATEMENTS = {
    "scan": """
        SELECT a.path, s.file_name, s.state, s.new_count, s.reopened_count, s.fixed_count, s.moved_count,
               s.changed_count, s.unchanged_count, s.suppressed_count, s.rejected_count, s.rows_read, s.tool
        FROM scans_scan s JOIN inventory_asset a ON a.id = s.asset_id""",
    "finding": """
        SELECT a.path, encode(f.identity, 'hex'), f.ordinal, f.file, f.line, f.severity, f.state, f.detected
        FROM findings_finding f JOIN inventory_asset a ON a.id = f.asset_id""",
    "attribution": """
        SELECT a.path, encode(f.identity, 'hex'), f.ordinal, c.tool, c.target, t.closed_by_id IS NULL
        FROM findings_attribution t JOIN findings_finding f ON f.id = t.finding_id
        JOIN scans_scope c ON c.id = t.scope_id JOIN inventory_asset a ON a.id = f.asset_id""",
    "event": """
        SELECT a.path, encode(f.identity, 'hex'), f.ordinal, e.kind, count(*)
        FROM findings_findingevent e JOIN findings_finding f ON f.id = e.finding_id
        JOIN inventory_asset a ON a.id = f.asset_id GROUP BY 1, 2, 3, 4""",
    "clock": """
        SELECT a.path, encode(f.identity, 'hex'), f.ordinal, c.kind, c.stopped_at IS NULL
        FROM policies_clock c JOIN findings_finding f ON f.id = c.finding_id JOIN inventory_asset a ON a.id = f.asset_id""",
    "audit": "SELECT action, object_type, count(*) FROM activity_activity WHERE object_type = 'scan' GROUP BY 1, 2",
}


def lines() -> Iterator[str]:
    """The record, sorted, one line a row."""
    from django.db import connection

    for name, statement in _STATEMENTS.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            yield from sorted(f"{name}: {row!r}" for row in cursor.fetchall())


def import_all(folder: Path) -> None:
    """Import each `asset--number.sarif` of a folder, in the order of their names."""
    from prodsec.accounts.types import SYSTEM
    from prodsec.scans import services, tasks

    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            scan_id = services.receive_report(
                SYSTEM, stream=stream, file_name=path.name, asset_path=asset_of(path), queued=False
            )
        tasks.import_now(scan_id)


def asset_of(path: Path) -> str:
    """The asset that a report is for."""
    return f"kill.example/{path.name.partition('--')[0]}"


def main() -> None:
    """Print the record."""
    from prodsec.site import django_ready

    with django_ready.database():
        if len(sys.argv) > 1:
            from prodsec.site.migrate_command import migrate

            migrate()
            import_all(Path(sys.argv[1]))
        for line in lines():
            print(line)


if __name__ == "__main__":
    main()
