"""Takes the demo out of an installation again: its assets with all that is on them, its teams; its people are disabled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from prodsec.accounts import queries as accounts
from prodsec.accounts import services
from prodsec.accounts.types import SYSTEM
from prodsec.activity import services as activity
from prodsec.flows import manage_accounts
from prodsec.inventory import queries as inventory
from prodsec.kit.errors import ConflictError, NotFoundError
from prodsec.site.demo.organisation import MAIL, ROOT, TEAMS

if TYPE_CHECKING:
    from prodsec.accounts.models import Person

JOB = "prodsec.site.demo.tasks.remove_demo"
# What says who did what is never deleted, whatever it was about.
_KEPT = frozenset({"activity_activity"})
_OF_SCANS = "SELECT id FROM scans_scan WHERE asset_id = ANY(%s)"


@dataclass(frozen=True)
class Contents:
    """How much of the demo is here."""

    assets: int
    findings: int
    imports: int
    people: int


def contents() -> Contents:
    """What would go. Cost: 4 queries over the demo's assets."""
    assets = inventory.assets(SYSTEM, under=ROOT, archived=True)
    ids = list(assets.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT count(*) FROM findings_finding WHERE asset_id = ANY(%(ids)s)),
                      (SELECT count(*) FROM scans_scan WHERE asset_id = ANY(%(ids)s))""",
            {"ids": ids},
        )
        findings, imports = cursor.fetchone()
    return Contents(len(ids), findings, imports, sum(person.is_active for person in _people()))


def is_here() -> bool:
    """Whether there is a demo in this installation. Cost: 1 query."""
    return inventory.assets(SYSTEM, path=ROOT, archived=True).exists()


def check() -> None:
    """Pass where the demo can go. Raises: NotFoundError without a demo; ConflictError while its admin is the only one."""
    if not is_here():
        raise NotFoundError("There is no demo in this installation.")
    ours = {person.pk for person in _people()}
    if not any(one.is_admin and one.is_active and one.pk not in ours for one in accounts.people(SYSTEM)):
        raise ConflictError(
            "The demo's admin is the only one; make one of your own first, under Admin, People, or with "
            "`prodsec user create`."
        )


def remove() -> int:
    """Remove the demo in one transaction. Returns how many assets went. Raises: as `check`."""
    with transaction.atomic(), connection.cursor() as cursor:
        check()
        cursor.execute("SELECT id FROM inventory_asset WHERE path = %s OR path LIKE %s FOR UPDATE", [ROOT, f"{ROOT}/%"])
        assets = [asset for (asset,) in cursor.fetchall()]
        ours = _people()
        _remove_bulk_changes(cursor, assets, [person.pk for person in ours])
        _remove_assets(cursor, assets)
        _remove_teams(cursor)
        for person in ours:
            manage_accounts.change_person(SYSTEM, person.pk, is_active=False, is_admin=False)
        activity.record(SYSTEM, "demo.removed", object_type="demo", object_id=ROOT, details={"assets": len(assets)})
    return len(assets)


def _people() -> "list[Person]":
    """The demo's people."""
    return [person for person in accounts.people(SYSTEM) if person.email.endswith(f"@{MAIL}")]


def _remove_bulk_changes(cursor: CursorWrapper, assets: list[int], people: list[int]) -> None:
    """Delete what was done to many findings at once where it touched nothing but the demo."""
    cursor.execute(
        """DELETE FROM findings_bulkchange c
           WHERE NOT EXISTS (SELECT FROM findings_bulkitem i WHERE i.bulk_id = c.id AND i.asset_id <> ALL(%(assets)s))
             AND (c.actor_id = ANY(%(people)s) OR EXISTS (SELECT FROM findings_bulkitem i WHERE i.bulk_id = c.id))""",
        {"assets": assets, "people": people},
    )


def _remove_assets(cursor: CursorWrapper, assets: list[int]) -> None:
    """Delete every row that hangs on an asset. Keys are checked at the commit, so the order does not matter."""
    for table in _tables_with(cursor, "scan_id", without="asset_id"):
        cursor.execute(f"DELETE FROM {table} WHERE scan_id IN ({_OF_SCANS})", [assets])
    for table in _tables_with(cursor, "asset_id"):
        cursor.execute(f"DELETE FROM {table} WHERE asset_id = ANY(%s)", [assets])
    cursor.execute("DELETE FROM inventory_asset WHERE id = ANY(%s)", [assets])
    cursor.execute(
        """DELETE FROM findings_definition d
           WHERE NOT EXISTS (SELECT FROM findings_finding f WHERE f.definition_id = d.id)"""
    )


def _remove_teams(cursor: CursorWrapper) -> None:
    """Delete the demo's teams, except those that have come to own something else."""
    slugs = [team.slug for team in TEAMS]
    cursor.execute(
        """SELECT id FROM accounts_team t WHERE slug = ANY(%s)
           AND NOT EXISTS (SELECT FROM inventory_asset a WHERE t.id IN (a.owner_team_id, a.effective_owner_team_id))
           AND NOT EXISTS (SELECT FROM findings_finding f WHERE f.owner_team_id = t.id)""",
        [slugs],
    )
    unused = [team for (team,) in cursor.fetchall()]
    for team_id in unused:
        services.remove_team(SYSTEM, team_id)


def _tables_with(cursor: CursorWrapper, column: str, *, without: str = "") -> list[str]:
    cursor.execute(
        """SELECT c.table_name FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.column_name = %s
           AND NOT EXISTS (SELECT FROM information_schema.columns o WHERE o.table_schema = 'public'
             AND o.table_name = c.table_name AND o.column_name = %s)""",
        [column, without],
    )
    return [connection.ops.quote_name(table) for (table,) in cursor.fetchall() if table not in _KEPT]
