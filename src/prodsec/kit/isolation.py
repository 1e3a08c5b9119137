"""Running a function in a process of its own, so that its crash, its appetite or its endless loop hurts nobody else.

The child has the same settings and database, and ends with its parent.
"""

import ctypes
import enum
import gc
import importlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg.conninfo import make_conninfo

from prodsec.kit.errors import UnavailableError

_TRY_LATER = 75
_PR_SET_PDEATHSIG = 1
# What ends a process because of what it did itself; any other signal was sent by somebody who wanted it to stop.
_OWN_FAULT = (
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGABRT,
    signal.SIGILL,
    signal.SIGFPE,
    signal.SIGKILL,
    signal.SIGALRM,
)
# A report's rows are many and form no circles; looking for circles among them took a quarter of an import.
_RARELY = (100_000, 50, 100)


class Ending(enum.Enum):
    """How the child ended."""

    DONE = "done"
    CRASHED = "crashed"


@contextmanager
def bounded(*, data_bytes: int, seconds: float) -> Iterator[None]:
    """Inside the block, more memory than this raises MemoryError, and more time than this ends the whole process.

    The second is for code that never comes back to Python; the kernel needs nobody's consent. Both belong to the
    process, so one block at a time: of two in threads, the one that ends last would leave the other's limits behind.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        gc.set_threshold(*thresholds)


def run(function: str, argument: int) -> Ending:
    """Call `module:name` with one number in a child process and wait for it.

    Raises: UnavailableError when the child did, or when somebody stopped it.
    """
    child = subprocess.run(
        [sys.executable, "-m", __name__, function, str(argument)],
        env={**os.environ, **_surroundings()},
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_parent(),
        check=False,
    )
    if child.returncode == 0:
        return Ending.DONE
    if child.returncode == _TRY_LATER or (child.returncode < 0 and -child.returncode not in _OWN_FAULT):
        raise UnavailableError("The isolated process could not do its work now; it is tried again.")
    return Ending.CRASHED


def _surroundings() -> dict[str, str]:
    """The environment that makes the child's settings those of this process, even where they were changed since."""
    from django.conf import settings
    from django.db import connection

    known = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    conninfo = make_conninfo(**{name: known[name] for name in wanted if known.get(name)})
    return {"PRODSEC_HOME": str(settings.PRODSEC_HOME), "DATABASE_URL": conninfo}


def _die_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    return child


def _main(function: str, argument: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodsec.site.settings")
    import django

    django.setup()
    module, _, name = function.partition(":")
    try:
        getattr(importlib.import_module(module), name)(argument)
    except UnavailableError:
        return _TRY_LATER
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], int(sys.argv[2])))
