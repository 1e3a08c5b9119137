"""When a notice goes out: at once or with the next digest, never in quiet hours; by the wall clock of the reader's zone.

Twice a year that clock stands still or repeats: a time that does not exist counts as the moment it would have been without the
change, one that exists twice as the first of the two that is still to come.
"""

import datetime
import functools
import zoneinfo

from prodsec.kit.errors import InvalidError
from prodsec.notifications.types import Pace, Rhythm

_DAY = datetime.timedelta(days=1)
# A give-up is tried this long, with pauses that double, before a channel counts as dead.
_FIRST_PAUSE, _LONGEST_PAUSE = datetime.timedelta(minutes=1), datetime.timedelta(hours=4)
MOST_ATTEMPTS = 10


@functools.cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(zoneinfo.available_timezones())


@functools.lru_cache(maxsize=1024)
def zone(name: str) -> zoneinfo.ZoneInfo:
    """A time zone by its IANA name. Raises: InvalidError."""
    if name not in zones():
        raise InvalidError(f"{name[:60]!r} is no time zone; give one like Europe/Berlin", place="zone")
    return zoneinfo.ZoneInfo(name)


def goes_out_at(written: datetime.datetime, rhythm: Rhythm, *, is_urgent: bool) -> datetime.datetime:
    """When a notice goes out that was written then; what is urgent waits for the end of quiet hours only."""
    if is_urgent or rhythm.pace is Pace.AT_ONCE:
        return after_quiet(written, rhythm)
    return after_quiet(_next_digest(written, rhythm), rhythm)


def is_quiet(moment: datetime.datetime, rhythm: Rhythm) -> bool:
    """Whether the reader wants to hear nothing now."""
    begin, end = rhythm.quiet_from, rhythm.quiet_until
    if begin is None or end is None or begin == end:
        return False
    shown = moment.astimezone(zone(rhythm.zone)).time()
    return begin <= shown < end if begin < end else shown >= begin or shown < end


def after_quiet(moment: datetime.datetime, rhythm: Rhythm) -> datetime.datetime:
    """The moment itself, or, in quiet hours, when they end."""
    if not is_quiet(moment, rhythm) or rhythm.quiet_until is None:
        return moment
    return next(end for end in _moments_at(rhythm.quiet_until, moment, rhythm) if not is_quiet(end, rhythm))


def pause_after(attempts: int) -> datetime.timedelta:
    """How long to wait after so many attempts that failed."""
    doublings: int = min(max(attempts - 1, 0), 20)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


def _next_digest(written: datetime.datetime, rhythm: Rhythm) -> datetime.datetime:
    if rhythm.pace is Pace.HOURLY:
        return written.replace(minute=0, second=0, microsecond=0) + datetime.timedelta(hours=1)
    local = zone(rhythm.zone)
    return next(
        moment
        for moment in _moments_at(rhythm.at, written, rhythm)
        if rhythm.pace is Pace.DAILY or moment.astimezone(local).weekday() == rhythm.weekday
    )


def _moments_at(shown: datetime.time, after: datetime.datetime, rhythm: Rhythm) -> list[datetime.datetime]:
    """When the clock shows this time, strictly after a moment, in order: of the next nine days."""
    local = zone(rhythm.zone)
    first = after.astimezone(local).date() - _DAY
    found = {
        datetime.datetime.combine(first + _DAY * day, shown, local).replace(fold=fold).astimezone(datetime.UTC)
        for day in range(11)
        for fold in (0, 1)
    }
    return sorted(moment for moment in found if moment > after)
