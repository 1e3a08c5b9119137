"""What an installation says of itself: its tables, its key, and whether what must always hold does hold.

Backup writes these facts down, restore compares them, doctor judges them. The statements look at the tables from outside,
across contexts, on purpose: a check that asked the code which writes a row would believe whatever that code believes.
"""

import base64
import datetime
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from prodsec.activity import queries as activity
from prodsec.activity.types import Fault
from prodsec.kit import crypto
from prodsec.kit.errors import ProdsecError
from prodsec.scans import queries as scans
from prodsec.scans import storage

OLDEST_POSTGRESQL = 150000
# A job that waits longer than this, or runs longer without a sign of life from its worker, is stuck.
STUCK_AFTER = datetime.timedelta(minutes=15)


@dataclass(frozen=True)
class Invariant:
    """What must always hold between tables: the sentence when it does, the one when not, the count of what breaks it."""

    name: str
    holds: str
    broken: str
    breaches: str


INVARIANTS = (
    Invariant(
        "detected",
        "Findings are detected exactly when a scope still shows them.",
        "findings are marked detected without an open attribution, or the other way round",
        """SELECT count(*) FROM findings_finding f WHERE f.detected <> EXISTS (
             SELECT FROM findings_attribution a WHERE a.finding_id = f.id AND a.closed_by_id IS NULL)""",
    ),
    Invariant(
        "due dates",
        "Every due date is that of its remediation clock.",
        "findings have another due date than their remediation clock",
        """SELECT count(*) FROM findings_finding f LEFT JOIN policies_clock c ON c.finding_id = f.id AND c.kind = 2
           WHERE f.due_at IS DISTINCT FROM c.due_at""",
    ),
    Invariant(
        "keys",
        "Every finding has its asset, definition and owner, and whatever hangs on a finding has the finding.",
        "rows have lost what they belong to",
        """SELECT (SELECT count(*) FROM findings_finding f
             WHERE NOT EXISTS (SELECT FROM inventory_asset a WHERE a.id = f.asset_id)
                OR NOT EXISTS (SELECT FROM findings_definition d WHERE d.id = f.definition_id)
                OR f.owner_team_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_team t WHERE t.id = f.owner_team_id))
           + (SELECT count(*) FROM (SELECT finding_id FROM findings_attribution UNION ALL SELECT finding_id FROM findings_findingevent
                UNION ALL SELECT finding_id FROM policies_clock) x
              WHERE NOT EXISTS (SELECT FROM findings_finding f WHERE f.id = x.finding_id))""",
    ),
    Invariant(
        "rejects",
        "Every import has kept the rows it rejected.",
        "imports have not kept the rows they rejected",
        """SELECT count(*) FROM scans_scan s WHERE s.state = 3 AND s.same_as_id IS NULL AND least(s.rejected_count, 1000) <>
             (SELECT count(*) FROM scans_rejectedrow r WHERE r.scan_id = s.id)""",
    ),
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it is as it should be, and a sentence that says so."""

    name: str
    ok: bool
    says: str


def checks() -> Iterator[Check]:
    """Look at everything, the cheap things first. A check that breaks is a check that says no."""
    for name, look in (
        ("database", _database),
        ("migrations", _migrations),
        ("activity", _activity),
        ("reports", _reports),
        ("jobs", _jobs),
        ("formats", _formats),
    ):
        yield _looked(name, look)
    for invariant in INVARIANTS:
        yield _looked(invariant.name, functools.partial(_compare, invariant))


def _looked(name: str, look: Callable[[], tuple[bool, str]]) -> Check:
    try:
        return Check(name, *look())
    except (ProdsecError, DatabaseError) as error:
        return Check(name, ok=False, says=" ".join(str(error).split()))


def _database() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, words = cursor.fetchone()
    return number >= OLDEST_POSTGRESQL, f"PostgreSQL {words} answers."


def _migrations() -> tuple[bool, str]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return False, f"{len(missing)} migrations are missing, the first is {missing[0][0]}; run `prodsec migrate`."
    return True, f"{len(executor.loader.applied_migrations)} migrations are applied."


def _activity() -> tuple[bool, str]:
    chain = activity.verify_chain()
    if chain.fault is None:
        return (
            True,
            f"The chain of all {chain.rows:,} rows of the activity record is unbroken, and its end is as signed.",
        )
    if chain.fault is Fault.ROW:
        return False, (
            f"The chain of the activity record breaks at row {chain.broken_at}: "
            "it, or one before it, was changed, deleted, put in or moved."
        )
    if chain.fault is Fault.END:
        return (
            False,
            f"The activity record ends after {chain.rows:,} rows, and not where it was signed: rows were cut off or added.",
        )
    return False, "The signed note of where the activity record ends is gone or forged."


def _reports() -> tuple[bool, str]:
    """Read every stored report to its end; its checksum is compared on the way."""
    broken: list[str] = []
    count = 0
    for sha256 in storage.kept_reports():
        count += 1
        try:
            for _ in storage.blocks(sha256):
                pass
        except ProdsecError as error:
            broken.append(f"{sha256.hex()[:12]}: {error}")
    if broken:
        return False, f"{len(broken)} of {count} raw reports cannot be read; {broken[0]}."
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT report_sha256 FROM scans_scan WHERE state IN (1, 2)")
        lost = [bytes(sha256).hex()[:12] for (sha256,) in cursor.fetchall() if not storage.is_kept(bytes(sha256))]
    if lost:
        return False, f"{len(lost)} reports that wait to be read are gone, the first is {lost[0]}."
    return True, f"All {count:,} raw reports can be read and match their checksums."


def _jobs() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, e.at) < now() - make_interval(secs => %(old)s)),
                      count(*) FILTER (WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(old)s)))
               FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
               LEFT JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = j.id) e ON true""",
            {"old": STUCK_AFTER.total_seconds()},
        )
        waiting, silent = cursor.fetchone()
    minutes = int(STUCK_AFTER.total_seconds() // 60)
    if waiting or silent:
        return False, (
            f"{waiting} jobs wait for more than {minutes} minutes and {silent} were left by their worker; "
            "is `prodsec worker` running?"
        )
    return True, "No job is stuck."


def _formats() -> tuple[bool, str]:
    known = scans.known_formats()
    faults = known.faults()
    if faults:
        return False, f"{len(faults)} formats of this installation cannot be used, the first: {faults[0]}"
    return True, f"{len(known.entries)} formats are known."


def _compare(invariant: Invariant) -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute(invariant.breaches)
        (breaches,) = cursor.fetchone()
    return not breaches, f"{breaches:,} {invariant.broken}." if breaches else invariant.holds


def rows_of_tables() -> dict[str, int]:
    """How many rows every table of ours has. Cost: reads each table once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        names = [name for (name,) in cursor.fetchall()]
        counts = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")
            (counts[name],) = cursor.fetchone()
    return counts


def applied_migrations() -> list[str]:
    """The applied migrations, as `app.name`."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def unknown_migrations(names: list[str]) -> list[str]:
    """Those of the given migrations that this version does not have."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    return sorted(set(names) - known)


def holds_anything() -> bool:
    """Whether somebody has used this installation: a person, an asset, a scan or a raw report is in it."""
    if next(storage.kept_reports(), None) is not None:
        return True
    tables = set(connection.introspection.table_names()) & {"accounts_person", "inventory_asset", "scans_scan"}
    with connection.cursor() as cursor:
        for name in sorted(tables):
            cursor.execute(f"SELECT EXISTS (SELECT FROM {name})")
            if cursor.fetchone()[0]:
                return True
    return False


def other_sessions() -> int:
    """How many other clients are connected to our database."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
               AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
        )
        (others,) = cursor.fetchone()
    return int(others)


def key_check(key: bytes | None = None) -> str:
    """A word that is equal for equal installation keys and says nothing about them."""
    return crypto.key_check(settings.PRODSEC_KEY if key is None else key)


def key_is_from_environment() -> bool:
    """Whether the key of this process is another one than the file in the home holds."""
    path = settings.PRODSEC_HOME / "secret.key"
    return not path.exists() or base64.urlsafe_b64decode(path.read_bytes().strip()) != settings.PRODSEC_KEY
