"""A finding's history as its page tells it: events with who and why, comments where they were said."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.findings.queries import CommentFacts, EventFacts
from prodsec.findings.types import EventKind

_TOLD: dict[EventKind, tuple[str, Promise]] = {
    EventKind.OPENED: ("scan", gettext_lazy("First seen")),
    EventKind.REOPENED: ("scan", gettext_lazy("Seen again, hence reopened")),
    EventKind.RESOLVED: ("done", gettext_lazy("Not seen any more, hence resolved")),
    EventKind.MOVED: ("link", gettext_lazy("Recognised in another place")),
    EventKind.CHANGED: ("pencil", gettext_lazy("Told anew by its tool")),
    EventKind.SEEN_BY: ("scan", gettext_lazy("Seen by another tool")),
    EventKind.GONE_FROM: ("scan", gettext_lazy("One of its tools does not see it any more")),
    EventKind.TRIAGED: ("check", gettext_lazy("confirmed it")),
    EventKind.REMEDIATION_STARTED: ("pencil", gettext_lazy("began to fix it")),
    EventKind.MITIGATED: ("check", gettext_lazy("put a mitigation in place")),
    EventKind.DISMISSED: ("stop", gettext_lazy("dismissed it")),
    EventKind.REOPENED_BY_PERSON: ("undo", gettext_lazy("reopened it")),
    EventKind.SEVERITY_SET: ("warning", gettext_lazy("set its severity")),
    EventKind.ASSIGNED: ("person", gettext_lazy("assigned it")),
    EventKind.OWNER_CHANGED: ("people", gettext_lazy("changed its owner")),
    EventKind.COMMENTED: ("comment", gettext_lazy("said")),
    EventKind.COMMENT_EDITED: ("pencil", gettext_lazy("said otherwise what they had said")),
    EventKind.COMMENT_REMOVED: ("comment", gettext_lazy("took back what they had said")),
    EventKind.CLUSTERED: ("link", gettext_lazy("put it together with another")),
    EventKind.EXTENDED: ("clock", gettext_lazy("extended its due date")),
    EventKind.PAUSED: ("clock", gettext_lazy("paused its clock")),
    EventKind.RESUMED: ("clock", gettext_lazy("resumed its clock")),
    EventKind.PARTED: ("link", gettext_lazy("took it out of its cluster")),
    EventKind.TAKEN_BACK: ("undo", gettext_lazy("took the last step back")),
    EventKind.UNDONE: ("undo", gettext_lazy("took an import back")),
}


def words_of(kind: EventKind) -> Promise:
    """What happened, to stand behind the name of who did it."""
    return _TOLD[kind][1]


@dataclass(frozen=True)
class Entry:
    """One entry: an icon, who, what they did, why; for a comment the comment, unless it was taken back."""

    at: datetime.datetime
    icon: str
    actor: str
    told: Promise
    reason: str
    scan_id: int | None
    details: str
    comment: CommentFacts | None


def entries(
    events: list[EventFacts], comments: list[CommentFacts], people: Mapping[int, str], teams: Mapping[int, str]
) -> list[Entry]:
    """The history, newest first."""
    said = {comment.id: comment for comment in comments if not comment.is_removed}
    return [
        Entry(
            at=event.at,
            icon=_TOLD[event.kind][0],
            actor=event.actor,
            told=_TOLD[event.kind][1],
            reason=event.reason,
            scan_id=event.scan_id,
            details=_details(event, people, teams),
            comment=said.get(_number(event.data.get("comment")) or 0) if event.kind is EventKind.COMMENTED else None,
        )
        for event in events
    ]


def _details(event: EventFacts, people: Mapping[int, str], teams: Mapping[int, str]) -> str:
    """Before and after, in names."""
    if event.kind in (EventKind.ASSIGNED, EventKind.OWNER_CHANGED):
        names = people if event.kind is EventKind.ASSIGNED else teams
        before, after = _number(event.data.get("from")), _number(event.data.get("to"))
        return f"{names.get(before or 0, _('nobody'))} → {names.get(after or 0, _('nobody'))}"
    if event.kind is EventKind.SEVERITY_SET:
        return str(event.data.get("severity") or _("as its sources say"))
    return ""


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
