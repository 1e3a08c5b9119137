"""Counted bit by bit, all at once, or by hand out of the record: the numbers are the same, after any history, as of any day."""

import contextlib
import datetime
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from prodsec.accounts import services as accounts
from prodsec.accounts.types import SYSTEM
from prodsec.findings import services as findings
from prodsec.findings.models import Decision, Finding
from prodsec.findings.services.bulk import Meant
from prodsec.findings.tests.histories import Imports, Told, code, reports
from prodsec.findings.types import OPEN_STATES, DecisionState, Deed, DeedKind, DismissalReason
from prodsec.flows import change_findings, judge_findings, undo_import
from prodsec.inventory import services as inventory
from prodsec.inventory.models import Asset
from prodsec.kit import clock
from prodsec.kit.errors import ConflictError
from prodsec.metrics import queries
from prodsec.metrics import services as metrics
from prodsec.metrics.models import Placement, Progress, Span
from prodsec.metrics.services import rolling
from prodsec.metrics.types import COLUMNS, LEVELS, Measure, Period, Question, Wanted
from prodsec.policies import services as policies
from prodsec.scans.types import Observation
from prodsec.vocabulary.severity import Severity

pytestmark = pytest.mark.django_db
START = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
ASSETS = ("histories.example/group/one", "histories.example/group/two", "histories.example/three")
UNDO, COUNT, MOVE = "undo", "count", "move"


def _revoke(ids: list[int]) -> list[int]:
    decision = Decision.objects.filter(state=DecisionState.ACTIVE, scope_value__in=map(str, ids)).first()
    if decision is not None:
        findings.revoke(SYSTEM, decision.pk, reason="no longer so")
    return ids


def _give(ids: list[int]) -> list[int]:
    return findings.set_owner(
        SYSTEM, ids, accounts.create_team(SYSTEM, name=f"Team {clock.now():%j}", slug=f"t{clock.now():%j}").pk
    )


def _bulk(ids: list[int]) -> list[int]:
    deed = Deed(DeedKind.DISMISS, reason="all of them", dismissal=DismissalReason.FALSE_POSITIVE)
    if ids:
        change_findings.begin(SYSTEM, deed, Meant(named=dict.fromkeys(ids)))
    return ids


def _bulk_taken_back(ids: list[int]) -> list[int]:
    if _bulk(ids):
        change_findings.undo(SYSTEM)
    return ids


DEEDS: dict[str, Callable[[list[int]], list[int]]] = {
    "mitigate": lambda ids: findings.mitigate(SYSTEM, ids, reason="a filter"),
    "dismiss": lambda ids: findings.dismiss(SYSTEM, ids, kind=DismissalReason.ACCEPTED, reason="small"),
    "reopen": lambda ids: findings.reopen(SYSTEM, ids),
    "worse": lambda ids: findings.set_severity(SYSTEM, ids, Severity.CRITICAL, reason="reachable"),
    "as told": lambda ids: findings.set_severity(SYSTEM, ids, None, reason="not so"),
    "revoke": _revoke,
    "give": _give,
    "bulk": _bulk,
    "bulk, taken back": _bulk_taken_back,
    "nobody": lambda ids: findings.set_owner(SYSTEM, ids, None),
}
steps = st.tuples(
    st.integers(0, 2),
    st.integers(0, 45),
    st.one_of(
        reports,
        reports,
        st.sampled_from([UNDO, COUNT, COUNT, MOVE]),
        st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 5)),
    ),
)


class History:
    """A story told step by step, with what the record said at the end of each day."""

    def __init__(self) -> None:
        self.imports = [Imports(path) for path in ASSETS]
        self.on = START.date()
        self.open: dict[datetime.date, Counter[tuple[int, int, int, int]]] = {}
        self.overdue = 0

    def take(self, asset: int, step: object) -> None:
        """One step; what a person may not do now, they do not do."""
        imports = self.imports[asset]
        if isinstance(step, Told):
            imports.take(step)
        elif step == COUNT:
            _count()
        elif step == MOVE:
            moved = Asset.objects.get(path=ASSETS[0])
            target = (
                "histories.example"
                if moved.parent_id != Asset.objects.get(path="histories.example").pk
                else "histories.example/group"
            )
            Asset.objects.filter(pk=moved.pk).update(
                parent=Asset.objects.get(path=target), ancestors=[*Asset.objects.get(path=target).ancestors, moved.pk]
            )
        else:
            with contextlib.suppress(ConflictError), transaction.atomic():
                if isinstance(step, tuple):
                    ids = list(Finding.objects.order_by("id").values_list("id", flat=True))[step[1] : step[1] + 2]
                    judge_findings.judged(lambda: DEEDS[step[0]](ids))
                elif imports.done:
                    undo_import.run(SYSTEM, imports.done[-1])
                    imports.done.pop()
                    self.open.clear()  # what was undone never happened, so what was seen then is no measure now
        found = Finding.objects.filter(state__in=OPEN_STATES)
        self.open[self.on] = Counter(
            (asset, team or 0, severity, kind)
            for asset, team, severity, kind in found.values_list("asset", "owner_team", "severity", "kind")
        )
        self.overdue = sum(due is not None and due.date() < self.on for due in found.values_list("due_at", flat=True))


def _count() -> None:
    while not metrics.catch_up(batch=3).is_done:
        pass


def _play(history: list[tuple[int, int, object]]) -> History:
    told = History()
    for asset, days, step in history:
        told.on += datetime.timedelta(days=days)
        with clock.set_to(datetime.datetime.combine(told.on, START.timetz())):
            told.take(asset, step)
    return told


def _tables() -> dict[str, list[str]]:
    """All that is counted, without numbers of rows and without rows that say nothing."""
    says = " OR ".join(f"{name} <> 0" for name in COLUMNS)
    spans = "finding_id, asset, team, from_on, until_on, seen_on, due_on, severity, kind, entry, ending"
    statements = {
        "spans": f"SELECT {spans} FROM metrics_span",
        "days": f"SELECT * FROM metrics_day WHERE {says}",
        "months": f"SELECT * FROM metrics_month WHERE {says}",
    }
    found = {}
    for name, statement in statements.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            found[name] = sorted(map(repr, cursor.fetchall()))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=8))
def test_bit_by_bit_is_all_at_once_is_by_hand(history: list[tuple[int, int, object]]) -> None:
    note(repr(history))
    with transaction.atomic():
        policies.ensure_default_sla()
        for path in ASSETS:
            inventory.ensure_asset(SYSTEM, path)
        _count()
        told = _play(history)
        _count()
        bit_by_bit = _tables()
        metrics.start_over()
        _count()
        assert _tables() == bit_by_bit
        _assert_fits_what_was_seen(told)
        transaction.set_rollback(True)


def _assert_fits_what_was_seen(told: History) -> None:
    for day, seen in told.open.items():
        board = queries.dashboard(SYSTEM, Question(day, Period.MONTH))
        assert board.total.open == seen.total()
        assert {s: sums.open for s, sums in board.by_severity.items() if sums.open} == _by(seen, 2)
        assert {line.team: line.total.open for line in board.teams if line.total.open} == _by(seen, 1)
        assert board.total.open == sum(getattr(board.total, f"age_{number}") for number in range(6))
        for path in ASSETS:
            own = Asset.objects.get(path=path)
            under = queries.dashboard(SYSTEM, Question(day, Period.MONTH, under=path))
            assert under.total.open == sum(number for key, number in seen.items() if key[0] == own.pk)
    for day in _days_at_an_edge():
        board = queries.dashboard(SYSTEM, Question(day, Period.MONTH))
        for measure in LEVELS:
            assert queries.counted_number(SYSTEM, Wanted(measure, day)) == getattr(board.total, measure.value)
    if told.open:
        board = queries.dashboard(SYSTEM, Question(told.on, Period.TWO_YEARS))
        assert board.total.overdue == told.overdue
        whole = board.total
        assert whole.open == whole.opened + whole.reopened - whole.fixed - whole.dismissed
        for measure in (
            Measure.OPENED,
            Measure.REOPENED,
            Measure.FIXED,
            Measure.DISMISSED,
            Measure.IN_TIME,
            Measure.LATE,
        ):
            wanted = Wanted(measure, told.on, from_on=board.question.start_on)
            assert queries.counted_number(SYSTEM, wanted) == getattr(whole, measure.value)


def _days_at_an_edge() -> set[datetime.date]:
    """Days on which something becomes due, older or closed, and those after them."""
    days: set[datetime.date] = set()
    for span in Span.objects.order_by("-until_on", "-id")[:2]:
        edges = (span.due_on, span.until_on, span.seen_on + datetime.timedelta(days=30))
        days |= {edge + datetime.timedelta(days=more) for edge in edges if edge is not None for more in (0, 1)}
    return days


def _by(seen: "Counter[tuple[int, int, int, int]]", place: int) -> dict[int, int]:
    sums: Counter[int] = Counter()
    for key, number in seen.items():
        sums[key[place]] += number
    return {key: number for key, number in sums.items() if number}


def test_a_large_asset_becomes_a_node_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _play([(2, 1, Told(_rows(), tool="Tool"))])
    _count()
    before = queries.dashboard(SYSTEM, Question(told.on, under=ASSETS[2]))
    assert not Placement.objects.filter(nodes__contains=[Asset.objects.get(path=ASSETS[2]).pk]).exists()
    monkeypatch.setattr(rolling, "_MOVED", rolling._MOVED.replace(str(rolling.MOST_UNROLLED), "2"))
    with clock.set_to(datetime.datetime.combine(told.on, START.timetz())):
        told.take(2, Told((*_rows(), *_rows("other.py")), tool="Tool"))
    _count()
    after = queries.dashboard(SYSTEM, Question(told.on, under=ASSETS[2]))
    assert Placement.objects.filter(nodes__contains=[Asset.objects.get(path=ASSETS[2]).pk]).exists()
    assert (before.total.open, after.total.open) == (3, 6)


@pytest.mark.parametrize(("deed", "left"), [("bulk", 1), ("bulk, taken back", 3)])
def test_numbers_follow_a_bulk_change_and_its_undoing(deed: str, left: int) -> None:
    told = _play([(0, 1, Told(_rows(), tool="Tool")), (0, 1, (deed, 0))])
    _count()
    assert Finding.objects.filter(state__in=OPEN_STATES).count() == left
    assert queries.dashboard(SYSTEM, Question(told.on)).total.open == left


def test_an_asset_that_is_gone_is_in_no_number() -> None:
    told = _play([(0, 1, Told(_rows(), tool="Tool")), (2, 1, Told(_rows(), tool="Tool"))])
    _count()
    gone = Asset.objects.get(path=ASSETS[0]).pk
    Finding.objects.filter(asset_id=gone).delete()
    with connection.cursor() as cursor:
        for table in ("scans_scope", "scans_scan"):
            cursor.execute(f"DELETE FROM {table} WHERE asset_id = %s", [gone])
        cursor.execute("DELETE FROM inventory_asset WHERE id = %s", [gone])
    _count()
    assert queries.dashboard(SYSTEM, Question(told.on)).total.open == 3
    assert not Span.objects.filter(asset=gone).exists()


def test_what_costs_is_what_changed(
    django_assert_max_num_queries: Callable[[int], contextlib.AbstractContextManager[object]],
) -> None:
    _play([(0, 1, Told(_rows(), tool="Tool")), (2, 1, Told(_rows(), tool="Tool"))])
    _count()
    with django_assert_max_num_queries(15):
        assert metrics.catch_up().looked_at == 0
    ids = list(Finding.objects.values_list("id", flat=True)[:1])
    findings.comment(SYSTEM, ids[0], "Seen.")
    changed = metrics.catch_up()
    assert (changed.looked_at, changed.rewritten) == (1, 0)


def test_other_due_dates_have_everything_counted_anew() -> None:
    told = _play([(0, 1, Told(_rows(), tool="Tool"))])
    _count()
    late = told.on + datetime.timedelta(days=20)
    assert queries.dashboard(SYSTEM, Question(late)).total.overdue == 0
    policies.activate_sla(SYSTEM, "remediate: {medium: 10 days}")
    policies.apply_to_all()
    _count()
    assert queries.dashboard(SYSTEM, Question(late)).total.overdue == 3
    assert Progress.objects.get().counted_at is not None


def _rows(file: str = "a.py") -> tuple[Observation, ...]:
    return tuple(code(f"rule-{number}", file, number, f"run({number})") for number in range(1, 4))
