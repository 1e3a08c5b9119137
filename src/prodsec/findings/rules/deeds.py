"""What each deed needs, from which states it may be done, and what it writes into the history."""

from prodsec.accounts.types import Permission
from prodsec.findings.rules.states import may_follow
from prodsec.findings.types import OPEN_STATES, Deed, DeedKind, EventKind, State
from prodsec.kit.errors import InvalidError

LONGEST_TEXT = 20_000
AFTER = {
    DeedKind.CONFIRM: State.TRIAGED,
    DeedKind.START: State.IN_REMEDIATION,
    DeedKind.MITIGATE: State.MITIGATED,
    DeedKind.DISMISS: State.DISMISSED,
    DeedKind.REOPEN: State.DETECTED,
}
EVENT = {
    DeedKind.CONFIRM: EventKind.TRIAGED,
    DeedKind.START: EventKind.REMEDIATION_STARTED,
    DeedKind.MITIGATE: EventKind.MITIGATED,
    DeedKind.DISMISS: EventKind.DISMISSED,
    DeedKind.REOPEN: EventKind.REOPENED_BY_PERSON,
    DeedKind.SEVERITY: EventKind.SEVERITY_SET,
    DeedKind.ASSIGN: EventKind.ASSIGNED,
}
# Events that say another state than the one before; what came after a deed and is among these stands in the way of taking it back.
OF_STATE = (
    EventKind.REOPENED, EventKind.RESOLVED, EventKind.TRIAGED, EventKind.REMEDIATION_STARTED, EventKind.MITIGATED,
    EventKind.DISMISSED, EventKind.REOPENED_BY_PERSON,
)  # fmt: skip
# What somebody who is about to decide should know of: all that people decide, and what scans open and close.
WORTH_KNOWING = (
    *OF_STATE, EventKind.SEVERITY_SET, EventKind.ASSIGNED, EventKind.OWNER_CHANGED, EventKind.TAKEN_BACK,
)  # fmt: skip
_MISSING = {
    DeedKind.MITIGATE: "say which control is in place",
    DeedKind.DISMISS: "say why; the next person will ask",
    DeedKind.SEVERITY: "say why the severity should be another",
}


def permission_for(kind: DeedKind) -> Permission:
    """What the deed needs on the asset of each finding."""
    return Permission.FINDING_DECIDE if kind is DeedKind.SEVERITY else Permission.FINDING_TRIAGE


def checked(deed: Deed) -> Deed:
    """The deed with its texts made fit to be stored. Raises: InvalidError for one without the reason it needs."""
    if deed.kind in _MISSING and not deed.reason.strip():
        raise InvalidError(_MISSING[deed.kind], place="reason")
    if deed.kind is DeedKind.DISMISS and deed.dismissal is None:
        raise InvalidError("say what kind of dismissal it is", place="kind")
    return Deed(
        kind=deed.kind,
        reason=deed.reason.replace("\x00", "")[:LONGEST_TEXT],
        dismissal=deed.dismissal,
        justification=deed.justification.replace("\x00", "")[:1000],
        severity=deed.severity,
        person_id=deed.person_id,
    )


def from_states(kind: DeedKind) -> list[int]:
    """The states in which the deed changes something; from others it is refused, or done already."""
    if kind is DeedKind.REOPEN:
        return [state.value for state in State if not state.is_open]
    if kind in (DeedKind.SEVERITY, DeedKind.ASSIGN):
        return [state.value for state in State]
    return [state.value for state in State if AFTER[kind] in may_follow(state)]


def done_states(kind: DeedKind) -> list[int]:
    """The states in which there is nothing left to do."""
    if kind is DeedKind.REOPEN:
        return list(OPEN_STATES)
    return [AFTER[kind].value] if kind in AFTER else []


def rivals(kind: DeedKind) -> list[int]:
    """The events after which a deed of this kind is not simply taken back: they speak of the same thing."""
    if kind in AFTER:
        return [event.value for event in OF_STATE]
    return [EVENT[kind].value]
