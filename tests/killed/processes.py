"""Real processes of Prodsec on the database of the tests, stopped where we want them, and killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from django.conf import settings
from django.db import connection

from prodsec.kit import jobs
from prodsec.site.processes import end_with_parent

MOST_SECONDS = 120.0
_PAUSE = 0.05


def until(is_so: Callable[[], object], what: str, *, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until something is so, as long as a slow machine may need, and no longer than the process lives."""
    ends_at = time.monotonic() + MOST_SECONDS
    while not is_so():
        assert time.monotonic() < ends_at, f"It took too long until {what}."
        assert process is None or process.poll() is None, f"The process ended before {what}."
        time.sleep(_PAUSE)


@contextlib.contextmanager
def prodsec(command: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`prodsec …` on this test's database; ended with the block, if it was not killed before."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PRODSEC_", "DJANGO_"))}
    ours = {"PRODSEC_HOME": _home(), "DATABASE_URL": database_url(application_name=command)}
    process = subprocess.Popen(
        [sys.executable, "-m", "prodsec_cli.main", command],
        env={**kept, **ours, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=end_with_parent(),  # noqa: PLW1509 - only a system call between fork and exec
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(MOST_SECONDS)


def database_url(**options: str) -> str:
    """The test's own database, as the environment names one."""
    facts = connection.settings_dict
    known = {"user": facts["USER"], "password": facts["PASSWORD"], "host": facts["HOST"], "port": facts["PORT"]}
    given = {name: str(value) for name, value in known.items() if value}
    return f"postgresql:///{facts['NAME']}?{urlencode(given | options)}"


def kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to it and its children; its silence is one since long ago, so that nobody has to wait until it counts as dead."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(MOST_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - make_interval(secs => %s)",
            [2 * jobs.STALLED_SECONDS],
        )


def forget_jobs() -> None:
    """The queue as it is after the installation: its tables are not emptied with those of the tests."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


@contextlib.contextmanager
def held(statement: str, *values: object) -> Iterator[None]:
    """What the statement locks is locked while the block lasts, by a connection of its own."""
    with psycopg.connect(database_url(application_name="holder")) as holder:
        holder.execute(statement.encode(), values)
        yield


def waits_for_lock(application: str) -> int | None:
    """The session of that application that waits for a lock now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'"
            " AND datname = current_database()",
            [application],
        )
        found = cursor.fetchone()
    return None if found is None else int(found[0])


def cut(application: str) -> int:
    """End all sessions of that application, as a restart of the database does. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            [application],
        )
        return int(cursor.fetchone()[0])


def _home() -> str:
    """This test's home, with the key that the tests themselves have."""
    home = Path(settings.PRODSEC_HOME)
    home.mkdir(parents=True, exist_ok=True)
    (home / "secret.key").write_bytes((Path(os.environ["PRODSEC_TEST_HOME"]) / "secret.key").read_bytes())
    return str(home)
