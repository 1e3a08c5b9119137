"""A clock rebuilt from a finding's events equals the stored one, after any history of imports and judgements."""

import datetime
from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from prodsec.accounts.types import SYSTEM
from prodsec.findings import services as findings
from prodsec.findings.models import Decision, Finding
from prodsec.findings.tests.histories import ASSET, Imports, Told, reports
from prodsec.findings.types import DecisionState, DismissalReason, StateError
from prodsec.flows import judge_findings
from prodsec.inventory import services as inventory
from prodsec.kit import clock
from prodsec.policies import queries
from prodsec.policies import services as policies
from prodsec.policies.models import Clock
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
steps = st.one_of(reports, st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 5)))


def _take(step: object, imports: Imports) -> None:
    if isinstance(step, Told):
        imports.take(step)
    elif isinstance(step, tuple):
        ids = list(Finding.objects.order_by("id").values_list("id", flat=True))[step[1] : step[1] + 2]
        try:
            with transaction.atomic():
                judge_findings.judged(lambda: DEEDS[step[0]](ids))
        except StateError:
            pass


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=8))
def test_rebuilt_from_events_equals_what_is_stored(history: list[object]) -> None:
    note(repr(history))
    with transaction.atomic():
        inventory.ensure_asset(SYSTEM, ASSET)
        policies.ensure_default_sla()
        imports = Imports()
        for days, step in enumerate(history):
            with clock.set_to(START + datetime.timedelta(days=days)):
                _take(step, imports)
        for found in Finding.objects.all():
            stored = [queries.value_of(row) for row in Clock.objects.filter(finding=found).order_by("kind")]
            assert queries.rebuilt_clocks(found) == stored
            due = [one.due_at for one in stored if one.kind == 2]
            assert found.due_at == (due[0] if due else None)
        transaction.set_rollback(True)
