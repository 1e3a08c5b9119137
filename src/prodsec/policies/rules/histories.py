"""A finding's clocks out of its events alone; the stored rows always equal them.

What an import did that was undone since does not count. A finding that was never open (a tool reported and suppressed it in one
breath, or an earlier decision covered it) has no clocks.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from prodsec.findings.types import EventKind
from prodsec.policies.rules import clock
from prodsec.policies.types import ClockValue, Sla

_OPENS = frozenset({EventKind.OPENED, EventKind.REOPENED, EventKind.REOPENED_BY_PERSON})
_CLOSES = frozenset({EventKind.RESOLVED, EventKind.DISMISSED})


@dataclass(frozen=True)
class Happening:
    """An event, as far as clocks care. `days` is what an extension grants; `is_void` that the import it came from was undone."""

    at: datetime.datetime
    kind: EventKind
    days: int = 0
    is_void: bool = False


def rebuild(sla: Sla, opening: clock.History, happenings: Sequence[Happening]) -> list[ClockValue]:
    """A finding's clocks from its events, oldest first.

    opening: what events do not tell: kind, first detection, fix availability, and the severity that holds now, since a new
    severity counts from the opening.
    """
    _, was_open = _stopped(happenings)
    if not was_open:
        return []
    valid = [one for one in happenings if not one.is_void]
    stopped_at, _ = _stopped(valid)
    mitigated = [one.at for one in valid if one.kind is EventKind.MITIGATED]
    told = replace(
        opening,
        stopped_at=stopped_at,
        mitigated_at=mitigated[-1] if mitigated else None,
        extension_days=sum(one.days for one in valid if one.kind is EventKind.EXTENDED),
        paused_days=_paused_days(valid),
    )
    return clock.rebuild(sla, told)


def _stopped(happenings: Iterable[Happening]) -> tuple[datetime.datetime | None, bool]:
    """When the duty ended (None: it goes on), and whether there was one for any time at all."""
    opened_at = stopped_at = None
    was_open = False
    for one in happenings:
        if one.kind in _OPENS:
            opened_at, stopped_at = opened_at or one.at, None
        elif one.kind in _CLOSES:
            was_open = was_open or (opened_at is not None and one.at > opened_at)
            opened_at, stopped_at = None, stopped_at or one.at
    return stopped_at, was_open or opened_at is not None


def _paused_days(happenings: Iterable[Happening]) -> int:
    days, paused_at = 0, None
    for one in happenings:
        if one.kind is EventKind.PAUSED:
            paused_at = paused_at or one.at
        elif one.kind is EventKind.RESUMED and paused_at is not None:
            days, paused_at = days + (one.at - paused_at).days, None
    return days
