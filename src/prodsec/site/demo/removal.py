"""Takes the demo out of an installation again: its assets with all that is on them, its teams; its people are disabled."""

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM
from prodsec.activity import services as activity
from prodsec.flows import manage_accounts
from prodsec.kit.errors import ConflictError, NotFoundError
from prodsec.site.demo.organisation import MAIL, ROOT, TEAMS

# What says who did what is never deleted, whatever it was about.
_KEPT = frozenset({"activity_activity"})
_OF_SCANS = "SELECT id FROM scans_scan WHERE asset_id = ANY(%s)"


def remove() -> int:
    """Remove the demo in one transaction. Returns how many assets went.

    Raises: NotFoundError without a demo; ConflictError while the demo's admin is the only one.
    """
    ours = [person for person in accounts.people(SYSTEM) if person.email.endswith(f"@{MAIL}")]
    others = [person for person in accounts.people(SYSTEM) if person not in ours]
    if not any(person.is_admin and person.is_active for person in others):
        raise ConflictError(
            "The demo's admin is the only one; make one of your own first: prodsec user create --help shows how."
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM inventory_asset WHERE path = %s OR path LIKE %s", [ROOT, f"{ROOT}/%"])
        assets = [asset for (asset,) in cursor.fetchall()]
        if not assets:
            raise NotFoundError("There is no demo in this installation.")
        _remove_assets(cursor, assets)
        _remove_teams(cursor)
        for person in ours:
            manage_accounts.change_person(SYSTEM, person.pk, is_active=False, is_admin=False)
        activity.record(SYSTEM, "demo.removed", object_type="demo", object_id=ROOT, details={"assets": len(assets)})
    return len(assets)


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
    cursor.execute("DELETE FROM accounts_teammember WHERE team_id = ANY(%s)", [unused])
    cursor.execute("DELETE FROM accounts_team WHERE id = ANY(%s)", [unused])


def _tables_with(cursor: CursorWrapper, column: str, *, without: str = "") -> list[str]:
    cursor.execute(
        """SELECT c.table_name FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.column_name = %s
           AND NOT EXISTS (SELECT FROM information_schema.columns o WHERE o.table_schema = 'public'
             AND o.table_name = c.table_name AND o.column_name = %s)""",
        [column, without],
    )
    return [connection.ops.quote_name(table) for (table,) in cursor.fetchall() if table not in _KEPT]
