"""A finding's spans out of its events.

What begins and ends in one instant was never there: a finding that an import opens and an earlier decision dismisses at once is
not counted as opened. Severity and owner between two events are what the later one says they were before it.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from prodsec.findings.types import EventKind
from prodsec.metrics.types import Ending, Entry, Span

_OPENS = frozenset({EventKind.OPENED, EventKind.REOPENED, EventKind.REOPENED_BY_PERSON})
_ENDINGS = {EventKind.RESOLVED: Ending.FIXED, EventKind.DISMISSED: Ending.DISMISSED}
# The kinds of event that may say something here.
TELLING = (
    *(kind.value for kind in (*_OPENS, *_ENDINGS)),
    EventKind.MOVED.value,
    EventKind.CHANGED.value,
    EventKind.SEEN_BY.value,
    EventKind.GONE_FROM.value,
    EventKind.SEVERITY_SET.value,
    EventKind.OWNER_CHANGED.value,
)


@dataclass(frozen=True)
class Facts:
    """What holds of a finding now. due_on: by when it has to be fixed; team: its owner, 0 is nobody."""

    finding_id: int
    asset: int
    kind: int
    severity: int
    team: int
    first_seen_on: datetime.date
    due_on: datetime.date | None


@dataclass(frozen=True)
class Happening:
    """An event, with the severity and the owner (0: nobody) before it where it says them."""

    at: datetime.datetime
    kind: int
    severity_before: int | None = None
    team_before: int | None = None


@dataclass
class _Moment:
    """All that happened in one instant: the last word on whether it is open, and severity and owner afterwards."""

    at: datetime.datetime
    severity: int
    team: int
    last: int | None = None


def spans_of(facts: Facts, happenings: Sequence[Happening]) -> list[Span]:
    """The spans of a finding. Shape: `happenings` in the order in which they were recorded. Order: oldest first."""
    spans: list[Span] = []
    begun: _Moment | None = None
    entry, was_open, seen_on = Entry.OPENED, False, facts.first_seen_on
    for moment in _moments(facts, happenings):
        opens = moment.last in _OPENS if moment.last is not None else begun is not None
        if begun is None:
            if opens:
                begun, entry = moment, Entry.REOPENED if was_open else Entry.OPENED
                seen_on = seen_on if was_open else min(seen_on, moment.at.date())
                was_open = True
            continue
        if opens and (moment.severity, moment.team) == (begun.severity, begun.team):
            continue
        ending = Ending.NONE if opens or moment.last is None else _ENDINGS[EventKind(moment.last)]
        until_on = moment.at.date()
        # A carried span of no time says nothing: nothing happened in it, and no day ended in it.
        if entry is not Entry.CARRIED or ending is not Ending.NONE or until_on > begun.at.date():
            spans.append(_span(facts, begun, entry=entry, seen_on=seen_on, until_on=until_on, ending=ending))
        begun, entry = (moment, Entry.CARRIED) if opens else (None, entry)
    if begun is not None:
        spans.append(_span(facts, begun, entry=entry, seen_on=seen_on, until_on=None, ending=Ending.NONE))
    return spans


def _span(
    facts: Facts,
    begun: _Moment,
    *,
    entry: Entry,
    seen_on: datetime.date,
    until_on: datetime.date | None,
    ending: Ending,
) -> Span:
    return Span(
        finding_id=facts.finding_id,
        asset=facts.asset,
        team=begun.team,
        severity=begun.severity,
        kind=facts.kind,
        from_on=begun.at.date(),
        until_on=until_on,
        seen_on=seen_on,
        due_on=facts.due_on,
        entry=entry,
        ending=ending,
    )


def _moments(facts: Facts, happenings: Sequence[Happening]) -> list[_Moment]:
    """Instants, oldest first. What was recorded later did not happen earlier, whatever a clock said."""
    severity, team = facts.severity, facts.team
    after = []
    for one in reversed(happenings):
        after.append((severity, team))
        severity = severity if one.severity_before is None else one.severity_before
        team = team if one.team_before is None else one.team_before
    moments: list[_Moment] = []
    for one, (severity, team) in zip(happenings, reversed(after), strict=True):
        if not moments or one.at > moments[-1].at:
            moments.append(_Moment(one.at, severity, team))
        moment = moments[-1]
        moment.severity, moment.team = severity, team
        if one.kind in _OPENS or one.kind in _ENDINGS:
            moment.last = one.kind
    return moments
