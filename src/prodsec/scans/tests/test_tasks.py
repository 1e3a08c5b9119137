"""Imports in the background: how a scan ends, whatever happens to the report, the worker or the queue."""

import datetime
import io
import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.db import OperationalError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg.errors import ProgramLimitExceeded
from pytest_django.fixtures import Settings

from prodsec.activity.models import Activity
from prodsec.kit import clock, isolation, jobs
from prodsec.kit.errors import UnavailableError
from prodsec.scans import formats, queries, storage, tasks
from prodsec.scans import services as scans
from prodsec.scans.models import RejectedRow, Scan
from prodsec.scans.services import progress
from prodsec.scans.tests.doors import ASSET, Door, door_of, sarif
from prodsec.scans.tests.importing import import_now, row_counts, state_of
from prodsec.scans.types import Observation, ReportError, ScanState
from prodsec.vocabulary.kinds import Kind


def test_an_import_says_what_it_was_and_did(received: Callable[..., int]) -> None:
    scan = import_now(received, sarif(1, 20, 300))
    assert ScanState(scan.state) is ScanState.DONE
    assert (scan.format, scan.tool, scan.analysis) == ("sarif", "lintel", Kind.CODE)
    assert (scan.rows_read, scan.new_count, scan.rejected_count, scan.complete) == (3, 3, 0, True)
    assert scan.finished_at is not None
    assert scan.seconds is not None
    assert len(scan.scope_ids) == 1


def test_an_import_that_changed_something_is_in_the_audit(received: Callable[..., int], admin: Door) -> None:
    scan = import_now(received, sarif(1))
    row = Activity.objects.get(action="scan.imported")
    assert (row.object_id, row.actor_id, row.details) == (str(scan.pk), admin.viewer.person_id, {"new": 1})


def test_a_bad_report_fails_with_place_and_reason(received: Callable[..., int]) -> None:
    scan = import_now(received, sarif(1, 2, 3)[:-40])
    assert ScanState(scan.state) is ScanState.FAILED
    assert scan.error
    assert "Traceback" not in scan.error
    assert scan.new_count == 0


def test_a_report_that_ends_early_leaves_no_half_import(received: Callable[..., int]) -> None:
    rows = [_observation(number) for number in range(500)]
    scan_id = received(sarif(1))
    before = row_counts()
    with _readings_of(rows, ReportError("the report ends here", place="line 501")):
        tasks.import_now(scan_id)
    assert (state_of(scan_id), Scan.objects.get(id=scan_id).error) == (
        ScanState.FAILED,
        "line 501: the report ends here",
    )
    assert row_counts() == before


def test_a_fault_of_ours_fails_the_scan_and_quotes_nothing(
    received: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    with _readings_of([], RuntimeError("AKIA-MARKED-SECRET")):
        scan = import_now(received, sarif(1))
    assert ScanState(scan.state) is ScanState.FAILED
    assert "fault of ours" in scan.error
    told = capsys.readouterr()
    assert "AKIA-MARKED-SECRET" not in told.out + told.err + scan.error


def test_too_much_memory_fails_the_scan(received: Callable[..., int]) -> None:
    with _readings_of([], MemoryError()):
        scan = import_now(received, sarif(1))
    assert "2 GB of memory" in scan.error


def test_memory_is_bounded_while_reading() -> None:
    with isolation.bounded(data_bytes=2_000_000_000, seconds=60), pytest.raises(MemoryError):
        bytearray(3_000_000_000)
    assert len(bytearray(3_000_000)) == 3_000_000


def test_too_much_time_fails_the_scan(received: Callable[..., int]) -> None:
    start = clock.now()
    later = (start + datetime.timedelta(seconds=400 * look) for look in itertools.count())
    rows = [_observation(number) for number in range(1_000)]
    with _readings_of(rows), mock.patch.object(clock, "now", side_effect=lambda: next(later)):
        scan = import_now(received, sarif(1))
    assert (ScanState(scan.state), "limit of 600 seconds" in scan.error) == (ScanState.FAILED, True)


@pytest.mark.parametrize("error", [OperationalError("gone"), UnavailableError("gone")])
def test_a_database_that_went_away_is_tried_again(error: Exception, received: Callable[..., int]) -> None:
    scan_id = received(sarif(1))
    with _readings_of([], error), pytest.raises(UnavailableError):
        tasks.import_now(scan_id)
    assert state_of(scan_id) is ScanState.READING
    tasks.import_now(scan_id)
    assert state_of(scan_id) is ScanState.DONE


def test_what_the_database_will_never_take_fails_the_scan(received: Callable[..., int]) -> None:
    error = OperationalError("index row size 8000 exceeds maximum")
    error.__cause__ = ProgramLimitExceeded()
    with _readings_of([], error):
        scan = import_now(received, sarif(1))
    assert "fault of ours" in scan.error


def test_a_scan_that_is_over_is_left_alone(received: Callable[..., int]) -> None:
    scan = import_now(received, sarif(1))
    tasks.import_now(scan.pk)
    again = Scan.objects.get(id=scan.pk)
    assert (again.attempts, again.finished_at) == (1, scan.finished_at)


def test_a_report_that_is_gone_fails_with_a_sentence(received: Callable[..., int], settings: Settings) -> None:
    scan_id = received(sarif(1))
    shutil.rmtree(settings.PRODSEC_HOME / "reports")
    tasks.import_now(scan_id)
    assert "no longer kept" in Scan.objects.get(id=scan_id).error


def test_rows_that_cannot_be_read_are_kept_with_their_place(received: Callable[..., int]) -> None:
    report = (
        sarif(1, 2)
        .replace(b'"ruleId": "no-eval"', b'"ruleId": 7', 1)
        .replace(b'"message": {"text"', b'"message": {"no"', 1)
    )
    scan = import_now(received, report)
    rejected = list(RejectedRow.objects.filter(scan=scan))
    assert scan.rejected_count == len(rejected)
    assert all(row.place and row.reason for row in rejected)


def test_a_cancel_is_honoured_between_rows(received: Callable[..., int]) -> None:
    scan_id = received(sarif(1))

    def cancel_at_the_first_look(self: progress.Progress, rows: int, now: datetime.datetime) -> bool:
        return True

    rows = [_observation(number) for number in range(1_000)]
    with (
        _readings_of(rows),
        mock.patch.object(progress.Progress, "_write", cancel_at_the_first_look),
        mock.patch.object(progress, "_EVERY", datetime.timedelta(0)),
    ):
        tasks.import_now(scan_id)
    scan = Scan.objects.get(id=scan_id)
    assert (ScanState(scan.state), scan.new_count) == (ScanState.CANCELLED, 0)


def test_a_cancel_at_the_last_moment_still_wins(received: Callable[..., int]) -> None:
    scan_id = received(sarif(1))
    with transaction.atomic():
        work = scans.begin(scan_id)
    assert work is not None
    Scan.objects.filter(id=scan_id).update(cancel_requested=True)
    tasks._import(work)
    assert state_of(scan_id) is ScanState.CANCELLED


def test_a_worker_that_died_is_followed_by_a_process_of_its_own(received: Callable[..., int]) -> None:
    scan_id = received(sarif(1))
    Scan.objects.filter(id=scan_id).update(state=ScanState.READING, attempts=1)
    with mock.patch.object(isolation, "run", return_value=isolation.Ending.CRASHED) as run:
        tasks.import_report(scan_id)
    run.assert_called_once_with("prodsec.scans.tasks:import_now", scan_id)
    scan = Scan.objects.get(id=scan_id)
    assert (ScanState(scan.state), "ended its process" in scan.error) == (ScanState.FAILED, True)


def test_endless_trying_ends(received: Callable[..., int]) -> None:
    scan_id = received(sarif(1))
    Scan.objects.filter(id=scan_id).update(state=ScanState.READING, attempts=tasks.LAST_ATTEMPT)
    tasks.import_report(scan_id)
    assert state_of(scan_id) is ScanState.FAILED


@pytest.mark.parametrize(
    ("ending", "number"),
    [("crash", signal.SIGSEGV), ("crash", signal.SIGABRT), ("later", signal.SIGTERM), ("later", signal.SIGINT)],
)
def test_a_crash_is_told_from_being_stopped(ending: str, number: signal.Signals, db: None) -> None:
    killed = mock.Mock(returncode=-number)
    with mock.patch("subprocess.run", return_value=killed):
        if ending == "later":
            with pytest.raises(UnavailableError):
                isolation.run("prodsec.scans.tasks:import_now", 1)
        else:
            assert isolation.run("prodsec.scans.tasks:import_now", 1) is isolation.Ending.CRASHED


def test_scans_whose_job_was_lost_are_queued_again(admin: Door) -> None:
    lost, waiting, young = (admin.send(sarif(line)).json()["scan"] for line in (1, 2, 3))
    long_ago = clock.now() - datetime.timedelta(minutes=5)
    Scan.objects.filter(id__in=[lost, waiting]).update(created_at=long_ago)
    ProcrastinateJob.objects.filter(args__scan_id__in=[lost, young]).delete()
    assert scans.requeue_forgotten() == [lost]
    assert set(ProcrastinateJob.objects.values_list("args__scan_id", flat=True)) == {lost, waiting}
    assert scans.requeue_forgotten() == []


def test_old_rehearsals_and_reports_go(received: Callable[..., int], settings: Settings) -> None:
    rehearsal, done, waiting = (
        import_now(received, sarif(1), dry_run=True),
        import_now(received, sarif(2)),
        Scan.objects.get(id=received(sarif(3))),
    )
    long_ago = clock.now() - datetime.timedelta(days=100)
    Scan.objects.update(created_at=long_ago)
    Scan.objects.exclude(finished_at=None).update(finished_at=long_ago)
    for path in (settings.PRODSEC_HOME / "reports").glob("??/*"):
        os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))
    tasks.drop_what_is_old(0)
    assert set(Scan.objects.values_list("id", flat=True)) == {done.pk, waiting.pk}
    assert list(storage.kept_reports()) == [bytes(waiting.report_sha256)]
    assert rehearsal.pk not in {done.pk, waiting.pk}


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_uploads_from_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    admin = door_of("ada", is_admin=True)
    sent = [admin.send(sarif(*range(1, number + 1))).json()["scan"] for number in (2, 4, 3)]
    jobs.run_worker(wait=False)
    found = [admin.get(f"/{scan}").json() for scan in sent]
    assert [scan["state"] for scan in found] == ["done"] * 3
    assert [scan["new"] for scan in found] == [2, 2, 0]
    assert found[2]["fixed"] == 1
    assert not ProcrastinateJob.objects.filter(args__has_key="scan_id").exists()


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_and_a_cancel_heard_while_the_import_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = door_of("ada", is_admin=True)
    scan_id = admin.send(sarif(1)).json()["scan"]
    monkeypatch.setattr(progress, "_EVERY", datetime.timedelta(0))
    seen: list[int] = []

    def rows() -> Iterator[Observation]:
        for number in range(2_000):
            if number == 600:
                other = connection.copy()
                with other.cursor() as cursor:
                    cursor.execute("SELECT rows_read FROM scans_scan WHERE id = %s", [scan_id])
                    seen.append(cursor.fetchone()[0])
                    cursor.execute("UPDATE scans_scan SET cancel_requested = true WHERE id = %s", [scan_id])
                other.close()
            yield _observation(number)

    with _readings_of(rows()):
        tasks.import_now(scan_id)
    assert seen == [512]
    assert admin.get(f"/{scan_id}").json()["state"] == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_leaves_a_scan_that_is_being_read_alone() -> None:
    admin = door_of("ada", is_admin=True)
    scan_id = admin.send(sarif(1)).json()["scan"]
    other = connection.copy()
    other.set_autocommit(autocommit=False)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"scans.import/{scan_id}"])
    tasks.import_now(scan_id)
    assert state_of(scan_id) is ScanState.READING
    other.rollback()
    other.close()
    tasks.import_now(scan_id)
    assert state_of(scan_id) is ScanState.DONE


@pytest.mark.django_db(transaction=True)
def test_an_isolated_import_is_an_import(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    home: Path = settings.PRODSEC_HOME
    home.mkdir(parents=True)
    shutil.copy(Path(os.environ["PRODSEC_TEST_HOME"]) / "secret.key", home)
    admin = door_of("ada", is_admin=True)
    scan_id = admin.send(sarif(1)).json()["scan"]
    assert isolation.run("prodsec.scans.tasks:import_now", scan_id) is isolation.Ending.DONE
    assert admin.get(f"/{scan_id}").json()["state"] == "done"


def test_an_unknown_scan_is_no_error(db: None) -> None:
    tasks.import_report(99)
    assert queries.attempts(99) == 0


def _observation(number: int) -> Observation:
    return Observation(kind=Kind.CODE, rule="no-eval", title=f"Row {number}", pointer=f"/{number}")


class _Reading:
    """A reading that yields what it was given and then fails, if told to."""

    components = 0

    def __init__(self, rows: "Iterator[Observation]", error: Exception | None) -> None:
        from prodsec.scans.types import Header

        self.header = Header(format="sarif", tool="lintel", analysis=Kind.CODE)
        self._rows = rows
        self._error = error

    def __iter__(self) -> Iterator[Observation]:
        yield from self._rows
        if self._error is not None:
            raise self._error


def _readings_of(
    rows: "list[Observation] | Iterator[Observation]", error: Exception | None = None
) -> "mock._patch[mock.Mock]":
    """Have every report read as these rows."""
    return mock.patch.object(formats, "readings", side_effect=lambda *_, **__: iter([_Reading(iter(rows), error)]))


def test_the_job_is_named_as_the_service_asks() -> None:
    assert tasks.import_report.name == scans.IMPORT_JOB


def test_an_import_by_stream_needs_no_file(admin: Door) -> None:
    scan_id = scans.receive_report(
        admin.viewer, stream=io.BytesIO(sarif(1)), file_name="", asset_path=ASSET, queued=False
    )
    assert Scan.objects.get(id=scan_id).file_name == "report"
