"""Deeds as forms ask for them and as pages tell of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from prodsec.findings.queries import BulkFacts
from prodsec.findings.types import BulkState, Deed, DeedKind, DismissalReason, EventKind, SomebodysChange
from prodsec.findings.web import history
from prodsec.kit.errors import InvalidError
from prodsec.vocabulary.severity import Severity

LABELS: dict[DeedKind, Promise] = {
    DeedKind.CONFIRM: gettext_lazy("Confirm"),
    DeedKind.DISMISS: gettext_lazy("Dismiss"),
    DeedKind.ASSIGN: gettext_lazy("Assign"),
    DeedKind.SEVERITY: gettext_lazy("Set severity"),
    DeedKind.START: gettext_lazy("Start fixing"),
    DeedKind.MITIGATE: gettext_lazy("Mitigated"),
    DeedKind.REOPEN: gettext_lazy("Reopen"),
}
KEYS = {DeedKind.CONFIRM: "c", DeedKind.DISMISS: "d", DeedKind.ASSIGN: "a", DeedKind.SEVERITY: "s"}
_TOLD: dict[DeedKind, Callable[[int], str]] = {
    DeedKind.CONFIRM: lambda n: ngettext("{number} finding confirmed.", "{number} findings confirmed.", n),
    DeedKind.DISMISS: lambda n: ngettext("{number} finding dismissed.", "{number} findings dismissed.", n),
    DeedKind.ASSIGN: lambda n: ngettext("{number} finding assigned.", "{number} findings assigned.", n),
    DeedKind.SEVERITY: lambda n: ngettext(
        "The severity of {number} finding was set.", "The severity of {number} findings was set.", n
    ),
    DeedKind.START: lambda n: ngettext("{number} finding is being fixed.", "{number} findings are being fixed.", n),
    DeedKind.MITIGATE: lambda n: ngettext("{number} finding mitigated.", "{number} findings mitigated.", n),
    DeedKind.REOPEN: lambda n: ngettext("{number} finding reopened.", "{number} findings reopened.", n),
}


@dataclass(frozen=True)
class Choice:
    """A deed that a page offers, with its key."""

    word: str
    label: Promise
    key: str


def choices() -> list[Choice]:
    """All deeds, the ones with a key first."""
    return [Choice(kind.word, label, KEYS.get(kind, "")) for kind, label in LABELS.items()]


def deed_in(given: QueryDict, word: str = "") -> Deed:
    """The deed that a form asks for. Raises: InvalidError for none, and for fields that cannot be."""
    kind = DeedKind.__members__.get((word or given.get("deed", "")).upper())
    if kind is None:
        raise InvalidError(_("there is no such deed"), place="deed")
    is_dismissal = kind is DeedKind.DISMISS
    return Deed(
        kind=kind,
        reason=given.get("dismiss_reason" if is_dismissal else "reason", "").strip() if takes_reason(kind) else "",
        dismissal=_dismissal(given) if is_dismissal else None,
        severity=_severity(given) if kind is DeedKind.SEVERITY else None,
        person_id=number(given, "person") if kind is DeedKind.ASSIGN else None,
    )


def takes_reason(kind: DeedKind) -> bool:
    """Whether its form has a field for the reason; a list has one form for all deeds."""
    return kind not in (DeedKind.CONFIRM, DeedKind.START, DeedKind.ASSIGN)


def named_in(given: QueryDict) -> dict[int, int | None]:
    """The findings that a form names as `id.revision`, or just `id`. Raises: InvalidError for none."""
    found: dict[int, int | None] = {}
    for value in given.getlist("finding"):
        finding, _dot, revision = value.partition(".")
        if finding.isdecimal() and len(finding) < 18:
            found[int(finding)] = int(revision) if revision.isdecimal() and len(revision) < 18 else None
    if not found:
        raise InvalidError(_("choose at least one finding"), place="finding")
    return found


def told(facts: BulkFacts, changes: Sequence[SomebodysChange] = ()) -> str:
    """What a bulk change did, and what it left alone and why, in sentences."""
    if facts.state.is_under_way:
        is_back = facts.state is BulkState.UNDOING
        words = (
            _("Being taken back: {done} of {total} so far.") if is_back else _("Under way: {done} of {total} so far.")
        )
        return words.format(done=facts.handled, total=facts.total)
    if facts.state is BulkState.UNDONE:
        said = [
            _counted(
                facts.undone,
                lambda n: ngettext("{number} finding is as before.", "{number} findings are as before.", n),
            )
        ]
        if facts.kept:
            said.append(_counted(facts.kept, lambda n: ngettext(
                "{number} was changed since and stays.", "{number} were changed since and stay.", n)))  # fmt: skip
        return " ".join(said)
    said = [_counted(facts.done, _TOLD[facts.deed])]
    if facts.already:
        said.append(
            _counted(facts.already, lambda n: ngettext("{number} was so already.", "{number} were so already.", n))
        )
    if facts.refused:
        said.append(_counted(facts.refused, lambda n: ngettext(
            "{number} is in a state that does not allow it.", "{number} are in a state that does not allow it.", n)))  # fmt: skip
    if facts.not_yours:
        said.append(_counted(facts.not_yours, lambda n: ngettext(
            "{number} is not yours to change.", "{number} are not yours to change.", n)))  # fmt: skip
    if facts.changed_since:
        said.append(_counted(facts.changed_since, lambda n: ngettext(
            "{number} was left alone, since somebody changed it in between:",
            "{number} were left alone, since somebody changed them in between:", n)))  # fmt: skip
        said += [told_change(change) for change in changes[:5]]
    return " ".join(said)


def told_change(change: SomebodysChange) -> str:
    """Who did what to which finding, and why."""
    what = str(history.words_of(EventKind(change.kind)))
    why = f" ({change.reason[:200]})" if change.reason else ""
    return _("finding {number}: {actor} {what}{why}.").format(
        number=change.finding_id, actor=change.actor, what=what, why=why
    )


def number(given: QueryDict, name: str) -> int | None:
    """A number of a form; None for a field left empty."""
    text = given.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _counted(count: int, words: Callable[[int], str]) -> str:
    return words(count).format(number=count)


def _dismissal(given: QueryDict) -> DismissalReason:
    known = {str(reason.value): reason for reason in DismissalReason}
    chosen = known.get(given.get("kind", ""))
    if chosen is None:
        raise InvalidError(_("choose why it is no work"), place="kind")
    return chosen


def _severity(given: QueryDict) -> Severity | None:
    chosen = number(given, "severity")
    if chosen is not None and chosen not in set(Severity):
        raise InvalidError(_("choose a severity"), place="severity")
    return None if chosen is None else Severity(chosen)
