"""What the list of findings shows besides its rows: words of its values, columns, pages."""

from collections.abc import Sequence
from dataclasses import replace

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.findings.queries import Order
from prodsec.findings.types import DismissalReason
from prodsec.findings.web import words
from prodsec.findings.web.columns import LABELS, parts
from prodsec.kit.pages import Column

SEVERITIES: dict[str, Promise] = {severity.word: name for severity, name in words.SEVERITIES.items()}
STATES: dict[str, Promise] = {
    "open": gettext_lazy("open, in any way"),
    **{state.word: name for state, name in words.STATES.items()},
    "all": gettext_lazy("all"),
}
KINDS: dict[str, Promise] = {kind.word: name for kind, name in words.KINDS.items()}
DUE: dict[str, Promise] = {
    "overdue": gettext_lazy("overdue"),
    "soon": gettext_lazy("due within 7 days"),
    "none": gettext_lazy("no date"),
}
DISMISSAL_REASONS: dict[int, Promise] = {
    DismissalReason.FALSE_POSITIVE.value: gettext_lazy("False positive: it is not there at all"),
    DismissalReason.NOT_AFFECTED.value: gettext_lazy("Not affected: it is there, but cannot be reached"),
    DismissalReason.ACCEPTED.value: gettext_lazy("Accepted: we live with it"),
    DismissalReason.WONT_FIX.value: gettext_lazy("Won't be fixed by its vendor"),
    DismissalReason.DUPLICATE.value: gettext_lazy("Duplicate of another finding"),
}
_MOST_PAGES_BACK = 30
_FIRST = "-"
# Parameters about a page of the list, none of what is asked for.
PAGE_ONLY = ("back", "size", "cursor")


def columns(given: QueryDict, order: Order, shown: Sequence[str]) -> list[Column]:
    """The heads of the columns that are shown."""

    def ordered(label: str, by: Order, direction: str) -> Column:
        return Column(label, _with(given, "order", by.value), direction if order is by else "")

    newest = Order.OLDEST if order is Order.NEWEST else Order.NEWEST
    seen = "descending" if order is Order.NEWEST else "ascending" if order is Order.OLDEST else ""
    heads = {
        "severity": ordered(_("Severity"), Order.SEVERITY, "descending"),
        "due": ordered(_("Due"), Order.DUE, "ascending"),
        "seen": Column(_("First seen"), _with(given, "order", newest.value), seen, is_late=True),
    }
    return [replace(heads.get(name) or Column(str(LABELS[name])), width=width) for name, width in map(parts, shown)]


def pages(given: QueryDict, following: str | None) -> tuple[str, str]:
    """The addresses of the pages before and after; an address remembers the pages that led to it."""
    here, behind = given.get("cursor", ""), [word for word in given.get("back", "").split(".") if word]
    previous = following_address = ""
    if here:
        before = behind[-1] if behind else _FIRST
        previous = _page(given, "" if before == _FIRST else before, behind[:-1])
    if following:
        following_address = _page(given, following, [*behind, here or _FIRST][-_MOST_PAGES_BACK:])
    return previous, following_address


def _page(given: QueryDict, cursor: str, back: list[str]) -> str:
    changed = given.copy()
    for name, value in (("cursor", cursor), ("back", ".".join(back))):
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"?{changed.urlencode()}"


def _with(given: QueryDict, name: str, value: str) -> str:
    changed = given.copy()
    changed[name] = value
    return _page(changed, "", [])
