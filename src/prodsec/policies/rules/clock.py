"""Clocks, computed: start = max(first detected, fix available), due = start + time allowed + extensions.

`rebuild` computes a finding's clocks from its history alone; the stored rows always equal it. A pause (a vendor's fix is not
there yet, by decision) moves the due date by the days it lasted. A new severity counts from the opening.
Source: domain/vulnerability-management.md §3.
"""

import datetime
from dataclasses import dataclass

from prodsec.policies.types import ClockKind, ClockValue, Sla
from prodsec.vocabulary.severity import Severity


@dataclass(frozen=True)
class History:
    """What of a finding decides its clocks.

    stopped_at          when it was resolved or dismissed; None while it is open
    mitigated_at        when a mitigation was put in place
    kind_word           the kind of finding, which says whether a fix has to be awaited
    """

    kind_word: str
    severity: Severity
    first_seen_at: datetime.datetime
    fix_available_at: datetime.datetime | None = None
    mitigated_at: datetime.datetime | None = None
    stopped_at: datetime.datetime | None = None
    extension_days: int = 0
    paused_days: int = 0


def rebuild(sla: Sla, history: History) -> list[ClockValue]:
    """The clocks of a finding: none, remediate, or mitigate and remediate, in this order of kinds."""
    started_at = start_of(sla, history)
    clocks = []
    for kind, hours in ((ClockKind.MITIGATE, sla.mitigate_hours), (ClockKind.REMEDIATE, sla.remediate_hours)):
        allowed = hours.get(history.severity)
        if allowed is None:
            continue
        extension = history.extension_days if kind is ClockKind.REMEDIATE else 0
        paused = history.paused_days if kind is ClockKind.REMEDIATE else 0
        stopped = history.stopped_at
        if kind is ClockKind.MITIGATE and history.mitigated_at is not None:
            stopped = min(history.mitigated_at, stopped) if stopped else history.mitigated_at
        clocks.append(
            ClockValue(
                kind=kind,
                severity=history.severity,
                started_at=started_at,
                due_at=started_at + datetime.timedelta(hours=allowed, days=extension + paused),
                allowed_hours=allowed,
                extension_days=extension,
                paused_days=paused,
                stopped_at=stopped,
            )
        )
    return clocks


def start_of(sla: Sla, history: History) -> datetime.datetime:
    """When the clock starts."""
    waits = history.kind_word in sla.waits_for_fix
    if waits and history.fix_available_at is not None and history.fix_available_at > history.first_seen_at:
        return history.fix_available_at
    return history.first_seen_at


def explain(clock: ClockValue, history: History, sla: Sla, version: int) -> str:
    """Why the date is what it is, in one sentence with the numbers."""
    detected = f"first detected {history.first_seen_at:%Y-%m-%d}"
    if clock.started_at != history.first_seen_at:
        begin = f"the fix became available {clock.started_at:%Y-%m-%d}, after it was {detected}"
    elif history.kind_word in sla.waits_for_fix and history.fix_available_at is not None:
        begin = f"it was {detected}; the fix was there already"
    else:
        begin = f"it was {detected}"
    allowed = (
        f"{clock.allowed_hours // 24} days"
        if clock.allowed_hours % 24 == 0 and clock.allowed_hours > 24
        else f"{clock.allowed_hours} hours"
    )
    more = f" plus {clock.extension_days} days of approved extensions" if clock.extension_days else ""
    more += f" plus {clock.paused_days} days of pause" if clock.paused_days else ""
    verb = "mitigated" if clock.kind is ClockKind.MITIGATE else "remediated"
    return (
        f"To be {verb} by {clock.due_at:%Y-%m-%d}: {begin}; {history.severity.word} allows {allowed}{more} "
        f"(SLA version {version})."
    )
