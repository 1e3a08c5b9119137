"""Formulas on stories made by hand, each number on the day before and the day on which it changes."""

import datetime
from dataclasses import replace

import pytest

from prodsec.findings.types import EventKind
from prodsec.metrics.queries import parts
from prodsec.metrics.rules.spans import Facts, Happening, spans_of
from prodsec.metrics.types import AGE_MEASURES, COLUMNS, Ending, Entry, Span, Sums

BEGIN = datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.UTC)
FACTS = Facts(
    1,
    asset=7,
    kind=3,
    severity=3,
    team=5,
    first_seen_on=BEGIN.date(),
    due_on=BEGIN.date() + datetime.timedelta(days=30),
)


def on(days: int, kind: EventKind, *, severity: int | None = None, team: int | None = None, hour: int = 0) -> Happening:
    return Happening(BEGIN + datetime.timedelta(days=days, hours=hour), kind.value, severity, team)


def day(number: int) -> datetime.date:
    return BEGIN.date() + datetime.timedelta(days=number)


def short(spans: list[Span]) -> list[tuple[int, int | None, int, int, Entry, Ending]]:
    """Days from the beginning, severity, team, entry and ending."""
    return [
        (
            (s.from_on - day(0)).days,
            None if s.until_on is None else (s.until_on - day(0)).days,
            s.severity,
            s.team,
            s.entry,
            s.ending,
        )
        for s in spans
    ]


def test_opened_fixed_reopened() -> None:
    story = [on(0, EventKind.OPENED), on(4, EventKind.RESOLVED), on(9, EventKind.REOPENED)]
    assert short(spans_of(FACTS, story)) == [
        (0, 4, 3, 5, Entry.OPENED, Ending.FIXED),
        (9, None, 3, 5, Entry.REOPENED, Ending.NONE),
    ]


def test_another_severity_or_owner_carries_on() -> None:
    story = [
        on(0, EventKind.OPENED),
        on(2, EventKind.SEVERITY_SET, severity=5),
        on(3, EventKind.OWNER_CHANGED, team=0),
        on(4, EventKind.DISMISSED),
    ]
    assert short(spans_of(FACTS, story)) == [
        (0, 2, 5, 0, Entry.OPENED, Ending.NONE),
        (2, 3, 3, 0, Entry.CARRIED, Ending.NONE),
        (3, 4, 3, 5, Entry.CARRIED, Ending.DISMISSED),
    ]


def test_what_begins_and_ends_in_one_instant_was_never_there() -> None:
    assert spans_of(FACTS, [on(0, EventKind.OPENED), on(0, EventKind.DISMISSED)]) == []
    told = spans_of(FACTS, [on(0, EventKind.OPENED), on(0, EventKind.DISMISSED), on(2, EventKind.REOPENED_BY_PERSON)])
    assert short(told) == [(2, None, 3, 5, Entry.OPENED, Ending.NONE)]


def test_opened_and_fixed_on_one_day_happened_but_no_day_ended_with_it() -> None:
    (span,) = spans_of(FACTS, [on(0, EventKind.OPENED), on(0, EventKind.RESOLVED, hour=3)])
    assert (span.from_on, span.until_on) == (day(0), day(0))


def test_what_is_recorded_later_is_not_earlier() -> None:
    story = [on(5, EventKind.OPENED), on(2, EventKind.RESOLVED), on(8, EventKind.REOPENED)]
    assert [(span.from_on, span.until_on) for span in spans_of(FACTS, story)] == [(day(8), None)]


def test_age_counts_from_the_first_detection() -> None:
    seen_before = replace(FACTS, first_seen_on=day(-40))
    (span,) = spans_of(seen_before, [on(0, EventKind.OPENED)])
    assert span.seen_on == day(-40)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("until", "ending", "as_of", "expected"),
    [
        (None, Ending.NONE, 0, {"open": 1, "opened": 1, "age_0": 1}),
        (None, Ending.NONE, 7, {"open": 1, "opened": 1, "age_0": 1}),
        (None, Ending.NONE, 8, {"open": 1, "opened": 1, "age_1": 1}),
        (None, Ending.NONE, 30, {"open": 1, "opened": 1, "age_1": 1}),
        (None, Ending.NONE, 31, {"open": 1, "opened": 1, "age_2": 1, "overdue": 1}),
        (None, Ending.NONE, 366, {"open": 1, "opened": 1, "age_5": 1, "overdue": 1}),
        (10, Ending.FIXED, 9, {"open": 1, "opened": 1, "age_1": 1}),
        (10, Ending.FIXED, 10, {"opened": 1, "fixed": 1, "in_time": 1, "fixed_days": 10}),
        (30, Ending.FIXED, 400, {"opened": 1, "fixed": 1, "in_time": 1, "fixed_days": 30}),
        (31, Ending.FIXED, 400, {"opened": 1, "fixed": 1, "late": 1, "fixed_days": 31}),
        (40, Ending.DISMISSED, 400, {"opened": 1, "dismissed": 1}),
        (0, Ending.FIXED, 0, {"opened": 1, "fixed": 1, "in_time": 1}),
    ],
)
def test_each_number_of_one_finding(until: int | None, ending: Ending, as_of: int, expected: dict[str, int]) -> None:
    span = Span(
        1, 7, 5, 3, 3, day(0), None if until is None else day(until), day(0), FACTS.due_on, Entry.OPENED, ending
    )
    assert _sums(span, as_of) == expected


@pytest.mark.django_db
def test_without_a_due_date_nothing_is_late_and_nothing_in_time() -> None:
    span = Span(1, 7, 5, 3, 3, day(0), day(90), day(0), None, Entry.OPENED, Ending.FIXED)
    assert _sums(span, 80) == {"open": 1, "opened": 1, "undated": 1, "age_2": 1}
    assert _sums(span, 99) == {"opened": 1, "fixed": 1, "fixed_days": 90}


def _sums(span: Span, as_of: int) -> dict[str, int]:
    """What one span adds to each number until a day; zeros left out."""
    from django.db import connection

    source = """(SELECT %(from)s::date AS from_on, %(until)s::date AS until_on, %(seen)s::date AS seen_on, %(due)s::date AS due_on,
        %(entry)s::int AS entry, %(ending)s::int AS ending, 1 AS one) s"""
    with connection.cursor() as cursor:
        cursor.execute(
            parts.summed(source, keys="s.one", where="p.day <= %(as_of)s"),
            {
                "from": span.from_on, "until": span.until_on, "seen": span.seen_on, "due": span.due_on,
                "entry": span.entry, "ending": span.ending, "as_of": day(as_of),
            },
        )  # fmt: skip
        _, *numbers = cursor.fetchone() or (0, *(0 for _ in COLUMNS))
    return {name: int(number) for name, number in zip(COLUMNS, numbers, strict=True) if number}


def test_shares_say_nothing_of_nothing() -> None:
    assert Sums().adherence is None
    assert Sums(open=3, undated=3).overdue_share is None
    assert Sums().days_to_fix is None
    assert Sums(fixed=5, in_time=3, late=1).adherence == 0.75
    assert Sums(open=5, undated=1, overdue=1).overdue_share == 0.25
    assert len(AGE_MEASURES) == 6
