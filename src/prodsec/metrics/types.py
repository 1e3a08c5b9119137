"""What crosses the border of `metrics`."""

import datetime
import enum
from dataclasses import dataclass, field

from prodsec.vocabulary.severity import Severity

# Ages of open findings in days, from and below; the last has no end.
AGES: tuple[tuple[int, int | None], ...] = ((0, 8), (8, 31), (31, 91), (91, 181), (181, 366), (366, None))


class Entry(enum.IntEnum):
    """How a span begins. Stored as its number."""

    CARRIED = 0
    OPENED = 1
    REOPENED = 2


class Ending(enum.IntEnum):
    """How a span ends. Stored as its number; one that goes on, or goes on as another, has none."""

    NONE = 0
    FIXED = 1
    DISMISSED = 2


@dataclass(frozen=True)
class Span:
    """A time for which a finding was open with one severity and one owner.

    until_on    the day it ended; None while it goes on
    seen_on     the day the finding was first detected, from which its age counts
    due_on      the day it is due, as of now; None when no due date is known
    team        the owner team; 0 is nobody
    """

    finding_id: int
    asset: int
    team: int
    severity: int
    kind: int
    from_on: datetime.date
    until_on: datetime.date | None
    seen_on: datetime.date
    due_on: datetime.date | None
    entry: Entry
    ending: Ending


class Measure(enum.StrEnum):
    """What can be counted, and listed. The first nine are levels at the end of a day, the others happen in a period."""

    OPEN = "open"
    OVERDUE = "overdue"
    UNDATED = "undated"
    AGE_0 = "age_0"
    AGE_1 = "age_1"
    AGE_2 = "age_2"
    AGE_3 = "age_3"
    AGE_4 = "age_4"
    AGE_5 = "age_5"
    OPENED = "opened"
    REOPENED = "reopened"
    FIXED = "fixed"
    DISMISSED = "dismissed"
    IN_TIME = "in_time"
    LATE = "late"

    @property
    def is_level(self) -> bool:
        """Whether it is how things stand at the end of a day, rather than what happens in a period."""
        return self in LEVELS


AGE_MEASURES = (Measure.AGE_0, Measure.AGE_1, Measure.AGE_2, Measure.AGE_3, Measure.AGE_4, Measure.AGE_5)
LEVELS = (Measure.OPEN, Measure.OVERDUE, Measure.UNDATED, *AGE_MEASURES)
FLOWS = (Measure.OPENED, Measure.REOPENED, Measure.FIXED, Measure.DISMISSED, Measure.IN_TIME, Measure.LATE)
FIXED_DAYS = "fixed_days"
COLUMNS = (*(measure.value for measure in (*LEVELS, *FLOWS)), FIXED_DAYS)


class Period(enum.StrEnum):
    """How far back a page looks, and in which steps."""

    MONTH = "30d"
    QUARTER = "91d"
    YEAR = "364d"
    TWO_YEARS = "728d"

    @property
    def step_days(self) -> int:
        """How many days a point stands for."""
        return {"30d": 1, "91d": 7, "364d": 7, "728d": 28}[self.value]

    @property
    def points(self) -> int:
        """How many points there are."""
        return int(self.value[:-1]) // self.step_days


@dataclass(frozen=True)
class Question:
    """What a dashboard is asked: how things stand at the end of `as_of`, and the period that ends then.

    under       a place in the tree with everything below it; empty is all that the viewer sees
    team        an owner team; 0 is nobody, None any
    kind        a kind of finding; None any
    """

    as_of: datetime.date
    period: Period = Period.QUARTER
    under: str = ""
    team: int | None = None
    kind: int | None = None

    @property
    def start_on(self) -> datetime.date:
        """The first day of the period."""
        return self.as_of - datetime.timedelta(days=self.period.points * self.period.step_days - 1)


@dataclass
class Sums:
    """One number a measure."""

    open: int = 0
    overdue: int = 0
    undated: int = 0
    age_0: int = 0
    age_1: int = 0
    age_2: int = 0
    age_3: int = 0
    age_4: int = 0
    age_5: int = 0
    opened: int = 0
    reopened: int = 0
    fixed: int = 0
    dismissed: int = 0
    in_time: int = 0
    late: int = 0
    fixed_days: int = 0

    def add(self, other: "Sums", *, levels: bool = True, flows: bool = True) -> None:
        """Add another's numbers, or some kinds of them."""
        wanted = (*(LEVELS if levels else ()), *(FLOWS if flows else ()), *((FIXED_DAYS,) if flows else ()))
        for name in wanted:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def dated_open(self) -> int:
        """Open findings that have a due date."""
        return self.open - self.undated

    @property
    def overdue_share(self) -> float | None:
        """Open past SLA of all open ones with a due date; None when there is none. Source: vulnerability-management.md §3."""
        return self.overdue / self.dated_open if self.dated_open else None

    @property
    def adherence(self) -> float | None:
        """Fixed by their due date, of all fixed that had one; None when there is none. Source: as `overdue_share`."""
        dated = self.in_time + self.late
        return self.in_time / dated if dated else None

    @property
    def days_to_fix(self) -> float | None:
        """Mean days from first detection to the fix; None when nothing was fixed."""
        return self.fixed_days / self.fixed if self.fixed else None

    @property
    def closed(self) -> int:
        """Fixed and dismissed."""
        return self.fixed + self.dismissed

    @property
    def arrived(self) -> int:
        """Opened and reopened."""
        return self.opened + self.reopened


@dataclass(frozen=True)
class Point:
    """A step of the period: its days, what happened in them, and how things stood at its end, by severity."""

    from_on: datetime.date
    to_on: datetime.date
    by_severity: dict[Severity, Sums]
    total: Sums


@dataclass(frozen=True)
class TeamLine:
    """One owner team (0: nobody): how it stands at the end, and what happened in the period."""

    team: int
    name: str
    total: Sums
    by_severity: dict[Severity, Sums]


@dataclass(frozen=True)
class Dashboard:
    """All numbers of a page. Levels of `total` and `by_severity` are as of the end, flows of the whole period."""

    question: Question
    points: list[Point]
    total: Sums
    by_severity: dict[Severity, Sums]
    teams: list[TeamLine]


@dataclass(frozen=True)
class Freshness:
    """How far the numbers go. counted_at: all that was recorded by then is counted; None when nothing ever was.

    share   while everything is counted for the first time: how much is done, from 0 to 1
    """

    counted_at: datetime.datetime | None
    share: float | None = None


@dataclass(frozen=True)
class Wanted:
    """Which findings a number counts: a measure, at the end of `until_on` for a level, from `from_on` to it for what happens."""

    measure: Measure
    until_on: datetime.date
    from_on: datetime.date | None = None
    under: str = ""
    team: int | None = None
    kind: int | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Counted:
    """One finding that a number counts."""

    span_id: int
    finding_id: int
    title: str
    place_label: str
    asset_id: int
    asset_path: str
    severity: Severity
    owner: str
    seen_on: datetime.date
    due_on: datetime.date | None
    from_on: datetime.date
    until_on: datetime.date | None
    ending: Ending


@dataclass
class Changed:
    """What a catch-up did: findings looked at, those whose spans changed, and whether it has reached the end."""

    looked_at: int = 0
    rewritten: int = 0
    is_done: bool = True
    assets: set[int] = field(default_factory=set)
