"""Clocks as pure arithmetic: the published case, and what no history may break."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.findings.types import EventKind
from prodsec.policies.rules import clock, histories
from prodsec.policies.rules.documents import parse_sla
from prodsec.policies.rules.histories import Happening
from prodsec.policies.services.documents import default_text
from prodsec.policies.types import ClockKind, ClockValue, DocumentError
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

SLA = parse_sla(default_text())
DAY = datetime.timedelta(days=1)


def on(year: int, month: int, day: int) -> datetime.datetime:
    return datetime.datetime(year, month, day, tzinfo=datetime.UTC)


def remediation(history: clock.History) -> ClockValue:
    return next(one for one in clock.rebuild(SLA, history) if one.kind is ClockKind.REMEDIATE)


def test_the_published_case() -> None:
    history = clock.History(
        kind_word="dependency",
        severity=Severity.HIGH,
        first_seen_at=on(2026, 1, 1),
        fix_available_at=on(2026, 1, 15),
        stopped_at=on(2026, 2, 18),
        extension_days=7,
    )
    assert remediation(history).due_at == on(2026, 2, 21)
    told = clock.explain(remediation(history), history, SLA, 3)
    for part in ("2026-02-21", "2026-01-15", "2026-01-01", "high", "30 days", "7 days", "version 3"):
        assert part in told


@pytest.mark.parametrize(
    ("severity", "days"), [(Severity.CRITICAL, 30), (Severity.HIGH, 30), (Severity.MEDIUM, 90), (Severity.LOW, 180)]
)
def test_the_table_of_times(severity: Severity, days: int) -> None:
    history = clock.History(kind_word="code", severity=severity, first_seen_at=on(2026, 3, 1))
    assert remediation(history).due_at == on(2026, 3, 1) + days * DAY
    mitigations = [one.due_at for one in clock.rebuild(SLA, history) if one.kind is ClockKind.MITIGATE]
    assert mitigations == ([on(2026, 3, 2)] if severity is Severity.CRITICAL else [])


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.UNKNOWN])
def test_what_nobody_rated_has_no_date(severity: Severity) -> None:
    assert clock.rebuild(SLA, clock.History(kind_word="code", severity=severity, first_seen_at=on(2026, 1, 1))) == []


def test_own_code_does_not_wait_for_a_fix() -> None:
    history = clock.History("code", Severity.HIGH, on(2026, 1, 1), fix_available_at=on(2026, 6, 1))
    assert remediation(history).started_at == on(2026, 1, 1)


moments = st.integers(0, 3_650 * 24).map(lambda hours: on(2020, 1, 1) + datetime.timedelta(hours=hours))
openings = st.builds(
    clock.History,
    kind_word=st.sampled_from([kind.word for kind in Kind]),
    severity=st.sampled_from(list(Severity)),
    first_seen_at=moments,
    fix_available_at=st.none() | moments,
)


@given(openings, st.integers(0, 400), st.integers(0, 400))
def test_due_never_precedes_start_and_extensions_add(opening: clock.History, first: int, second: int) -> None:
    plain = clock.rebuild(SLA, opening)
    told = [Happening(opening.first_seen_at, EventKind.OPENED)]
    told += [Happening(opening.first_seen_at + DAY, EventKind.EXTENDED, days=days) for days in (first, second)]
    for before, after in zip(plain, histories.rebuild(SLA, opening, told), strict=True):
        assert before.started_at <= before.due_at
        assert before.started_at >= opening.first_seen_at
        added = (first + second) * DAY if before.kind is ClockKind.REMEDIATE else 0 * DAY
        assert after.due_at == before.due_at + added


@given(openings, st.integers(0, 90), st.integers(0, 90))
def test_a_pause_moves_the_date_by_its_whole_days(opening: clock.History, after: int, days: int) -> None:
    at = opening.first_seen_at
    told = [
        Happening(at, EventKind.OPENED),
        Happening(at + after * DAY, EventKind.PAUSED),
        Happening(at + (after + days) * DAY, EventKind.RESUMED),
    ]
    for one in histories.rebuild(SLA, opening, told):
        assert one.paused_days == (days if one.kind is ClockKind.REMEDIATE else 0)


@given(openings, st.lists(st.tuples(st.sampled_from(list(EventKind)), st.booleans()), max_size=12))
def test_what_was_undone_changes_nothing(opening: clock.History, kinds: list[tuple[EventKind, bool]]) -> None:
    at = opening.first_seen_at
    told = [Happening(at, EventKind.OPENED)]
    told += [Happening(at + n * DAY, kind, is_void=void) for n, (kind, void) in enumerate(kinds, 1)]
    assert histories.rebuild(SLA, opening, told) == histories.rebuild(
        SLA, opening, [one for one in told if not one.is_void]
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("remediate: {high: soon}", "remediate.high"),
        ("remediate: {awful: 3 days}", "remediate.awful"),
        ("remediate: {high: 0 days}", "remediate.high"),
        ("remediate: {high: 3 days}\nwaits_for_fix: [moon]", "waits_for_fix"),
        ("remediate: {high: 3 days}\nremedy: now", "document"),
        ("- high", "document"),
        ("remediate: [", "line"),
        ("", "document"),
    ],
)
def test_a_wrong_document_says_where(text: str, place: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_sla(text)
    assert refused.value.place.startswith(place)
