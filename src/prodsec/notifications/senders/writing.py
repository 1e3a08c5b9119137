"""What a message says: the notices of one delivery, by kind, then by asset, the worst first, each with its link."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from prodsec.notifications.rules.texts import one_line
from prodsec.notifications.types import Message, NoticeFacts, NoticeKind
from prodsec.vocabulary.severity import Severity

MOST_LINES = 20

HEADINGS: dict[NoticeKind, Promise | str] = {
    NoticeKind.MENTION: gettext_lazy("You are mentioned"),
    NoticeKind.APPROVAL: gettext_lazy("Your approval is asked"),
    NoticeKind.BREACH: gettext_lazy("Past their due date"),
    NoticeKind.ASSIGNED: gettext_lazy("Assigned to you"),
    NoticeKind.COMMENT: gettext_lazy("Comments"),
    NoticeKind.IMPORT_FAILED: gettext_lazy("Imports that failed"),
    NoticeKind.BULK_DONE: gettext_lazy("Work that is done"),
    NoticeKind.VIEW_CHANGED: gettext_lazy("Saved views"),
}
SEVERITIES: dict[Severity, Promise | str] = {
    Severity.CRITICAL: gettext_lazy("critical"),
    Severity.HIGH: gettext_lazy("high"),
    Severity.MEDIUM: gettext_lazy("medium"),
    Severity.LOW: gettext_lazy("low"),
    Severity.INFO: gettext_lazy("info"),
    Severity.UNKNOWN: gettext_lazy("unknown"),
}


@dataclass(frozen=True)
class Group:
    """The notices of one kind about one asset; `counts` says how many findings of which severity they stand for."""

    place: str
    counts: str
    lines: tuple[NoticeFacts, ...]
    left: int


@dataclass(frozen=True)
class Section:
    """The notices of one kind."""

    heading: str
    groups: tuple[Group, ...]


def composed(notices: Sequence[NoticeFacts], *, address: str, word: str, is_doubtful: bool = False) -> Message:
    """A message of these notices.

    address         where this installation is reached, without a slash at its end
    is_doubtful     whether the same message may have arrived before
    """
    sections = tuple(
        Section(str(HEADINGS[kind]), _groups([notice for notice in notices if notice.kind is kind]))
        for kind in NoticeKind
        if any(notice.kind is kind for notice in notices)
    )
    doubt = _("This message may have come before: an earlier attempt ended without an answer.") if is_doubtful else ""
    context = {"sections": sections, "address": address, "doubt": doubt}
    return Message(
        subject=_subject(notices),
        text=_text(sections, address, doubt),
        html=render_to_string("notifications/message.html", context),
        word=word,
    )


def trial_message(name: str, *, address: str, word: str) -> Message:
    """A message that says nothing but that the channel works."""
    text = _("This channel works: {name}.").format(name=name)
    context = {"sections": (), "sentence": text, "address": address}
    html = render_to_string("notifications/message.html", context)
    return Message(subject=_("Prodsec: a test message"), text=f"{text}\n\n{address}/\n", html=html, word=word)


def counted(notices: Sequence[NoticeFacts]) -> str:
    """How many findings of which severity, the worst first: `2 critical, 1 low`; empty when none has a severity."""
    found = [
        (severity, sum(notice.count for notice in notices if notice.severity is severity))
        for severity in sorted(Severity, reverse=True)
    ]
    return ", ".join(f"{number} {SEVERITIES[severity]}" for severity, number in found if number)


def _subject(notices: Sequence[NoticeFacts]) -> str:
    if len(notices) == 1:
        return f"Prodsec: {one_line(notices[0].title)}"[:200]
    told = ngettext("Prodsec: {number} notice", "Prodsec: {number} notices", len(notices)).format(number=len(notices))
    counts = counted([notice for notice in notices if notice.kind is NoticeKind.BREACH])
    return f"{told} ({_('overdue')}: {counts})" if counts else told


def _groups(notices: list[NoticeFacts]) -> tuple[Group, ...]:
    places = sorted({notice.place for notice in notices})
    return tuple(_group(place, [notice for notice in notices if notice.place == place]) for place in places)


def _group(place: str, notices: list[NoticeFacts]) -> Group:
    worst_first = sorted(notices, key=lambda notice: (-(notice.severity or 0), notice.id))
    return Group(
        place=place,
        counts=counted(notices),
        lines=tuple(worst_first[:MOST_LINES]),
        left=max(0, len(notices) - MOST_LINES),
    )


def _text(sections: Sequence[Section], address: str, doubt: str) -> str:
    said = [doubt, ""] if doubt else []
    for section in sections:
        said += [section.heading.upper(), ""]
        for group in section.groups:
            head = ": ".join(part for part in (group.place, group.counts) if part)
            said += [head] if head else []
            for notice in group.lines:
                said += [f"- {notice.title}", *(f"  {line}" for line in notice.body.splitlines()[:10])]
                said += [f"  {address}{notice.link}"]
            if group.left:
                more = ngettext("- and {number} more", "- and {number} more", group.left).format(number=group.left)
                said += [more, f"  {address}/notifications/"]
            said += [""]
    settings = _("What you hear, and when: {address}").format(address=f"{address}/notifications/settings/")
    return "\n".join([*said, settings, ""])
