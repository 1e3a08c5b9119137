"""The background door of `scans`: imports, scans whose job was lost, and what is kept no longer."""

import traceback

import structlog
from django.db import InterfaceError, OperationalError, transaction

from prodsec.flows import report_to_issue
from prodsec.kit import isolation, jobs
from prodsec.kit.errors import InvalidError, UnavailableError
from prodsec.scans import queries
from prodsec.scans import services as scans
from prodsec.scans.types import Limits, ScanCancelledError, ScanTakenError, Work

log = structlog.get_logger()

MEMORY_BYTES = 2_000_000_000
# Reading has a limit of its own; this one ends the process when code does not come back to look at that one.
HARD_SECONDS = 3.0 * Limits().seconds
# A scan that met an unavailable database this often does not wait for a database.
LAST_ATTEMPT = 20
# Connection lost, transaction rolled back by others, resources short, object in use, operator's intervention.
_PASSING_SQLSTATES = frozenset({"08", "40", "53", "55", "57"})


@jobs.task(name=scans.IMPORT_JOB)
def import_report(scan_id: int) -> None:
    """Import one report. The first try runs here; once one died with its worker, the next runs in a process of its own.

    So a report that crashes its reader costs one worker once, is told apart from a worker that somebody killed, and
    ends as failed.
    """
    attempts = queries.attempts(scan_id)
    if attempts == 0:
        import_now(scan_id)
        return
    if attempts >= LAST_ATTEMPT:
        _fail(scan_id, f"It could not be imported in {attempts} tries; look at the worker's log and send it again.")
        return
    if isolation.run("prodsec.scans.tasks:import_now", scan_id) is isolation.Ending.CRASHED:
        _fail(
            scan_id,
            "Reading this report ended its process. Nothing was changed; please report it with the file's format.",
        )


def import_now(scan_id: int) -> None:
    """Import one report in this process; however it goes, the scan says how.

    Raises: UnavailableError when the database went away; then it is to be tried again.
    """
    try:
        with transaction.atomic():
            work = scans.begin(scan_id)
        if work is not None:
            structlog.contextvars.bind_contextvars(scan_id=scan_id)
            _import(work)
    except (OperationalError, InterfaceError) as error:
        raise UnavailableError(f"The database does not answer now ({type(error).__name__}).") from error
    finally:
        structlog.contextvars.unbind_contextvars("scan_id")


def _import(work: Work) -> None:
    try:
        with isolation.bounded(data_bytes=MEMORY_BYTES, seconds=HARD_SECONDS), transaction.atomic():
            report_to_issue.run(work)
    except ScanTakenError:
        log.info("scan_taken")
    except ScanCancelledError:
        with transaction.atomic():
            scans.cancelled(work.scan_id)
    except InvalidError as error:
        _fail(work.scan_id, str(error))
    except MemoryError:
        _fail(work.scan_id, f"Reading this report needs more than {MEMORY_BYTES // 10**9} GB of memory; split it.")
    except Exception as error:  # one bad report must not end the worker, whatever it does to our code
        if _is_passing(error):
            raise
        _log_fault(error)
        _fail(
            work.scan_id, "A fault of ours stopped this import; nothing was changed, and the worker's log says where."
        )


@jobs.periodic("* * * * * */10", name="prodsec.scans.tasks.requeue_forgotten")
def requeue_forgotten(timestamp: int) -> None:
    """Give scans whose job was lost a new one."""
    with transaction.atomic():
        scans.requeue_forgotten()


@jobs.periodic("17 3 * * *", name="prodsec.scans.tasks.drop_what_is_old")
def drop_what_is_old(timestamp: int) -> None:
    """Delete rehearsals and raw reports that are kept no longer."""
    with transaction.atomic():
        scans.drop_old_rehearsals()
    scans.drop_old_reports()


def _is_passing(error: Exception) -> bool:
    """Whether the same import may go well in a moment: the database went away, or somebody else was in the way."""
    if isinstance(error, OperationalError | InterfaceError):
        state = getattr(error.__cause__, "sqlstate", None)
        return state is None or state[:2] in _PASSING_SQLSTATES
    return isinstance(error, UnavailableError)


def _fail(scan_id: int, sentence: str) -> None:
    with transaction.atomic():
        scans.fail(scan_id, sentence)


def _log_fault(error: Exception) -> None:
    """Where it happened, not what was said: messages of databases and parsers quote the report."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno}" for frame in frames[-8:]]
    log.error("import_fault", kind=type(error).__name__, where=where)
