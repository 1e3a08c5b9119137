"""The record as tests look at it, and reports made of plain words."""

import io
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from prodsec.accounts.types import SYSTEM
from prodsec.findings.models import Finding, FindingEvent
from prodsec.findings.types import EventKind, State
from prodsec.scans import queries as scans
from prodsec.scans import services as receiving
from prodsec.scans import tasks
from prodsec.scans.types import ScanState, ScanSummary

ASSET = "gitlab.com/acme/api"


@dataclass(frozen=True)
class Weakness:
    """A row of a code scanner."""

    rule: str = "sql-injection"
    file: str = "app/db.py"
    line: int = 10
    code: str = "cursor.execute(query % name)"
    level: str = "error"
    text: str = "Do not build SQL from input."
    cwe: int | None = None


def sarif(*rows: Weakness, tool: str = "lintel", **of_run: Any) -> bytes:
    """A SARIF report of these rows."""
    results = [
        {
            "ruleId": row.rule,
            "level": row.level,
            "message": {"text": row.text},
            "properties": {"tags": [f"external/cwe/cwe-{row.cwe}"]} if row.cwe else {},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": row.file},
                        "region": {"startLine": row.line, "snippet": {"text": row.code}},
                    }
                }
            ],
        }
        for row in rows
    ]
    run = {"tool": {"driver": {"name": tool, "version": "1.0"}}, "results": results, **of_run}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def import_report(data: bytes, *, asset: str = ASSET, **options: Any) -> ScanSummary:
    """Take a report in and read it, as the command line does."""
    scan_id = receiving.receive_report(
        SYSTEM, stream=io.BytesIO(data), file_name="report.json", asset_path=asset, queued=False, **options
    )
    tasks.import_now(scan_id)
    scan = scans.scan(SYSTEM, scan_id)
    assert scan.state is ScanState.DONE, scan.error
    return scan


def counts(scan: ScanSummary) -> dict[str, int]:
    """The counts that are not zero."""
    told = scan.counts
    names = ("new", "reopened", "fixed", "moved", "changed", "unchanged", "suppressed", "rejected")
    return {name: number for name in names if (number := getattr(told, name))}


def rows_of_tables() -> dict[str, int]:
    """How many rows each of our tables has."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table != "findings_staged" and table.startswith(("findings_", "policies_", "scans_", "activity_")):
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                found[table] = cursor.fetchone()[0]
    return found


def record(asset: str = ASSET) -> list[tuple[Any, ...]]:
    """What the record says of an asset, without ids and times, in an order of its own."""
    found = Finding.objects.filter(asset__path=asset).select_related("definition")
    return sorted(
        (row.definition.rule, row.file, row.line, State(row.state).word, row.detected, row.severity,
         row.component_version, bytes(row.identity).hex(), row.ordinal)
        for row in found
    )  # fmt: skip


def whole_record() -> list[tuple[Any, ...]]:
    """Every column of every finding and attribution, but for texts' blocks and event numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT f.id, f.identity, f.ordinal, f.state, f.detected, f.severity, f.severity_scanner, f.file, f.line,
                      f.title, f.resolved_at, f.due_at, f.component_version, f.fixed_version, a.scope_id, a.closed_by_id, a.digest
               FROM findings_finding f LEFT JOIN findings_attribution a ON a.finding_id = f.id ORDER BY f.id, a.scope_id"""
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def only(**facts: Any) -> Finding:
    """The one finding with these facts."""
    return Finding.objects.get(**facts)


def kinds_of_events(finding: Finding) -> list[EventKind]:
    """What happened to a finding, oldest first."""
    return [
        EventKind(kind)
        for kind in FindingEvent.objects.filter(finding=finding).order_by("id").values_list("kind", flat=True)
    ]
