"""Bulk changes larger than an answer: jobs that die and are gone on with (T25), progress, calling off, and imports at the same time."""

from collections.abc import Iterator
from contextlib import nullcontext
from unittest import mock

import pytest
from django.db import connection, transaction

from prodsec.accounts.types import SYSTEM
from prodsec.activity.models import Activity
from prodsec.findings import queries, services, tasks
from prodsec.findings.models import BulkChange, Decision, Finding, FindingEvent
from prodsec.findings.services import bulk
from prodsec.findings.services.bulk import Meant, batches
from prodsec.findings.tests.record import Weakness, import_report, sarif
from prodsec.findings.tests.test_merge_at_once import at_once
from prodsec.findings.types import BulkState, Deed, DeedKind, DismissalReason, EventKind, State, UndoError
from prodsec.flows import change_findings
from prodsec.flows.judge_findings import judged
from prodsec.kit import isolation, jobs
from prodsec.vocabulary.severity import Severity

pytestmark = pytest.mark.django_db(transaction=True)

DISMISS = Deed(DeedKind.DISMISS, reason="generated", dismissal=DismissalReason.NOT_AFFECTED)
EVERYTHING = Meant(filters=queries.filters_from({}), address="")


@pytest.fixture(autouse=True)
def _in_small_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So that few findings are many batches, and a job; imports here have the limits of the process of the tests."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    with (
        mock.patch.object(batches, "BATCH", 10),
        mock.patch.object(bulk, "SMALL", 5),
        mock.patch.object(isolation, "bounded", return_value=nullcontext()),
    ):
        yield


def bring(number: int = 35, asset: str = "bulk/one") -> list[int]:
    import_report(sarif(*(Weakness(line=line, code=f"run({line})") for line in range(1, number + 1))), asset=asset)
    return list(Finding.objects.filter(asset__path=asset).order_by("pk").values_list("pk", flat=True))


def begin(deed: Deed = DISMISS) -> BulkChange:
    with transaction.atomic():
        return BulkChange.objects.get(pk=change_findings.begin(SYSTEM, deed, EVERYTHING))


def states() -> set[State]:
    return {State(state) for state in Finding.objects.values_list("state", flat=True)}


def test_a_large_change_is_a_job_that_tells_how_far_it_is() -> None:
    ids = bring()
    change = begin()
    assert change.job_id is not None
    assert jobs.is_live(change.job_id)
    assert queries.bulk_change(SYSTEM, change.pk).handled == 0
    with transaction.atomic():
        assert change_findings.step(change.pk)
    facts = queries.bulk_change(SYSTEM, change.pk)
    assert (facts.handled, facts.total, facts.percent) == (10, 35, 28)
    assert facts.per_second
    assert facts.seconds_left
    assert [one.id for one in queries.bulk_under_way(SYSTEM)] == [change.pk]
    jobs.run_worker(wait=False)
    change.refresh_from_db()
    assert (change.state, change.done) == (BulkState.DONE, len(ids))
    assert states() == {State.DISMISSED}
    assert FindingEvent.objects.filter(kind=EventKind.DISMISSED).count() == len(ids)
    assert Activity.objects.filter(action="finding.dismissed").count() == 1


def test_a_job_that_dies_in_the_middle_is_gone_on_with_and_does_nothing_twice() -> None:
    ids = bring()
    change = begin()

    with transaction.atomic():  # the worker is gone before the batch was committed
        change_findings.step(change.pk)
        transaction.set_rollback(True)
    assert states() == {State.DETECTED}
    with transaction.atomic():
        change_findings.step(change.pk)
    tasks.change_findings(change.pk)
    tasks.change_findings(change.pk)  # delivered twice
    change.refresh_from_db()
    assert (change.done, Decision.objects.count()) == (len(ids), len(ids))
    assert FindingEvent.objects.filter(kind=EventKind.DISMISSED).count() == len(ids)


def test_a_job_that_was_lost_is_given_again() -> None:
    bring()
    change = begin()
    assert change.job_id is not None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [change.job_id])
    tasks.requeue_forgotten(0)
    jobs.run_worker(wait=False)
    assert states() == {State.DISMISSED}


def test_what_is_called_off_stops_and_may_be_undone() -> None:
    bring()
    change = begin()
    with transaction.atomic():
        change_findings.step(change.pk)
    with transaction.atomic():
        bulk.cancel(SYSTEM, change.pk)
    tasks.change_findings(change.pk)
    change.refresh_from_db()
    assert (change.state, change.done) == (BulkState.CANCELLED, 10)
    with pytest.raises(UndoError, match="over already"), transaction.atomic():
        bulk.cancel(SYSTEM, change.pk)
    with transaction.atomic():
        change_findings.undo(SYSTEM, change.pk)
    jobs.run_worker(wait=False)
    change.refresh_from_db()
    assert (change.state, change.undone, change.kept) == (BulkState.UNDONE, 10, 0)
    assert states() == {State.DETECTED}


def test_two_workers_with_the_same_change_share_it() -> None:
    ids = bring()
    change = begin()
    at_once(*(lambda: tasks.change_findings(change.pk) for _ in range(3)))
    change.refresh_from_db()
    assert (change.state, change.done, Decision.objects.count()) == (BulkState.DONE, len(ids), len(ids))
    assert Activity.objects.filter(action="finding.dismissed").count() == 1


def test_an_import_and_decisions_at_once_all_go_well() -> None:
    """They lock the same findings in different orders, after the lock of the asset, in the order of assets (T26)."""
    ids = bring(60) + bring(60, "bulk/two")
    report = sarif(*(Weakness(line=line + 5, code=f"run({line})") for line in range(60, 1, -1)))

    def decide(order: int, severity: Severity) -> None:
        with transaction.atomic():
            judged(lambda: services.set_severity(SYSTEM, ids[::order], severity, reason="as we know"))

    at_once(
        lambda: import_report(report, asset="bulk/two"),
        lambda: decide(1, Severity.LOW),
        lambda: import_report(report, asset="bulk/one"),
        lambda: decide(-1, Severity.HIGH),
    )
    said = Finding.objects.values_list("severity_person", "severity").distinct()
    assert list(said) in ([(Severity.LOW, Severity.LOW)], [(Severity.HIGH, Severity.HIGH)])
    assert FindingEvent.objects.filter(kind=EventKind.SEVERITY_SET).count() == 2 * len(ids)
