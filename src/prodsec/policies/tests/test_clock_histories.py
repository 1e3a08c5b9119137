"""A clock rebuilt from a finding's events equals the stored one, after any history of imports and judgements."""

import contextlib
import datetime
from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from prodsec.accounts.types import SYSTEM
from prodsec.findings import services as findings
from prodsec.findings.models import Decision, Finding
from prodsec.findings.tests.histories import ASSET, Imports, Told, code, reports
from prodsec.findings.types import DecisionState, DismissalReason, StateError, UndoError
from prodsec.flows import judge_findings, undo_import
from prodsec.inventory import services as inventory
from prodsec.kit import clock
from prodsec.policies import queries
from prodsec.policies import services as policies
from prodsec.policies.models import Clock
from prodsec.scans.types import Status
from prodsec.vocabulary.severity import Severity

pytestmark = pytest.mark.django_db
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def _revoke(ids: list[int]) -> list[int]:
    decision = Decision.objects.filter(state=DecisionState.ACTIVE, scope_value__in=map(str, ids)).first()
    if decision is not None:
        findings.revoke(SYSTEM, decision.pk, reason="no longer so")
    return ids


DEEDS: dict[str, Callable[[list[int]], list[int]]] = {
    "confirm": lambda ids: findings.confirm(SYSTEM, ids),
    "start": lambda ids: findings.start_remediation(SYSTEM, ids),
    "mitigate": lambda ids: findings.mitigate(SYSTEM, ids, reason="a filter"),
    "dismiss": lambda ids: findings.dismiss(SYSTEM, ids, kind=DismissalReason.ACCEPTED, reason="small"),
    "reopen": lambda ids: findings.reopen(SYSTEM, ids),
    "worse": lambda ids: findings.set_severity(SYSTEM, ids, Severity.CRITICAL, reason="reachable"),
    "as told": lambda ids: findings.set_severity(SYSTEM, ids, None, reason="not so"),
    "revoke": _revoke,
}
UNDO = "undo"
steps = st.one_of(reports, st.just(UNDO), st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 5)))


def _take(step: object, imports: Imports) -> None:
    """One step of a history; what a person may not do now, they do not do."""
    if isinstance(step, Told):
        imports.take(step)
        return
    with contextlib.suppress(StateError, UndoError), transaction.atomic():
        if isinstance(step, tuple):
            ids = list(Finding.objects.order_by("id").values_list("id", flat=True))[step[1] : step[1] + 2]
            judge_findings.judged(lambda: DEEDS[step[0]](ids))
        elif imports.done:
            undo_import.run(SYSTEM, imports.done[-1])
            imports.done.pop()


def _assert_rebuilt_equals_stored() -> None:
    for found in Finding.objects.all():
        stored = [queries.value_of(row) for row in Clock.objects.filter(finding=found).order_by("kind")]
        assert queries.rebuilt_clocks(found) == stored
        due = [one.due_at for one in stored if one.kind == 2]
        assert found.due_at == (due[0] if due else None)


def _play(history: list[object]) -> None:
    """Take the steps, a day apart; all clocks fit after each. Leaves nothing behind."""
    note(repr(history))
    with transaction.atomic():
        inventory.ensure_asset(SYSTEM, ASSET)
        policies.ensure_default_sla()
        imports = Imports()
        for days, step in enumerate(history):
            with clock.set_to(START + datetime.timedelta(days=days)):
                _take(step, imports)
            _assert_rebuilt_equals_stored()
        transaction.set_rollback(True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=8))
def test_rebuilt_from_events_equals_what_is_stored(history: list[object]) -> None:
    _play(history)


def _saying(severity: Severity, status: Status = Status.OPEN) -> Told:
    return Told((code("r1", "a.py", 3, severity=severity, status=status),))


OPEN, SUPPRESSED, GONE = _saying(Severity.CRITICAL), _saying(Severity.CRITICAL, Status.SUPPRESSED), Told(())
of_one = st.one_of(
    st.builds(
        _saying,
        st.sampled_from([Severity.CRITICAL, Severity.HIGH, Severity.INFO]),
        st.sampled_from([Status.OPEN, Status.SUPPRESSED]),
    ),
    st.sampled_from([GONE, UNDO]),
    st.tuples(st.sampled_from(sorted(DEEDS)), st.just(0)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(of_one, min_size=2, max_size=9))
@example([SUPPRESSED, OPEN, UNDO])
@example([SUPPRESSED, OPEN, UNDO, UNDO])
@example([SUPPRESSED, OPEN, ("mitigate", 0), UNDO, OPEN, ("dismiss", 0)])
@example([_saying(Severity.HIGH), GONE, SUPPRESSED])
@example([_saying(Severity.INFO), ("dismiss", 0), ("worse", 0)])
def test_also_when_one_finding_comes_and_goes(history: list[object]) -> None:
    _play(history)


def test_what_only_undone_imports_knew_is_gone() -> None:
    imports = Imports()
    inventory.ensure_asset(SYSTEM, ASSET)
    for step in (SUPPRESSED, OPEN, UNDO, UNDO):
        _take(step, imports)
    assert not Finding.objects.exists()
    assert not Clock.objects.exists()
