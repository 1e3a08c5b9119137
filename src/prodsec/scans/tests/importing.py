"""Imports by hand, for the tests of `scans`."""

from collections.abc import Callable

from django.db import connection

from prodsec.scans import tasks
from prodsec.scans.models import Scan
from prodsec.scans.types import ScanState


def state_of(scan_id: int) -> ScanState:
    return ScanState(Scan.objects.values_list("state", flat=True).get(id=scan_id))


def import_now(received: Callable[..., int], report: bytes, **options: object) -> Scan:
    scan_id = received(report, **options)
    tasks.import_now(scan_id)
    return Scan.objects.get(id=scan_id)


def row_counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor)) - {"findings_staged"}  # of this session alone
        counts = {}
        for table in sorted(name for name in names if name.startswith(OUR_TABLES)):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    return counts


OUR_TABLES = ("accounts_", "activity_", "inventory_", "scans_", "findings_", "policies_")
