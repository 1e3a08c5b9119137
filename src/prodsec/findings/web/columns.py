"""The columns of the findings list: which there are, which somebody chose, in what order and how wide.

A column is one word: its name, then after a colon its width where somebody chose one (`asset:wide`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Viewer
from prodsec.findings import queries, services
from prodsec.findings.types import SavedViewFacts
from prodsec.findings.web import view_bar
from prodsec.kit.pages import way_back

FINDING = "finding"
LABELS: dict[str, Promise] = {
    "severity": _("Severity"),
    FINDING: _("Finding"),
    "asset": _("Asset"),
    "owner": _("Owner"),
    "assignee": _("Assigned to"),
    "state": _("State"),
    "due": _("Due"),
    "seen": _("First seen"),
    "kind": _("Kind"),
    "tool": _("Tool"),
    "vulnerability": _("CVE or other id"),
    "component": _("Component"),
}
AS_NEEDED = ""
WIDTHS: dict[str, Promise] = {AS_NEEDED: _("as wide as it needs"), "narrow": _("narrow"), "wide": _("wide")}
USUAL = ("severity", FINDING, "asset", "owner", "state", "due", "seen")


@dataclass(frozen=True)
class ColumnChoice:
    """A column that may be shown; the one with the finding's name always is."""

    name: str
    label: Promise
    is_shown: bool
    is_fixed: bool
    width: str


def parts(word: str) -> tuple[str, str]:
    """A column's name and its width; a width that is not known is none."""
    name, _colon, width = word.partition(":")
    return name, width if width in WIDTHS else AS_NEEDED


def known(words: Sequence[str]) -> tuple[str, ...]:
    """The columns among these words, each once, in their order; never without the finding itself."""
    found: dict[str, str] = {}
    for name, width in map(parts, words):
        if name in LABELS:
            found.setdefault(name, _word(name, width))
    if not found:
        return USUAL
    return tuple(found.values()) if FINDING in found else (FINDING, *found.values())


def shown(viewer: Viewer, view: SavedViewFacts | None) -> tuple[str, ...]:
    """The columns of the list: the view's, else those the viewer chose, else the usual. Cost: at most 1 query."""
    return known(view.columns if view and view.columns else queries.columns_of(viewer))


def shown_in(viewer: Viewer, given: QueryDict) -> tuple[str, ...]:
    """The columns of the list at an address. Cost: at most 2 queries."""
    return shown(viewer, view_bar.opened(viewer, given))


def choices(words: Sequence[str]) -> list[ColumnChoice]:
    """All columns: those that are shown first, in their order."""
    widths = dict(map(parts, words))
    rest = [name for name in LABELS if name not in widths]
    return [
        ColumnChoice(name, LABELS[name], name in widths, name == FINDING, widths.get(name, AS_NEEDED))
        for name in [*widths, *rest]
    ]


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the columns of the form: for the view it names, else for the person, on all their machines."""
    viewer = viewer_asking(request)
    chosen = USUAL if "usual" in request.POST else known(_ordered(request.POST))
    wanted = () if chosen == USUAL else chosen
    view = view_bar.opened(viewer, request.POST)
    if view is not None and view.columns and view.may_change:
        services.change_view(viewer, view.id, columns=wanted)
    else:
        services.choose_columns(viewer, wanted)
    return redirect(way_back(request, "/findings/"))


def _ordered(given: QueryDict) -> list[str]:
    """The chosen columns in the form's order, each with its width; a button of the form moves one of them by a place."""
    widths = dict(zip(given.getlist("order"), given.getlist("width"), strict=False))
    order = [name for name in given.getlist("order") if name in LABELS]
    name, _colon, direction = given.get("move", "").partition(":")
    if name in order:
        place = order.index(name)
        order.insert(max(0, place + (-1 if direction == "up" else 1)), order.pop(place))
    chosen = {*given.getlist("column"), FINDING}
    return [_word(name, widths.get(name, AS_NEEDED)) for name in order if name in chosen] or given.getlist("column")


def _word(name: str, width: str) -> str:
    return f"{name}:{width}" if width else name
