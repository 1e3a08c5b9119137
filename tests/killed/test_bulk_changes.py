"""A worker that dies, or loses its database, in the middle of a bulk change: nothing is lost, and nothing done twice (T25)."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from unittest import mock

import pytest
from django.db import transaction
from tests.killed.processes import cut, held, kill, prodsec, until, waits_for_lock

from prodsec.accounts.types import SYSTEM
from prodsec.activity.models import Activity
from prodsec.findings import queries
from prodsec.findings.models import BulkChange, Decision, Finding, FindingEvent
from prodsec.findings.services import bulk
from prodsec.findings.services.bulk import Meant
from prodsec.findings.tests.record import Weakness, import_report, sarif
from prodsec.findings.types import BulkState, Deed, DeedKind, DismissalReason, EventKind, State
from prodsec.flows import change_findings
from prodsec.kit import isolation, jobs
from prodsec.policies.models import Clock
from prodsec.policies.queries import rebuilt_clocks, value_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("kill")]

NUMBER = bulk.BATCH + 20
DISMISS = Deed(DeedKind.DISMISS, reason="generated", dismissal=DismissalReason.NOT_AFFECTED)
EVERYTHING = Meant(filters=queries.filters_from({}), address="")


def bring() -> list[int]:
    rows = (Weakness(line=line, code=f"run({line})") for line in range(1, NUMBER + 1))
    with mock.patch.object(isolation, "bounded", return_value=nullcontext()):
        import_report(sarif(*rows), asset="bulk/one")
    return list(Finding.objects.order_by("pk").values_list("pk", flat=True))


def columns() -> list[object]:
    return list(Finding.objects.order_by("pk").values())


def begin() -> int:
    with transaction.atomic():
        return change_findings.begin(SYSTEM, DISMISS, EVERYTHING)


def state_of(change: int) -> tuple[BulkState, int]:
    facts = queries.bulk_change(SYSTEM, change)
    return facts.state, facts.handled


def stopped_in_second_batch(change: int, last: int, do: Callable[[], None]) -> None:
    """Do something while the first batch is done and the second waits in the middle of its transaction."""
    with held("SELECT id FROM findings_finding WHERE id = %s FOR UPDATE", last):
        until(lambda: waits_for_lock("worker"), "the worker is in its second batch")
        assert state_of(change)[1] == bulk.BATCH
        do()


def cut_off() -> None:
    assert cut("worker") > 1, "its own session, and those of the queue"


def assert_done_once(change: int, ids: list[int]) -> None:
    row = BulkChange.objects.get(pk=change)
    assert (row.done, row.already, row.refused, row.changed_since, row.total) == (NUMBER, 0, 0, 0, NUMBER)
    assert set(Finding.objects.values_list("state", flat=True)) == {State.DISMISSED}
    assert Counter(Decision.objects.values_list("scope_value", flat=True)) == Counter(str(pk) for pk in ids)
    events = FindingEvent.objects.filter(kind=EventKind.DISMISSED).values_list("finding_id", flat=True)
    assert Counter(events) == Counter(ids)
    assert [row.details["count"] for row in Activity.objects.filter(action="finding.dismissed")] == [NUMBER]


def assert_undo_gives_back(change: int, ids: list[int], before: list[object]) -> None:
    with transaction.atomic():
        change_findings.undo(SYSTEM, change)
    jobs.run_worker(wait=False)
    assert columns() == before
    row = BulkChange.objects.get(pk=change)
    assert (row.undone, row.kept) == (NUMBER, 0)
    back = FindingEvent.objects.filter(kind=EventKind.REOPENED_BY_PERSON).values_list("finding_id", flat=True)
    assert Counter(back) == Counter(ids)
    for finding in Finding.objects.filter(pk__in=(ids[0], ids[-1])):
        clocks = [value_of(clock) for clock in Clock.objects.filter(finding=finding).order_by("kind")]
        assert clocks == rebuilt_clocks(finding)


def test_a_killed_worker_loses_and_doubles_nothing() -> None:
    ids = bring()
    before, change = columns(), begin()
    with prodsec("worker") as first:
        stopped_in_second_batch(change, ids[-1], lambda: kill(first))
    assert state_of(change) == (BulkState.RUNNING, bulk.BATCH)
    with prodsec("worker") as second:
        until(lambda: state_of(change)[0] is BulkState.DONE, "another worker went on", process=second)
    assert_done_once(change, ids)
    assert_undo_gives_back(change, ids, before)


def test_a_worker_that_loses_its_database_goes_on_when_it_is_back() -> None:
    ids = bring()
    change = begin()
    with prodsec("worker") as worker:
        stopped_in_second_batch(change, ids[-1], cut_off)
        until(lambda: state_of(change)[0] is BulkState.DONE, "the same worker went on", process=worker)
    assert_done_once(change, ids)
