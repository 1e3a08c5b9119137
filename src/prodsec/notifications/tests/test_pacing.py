"""When notices go out, tried over all zones, times and changes of clocks."""

import dataclasses
import datetime
import zoneinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodsec.kit.errors import InvalidError
from prodsec.notifications.rules import pacing
from prodsec.notifications.types import Pace, Rhythm

ZONES = sorted(zoneinfo.available_timezones())
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)

FIRST, LAST = datetime.date(2020, 1, 1), datetime.date(2037, 12, 31)
instants = st.builds(datetime.datetime.combine, st.dates(FIRST, LAST), st.times(), st.just(datetime.UTC))
times = st.times().map(lambda time: time.replace(microsecond=0))
rhythms = st.builds(
    Rhythm,
    pace=st.sampled_from(Pace),
    at=times,
    weekday=st.integers(0, 6),
    zone=st.sampled_from(ZONES),
    quiet_from=st.none() | times,
    quiet_until=st.none() | times,
)


def berlin(*parts: int, fold: int = 0) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=BERLIN, fold=fold).astimezone(datetime.UTC)  # type: ignore[arg-type,misc]


@given(instants, rhythms, st.booleans())
def test_nothing_goes_out_before_it_was_written_in_quiet_hours_or_much_too_late(
    written: datetime.datetime, rhythm: Rhythm, is_urgent: bool
) -> None:
    out = pacing.goes_out_at(written, rhythm, is_urgent=is_urgent)
    assert out >= written
    assert not pacing.is_quiet(out, rhythm)
    at_once = is_urgent or rhythm.pace is Pace.AT_ONCE
    latest = {Pace.HOURLY: HOUR, Pace.DAILY: DAY, Pace.WEEKLY: 7 * DAY}.get(rhythm.pace, datetime.timedelta())
    # The quiet hours add at most a day; a change of clocks some hours, or a day where a date line was moved.
    assert out - written <= (datetime.timedelta() if at_once else latest) + 2 * DAY + 4 * HOUR


@given(instants, rhythms)
def test_what_is_urgent_outside_of_quiet_hours_goes_out_at_once(written: datetime.datetime, rhythm: Rhythm) -> None:
    if not pacing.is_quiet(written, rhythm):
        assert pacing.goes_out_at(written, rhythm, is_urgent=True) == written


@given(instants, rhythms)
def test_what_was_held_back_goes_out_when_quiet_hours_end(written: datetime.datetime, rhythm: Rhythm) -> None:
    out = pacing.after_quiet(written, rhythm)
    if out != written:
        assert rhythm.quiet_until is not None
        shown = out.astimezone(zoneinfo.ZoneInfo(rhythm.zone))
        gap = shown.utcoffset() != (out - 3 * HOUR).astimezone(zoneinfo.ZoneInfo(rhythm.zone)).utcoffset()
        assert gap or shown.time() == rhythm.quiet_until


@given(instants, instants, rhythms)
def test_who_wrote_first_is_heard_first(one: datetime.datetime, other: datetime.datetime, rhythm: Rhythm) -> None:
    first, second = sorted((one, other))
    assert pacing.goes_out_at(first, rhythm, is_urgent=False) <= pacing.goes_out_at(second, rhythm, is_urgent=False)


@given(instants, rhythms)
@example(berlin(2026, 3, 29, 1, 30), Rhythm(Pace.DAILY, datetime.time(2, 30), zone="Europe/Berlin"))
def test_digests_of_a_day_share_their_moment(written: datetime.datetime, rhythm: Rhythm) -> None:
    rhythm = dataclasses.replace(rhythm, quiet_from=None)
    out = pacing.goes_out_at(written, rhythm, is_urgent=False)
    if rhythm.pace is not Pace.AT_ONCE and out - written > datetime.timedelta(seconds=1):
        between = written + (out - written) / 2
        assert pacing.goes_out_at(between, rhythm, is_urgent=False) == out


def test_a_daily_digest_keeps_its_time_on_the_clock_through_both_changes() -> None:
    rhythm = Rhythm(Pace.DAILY, datetime.time(8), zone="Europe/Berlin")
    out = berlin(2026, 3, 27, 12)
    told = []
    for _ in range(4):
        out = pacing.goes_out_at(out, rhythm, is_urgent=False)
        told.append(out)
    assert told == [berlin(2026, 3, day, 8) for day in (28, 29, 30, 31)]
    assert [moment.hour for moment in told] == [7, 6, 6, 6]


def test_quiet_hours_over_midnight_in_the_hour_that_comes_twice() -> None:
    rhythm = Rhythm(Pace.AT_ONCE, zone="Europe/Berlin", quiet_from=datetime.time(22), quiet_until=datetime.time(2, 30))
    second = berlin(2026, 10, 25, 2, 10, fold=1)
    assert pacing.after_quiet(second, rhythm) == berlin(2026, 10, 25, 2, 30, fold=1)
    # Between the two, the clock shows 2:45, which is not quiet.
    assert pacing.after_quiet(berlin(2026, 10, 25, 2, 45), rhythm) == berlin(2026, 10, 25, 2, 45)


def test_quiet_hours_that_end_at_a_time_that_does_not_exist() -> None:
    rhythm = Rhythm(Pace.AT_ONCE, zone="Europe/Berlin", quiet_from=datetime.time(22), quiet_until=datetime.time(2, 30))
    assert pacing.after_quiet(berlin(2026, 3, 29, 1, 0), rhythm) == berlin(2026, 3, 29, 3, 30)


def test_pauses_grow_and_end_somewhere() -> None:
    pauses = [pacing.pause_after(attempts) for attempts in range(1, 200)]
    assert pauses == sorted(pauses)
    assert pauses[0] == datetime.timedelta(minutes=1)
    assert pauses[-1] == 4 * HOUR


@pytest.mark.parametrize("name", ["", "Mars/Phobos", "../etc/passwd", "europe/berlin" * 20])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidError):
        pacing.zone(name)
