"""Times in filters: `2026-03-31`, `today`, `-30d`, `..7d`, `2026-01-01..today`, `<30d`.

A day as the end of a range belongs to it. A duration without sign points where its field looks: how long ago something was first
seen, how far ahead something is due. Days are those of UTC; a month has 30 days, a year 365.
"""

import datetime
import re
from dataclasses import dataclass

from prodsec.kit.errors import InvalidError

WORDS = {"overdue": "..now", "soon": "now..7d"}
_WORD_OF = {written: word for word, written in WORDS.items()}
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}
_MOST_HOURS = 100 * 365 * 24
_DURATION = re.compile(r"([+-]?)(\d{1,6})([hdwmy])")
_DAY = re.compile(r"(today|yesterday|tomorrow)(?:([+-]\d{1,5})d)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_STEPS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_FIRST, _LAST = datetime.date(1900, 1, 1), datetime.date(2999, 12, 31)
_HELP = "give a date such as 2026-03-31, a time such as 7d or -30d, or a range such as -30d..today"


@dataclass(frozen=True)
class Day:
    """A whole day: a date, or so many days after today."""

    date: datetime.date | None
    step: int = 0

    def next(self, days: int) -> "Day":
        """The day so many days later. Raises: InvalidError beyond the calendar."""
        if self.date is None:
            return Day(None, self.step + days)
        return Day(_known(self.date + datetime.timedelta(days=days)))

    def __str__(self) -> str:
        if self.date is not None:
            return self.date.isoformat()
        word = next((word for word, step in _STEPS.items() if step == self.step), "")
        return word or f"today{self.step:+}d"


@dataclass(frozen=True)
class Distance:
    """A moment so many hours from now; `text` is how it was written, its sign apart."""

    hours: int
    text: str
    sign: str

    def __str__(self) -> str:
        return "now" if not self.text else f"{self.sign}{self.text}"


Moment = Day | Distance
_NOW = Distance(0, "", "")


def normal(text: str, *, is_past: bool, nullable: bool) -> str:
    """The normal form of a value: a range, `none`, or one of `WORDS`. Raises: InvalidError."""
    text = text.strip().lower()
    if text in ("none", "unknown"):
        if nullable:
            return "none"
        raise InvalidError(f"this is always known; {_HELP}")
    if text in WORDS and not is_past:
        return text
    low, high = _ends(text, is_past=is_past)
    if isinstance(low, Day) and isinstance(high, Day) and low.date and high.date and low.date > high.date:
        raise InvalidError(f"{text[:40]!r} begins after it ends")
    written = f"{_written(low, is_past=is_past)}..{_written(high, is_past=is_past)}"
    return written if is_past else _WORD_OF.get(written, written)


def bounds(value: str, now: datetime.datetime) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """The first moment of a normal form's range, and the one after its last; None is open."""
    low, _, high = WORDS.get(value, value).partition("..")
    return _instant(low, now, after=False), _instant(high, now, after=True)


def _ends(text: str, *, is_past: bool) -> tuple[Moment | None, Moment | None]:
    for sign in ("<=", ">=", "<", ">"):
        if text.startswith(sign):
            return _compared(sign, _moment(text[len(sign) :], is_past=is_past), text, is_past=is_past)
    if ".." in text:
        first, _, last = text.partition("..")
        if not first and not last:
            raise InvalidError(f"this range is open at both ends; {_HELP}")
        low = _moment(first, is_past=is_past) if first else None
        high = _moment(last, is_past=is_past) if last else None
        ages = all(_is_age(part) for part in (first, last) if part)
        return (high, low) if is_past and ages else (low, high)
    moment = _moment(text, is_past=is_past)
    if isinstance(moment, Day):
        return moment, moment
    if moment.hours < 0:
        return moment, None if is_past else _NOW
    return _NOW, moment


def _compared(sign: str, moment: Moment, text: str, *, is_past: bool) -> tuple[Moment | None, Moment | None]:
    below = sign.startswith("<")
    if isinstance(moment, Day):
        end = moment if sign.endswith("=") else moment.next(-1 if below else 1)
        return (None, end) if below else (end, None)
    if is_past and _is_age(text.lstrip("<>=")):
        below = not below  # younger than 30 days is later than 30 days ago
    return (None, moment) if below else (moment, None)


def _is_age(text: str) -> bool:
    return bool(_DURATION.fullmatch(text.strip())) and text.strip()[0].isdigit()


def _moment(text: str, *, is_past: bool) -> Moment:
    text = text.strip()
    if text == "now":
        return _NOW
    if match := _DURATION.fullmatch(text):
        hours = int(match[2]) * _HOURS[match[3]]
        if not 0 < hours <= _MOST_HOURS:
            raise InvalidError(f"{text[:40]!r} is no time from 1h to 100y")
        past = match[1] == "-" or (is_past and not match[1])
        return Distance(-hours if past else hours, f"{int(match[2])}{match[3]}", "-" if past else "+")
    if match := _DAY.fullmatch(text):
        return Day(None, _STEPS[match[1]] + int(match[2] or 0))
    if _DATE.fullmatch(text):
        try:
            return Day(_known(datetime.date.fromisoformat(text)))
        except ValueError:
            raise InvalidError(f"{text!r} is not in the calendar; {_HELP}") from None
    raise InvalidError(f"{text[:40]!r} is no time; {_HELP}")


def _known(date: datetime.date) -> datetime.date:
    if not _FIRST <= date <= _LAST:
        raise InvalidError(f"give a date from {_FIRST} to {_LAST}")
    return date


def _written(moment: Moment | None, *, is_past: bool) -> str:
    if isinstance(moment, Distance) and moment.sign == "+" and not is_past:
        return moment.text
    return "" if moment is None else str(moment)


def _instant(text: str, now: datetime.datetime, *, after: bool) -> datetime.datetime | None:
    if not text:
        return None
    moment = _moment(text, is_past=False)
    if isinstance(moment, Distance):
        return now + datetime.timedelta(hours=moment.hours)
    date = moment.date or now.astimezone(datetime.UTC).date() + datetime.timedelta(days=moment.step)
    day = datetime.datetime.combine(date, datetime.time.min, datetime.UTC)
    return day + datetime.timedelta(days=1) if after else day
