"""Shapes of numbers in the API."""

import datetime

from ninja import Schema


class NumbersOut(Schema):
    """Numbers of one population. Shares and the mean are null where nothing was there to take them of."""

    open: int
    overdue: int
    open_without_due_date: int
    ages: list[int]
    opened: int
    reopened: int
    fixed: int
    dismissed: int
    fixed_in_time: int
    fixed_late: int
    overdue_share: float | None
    in_time_share: float | None
    days_to_fix: float | None


class PointOut(Schema):
    """A step of the period: what happened from its first to its last day, and how things stood at its end."""

    from_on: datetime.date
    to_on: datetime.date
    total: NumbersOut
    by_severity: dict[str, NumbersOut]


class TeamNumbers(Schema):
    """An owner team; null is nobody."""

    team: int | None
    name: str
    total: NumbersOut
    by_severity: dict[str, NumbersOut]


class DefinitionOut(Schema):
    """What a number means."""

    name: str
    label: str
    formula: str
    population: str
    target: str
    note: str


class MetricsOut(Schema):
    """The numbers of the page. `counted_at`: all that was recorded by then is in them; null before anything is.

    `age_limits` are the first days of the ranges of `ages`.
    """

    as_of: datetime.date
    from_on: datetime.date
    period: str
    counted_at: datetime.datetime | None
    age_limits: list[int]
    total: NumbersOut
    by_severity: dict[str, NumbersOut]
    points: list[PointOut]
    teams: list[TeamNumbers]
    definitions: list[DefinitionOut]


class CountedOut(Schema):
    """A finding that a number counts, with what it was counted as."""

    finding_id: int
    title: str
    asset_id: int
    asset: str
    severity: str
    owner_team: str
    first_seen_on: datetime.date
    due_on: datetime.date | None
    from_on: datetime.date
    until_on: datetime.date | None


class CountedPage(Schema):
    """Some of the findings that a number counts."""

    items: list[CountedOut]
    next: str | None
