"""`prodsec migrate`: bring the database to this version; refuses a database of a newer one."""

import argparse

from prodsec.kit.errors import ConflictError, UnavailableError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(args: argparse.Namespace) -> int:
    """Migrate, one process at a time."""
    from prodsec.site import django_ready

    with django_ready.database():
        migrate()
    return 0


def migrate() -> None:
    """Apply what is missing, under a lock, so that two starts do not run into each other.

    Raises: ConflictError when the database was migrated by a newer version of Prodsec.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [0x70726F64])
        try:
            executor = MigrationExecutor(connection)
            unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
            if ours := sorted(f"{app}.{name}" for app, name in unknown if app in executor.loader.migrated_apps):
                raise ConflictError(
                    f"The database was migrated by a newer Prodsec ({ours[0]}); install that version, "
                    "or restore a backup made by this one."
                )
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [0x70726F64])


def ensure_tables() -> None:
    """Make the tables of an empty embedded database, so that a command works before the first `prodsec up`.

    A database named by DATABASE_URL is only migrated when somebody says so.
    Raises: UnavailableError for such a one without tables.
    """
    from django.db import connection

    from prodsec.site.settings import ENV

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations')")
        row = cursor.fetchone()
    if row and row[0]:
        return
    if ENV.database_url:
        raise UnavailableError("The database has no tables yet; run `prodsec migrate` first.")
    migrate()
