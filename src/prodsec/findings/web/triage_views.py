"""Deeds on many findings: the chosen ones at once, all that match as a job; followed, called off, taken back."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Viewer
from prodsec.findings import queries, services
from prodsec.findings.queries import BulkFacts
from prodsec.findings.rules.filtering import addresses
from prodsec.findings.services.bulk import Meant
from prodsec.findings.types import Deed, DeedKind, Outcome
from prodsec.findings.web import cells, columns, deeds, filter_bar, list_page
from prodsec.flows import change_findings
from prodsec.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from prodsec.kit.pages import is_fragment, way_back
from prodsec.vocabulary.severity import Severity

_MOST_ROWS = 200
# Deeds that give something, which is chosen only in the form.
_OPEN = (DeedKind.ASSIGN, DeedKind.SEVERITY)


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """One deed on the chosen findings; a script gets the rows as they are now."""
    viewer = viewer_asking(request)
    try:
        with transaction.atomic():
            named = deeds.named_in(request.POST)
            meant = Meant(named=named, with_clusters=request.POST.get("with_clusters") == "yes")
            bulk_id = change_findings.begin(viewer, deeds.deed_in(request.POST), meant)
    except (ConflictError, ForbiddenError, InvalidError, NotFoundError) as error:
        return _refused(request, error)
    facts = queries.bulk_change(viewer, bulk_id)
    left = queries.findings_of_bulk(bulk_id, Outcome.CHANGED_SINCE)
    changes = queries.changes_since(viewer, {finding: named.get(finding) or 0 for finding in left})
    return _told(request, viewer, facts, deeds.told(facts, changes))


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take a change back: the one of the form, else the viewer's last."""
    viewer = viewer_asking(request)
    try:
        with transaction.atomic():
            bulk_id = change_findings.undo(viewer, deeds.number(request.POST, "bulk"))
    except (ConflictError, ForbiddenError, NotFoundError) as error:
        return _refused(request, error)
    facts = queries.bulk_change(viewer, bulk_id)
    return _told(request, viewer, facts, deeds.told(facts))


def prepare(request: HttpRequest) -> HttpResponse:
    """Before a deed on all that match: choose it, see what it would do; a POST does it."""
    viewer = viewer_asking(request)
    word, given = request.GET.get("deed", ""), _filters_of(request.GET)
    meant = _meant(given)
    if request.method == "POST":
        deed = deeds.deed_in(request.POST, word)
        bulk_id = change_findings.begin(viewer, deed, meant)
        return redirect("findings:bulk_change", bulk_id)
    kind = DeedKind.__members__.get(word.upper())
    context = {
        "address": meant.address,
        "with_clusters": meant.with_clusters,
        "matching": queries.count_capped(viewer, meant.filters) if meant.filters else 0,
        "choices": deeds.choices(),
        "kind": kind,
        "label": deeds.LABELS[kind] if kind else "",
        "takes_reason": kind is not None and deeds.takes_reason(kind) and kind is not DeedKind.DISMISS,
        "preview": services.bulk.preview(viewer, Deed(kind), meant, is_open=kind in _OPEN) if kind else None,
        "people": accounts.people(viewer).prefetch_related(None),
        "severities": severities(),
        "dismissal_reasons": list_page.DISMISSAL_REASONS.items(),
        "finding": None,
    }
    return render(request, "findings/bulk_new.html", context)


def show(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """A bulk change: how far it is, what it did; a part of the page for the page that waits."""
    viewer = viewer_asking(request)
    facts = queries.bulk_change(viewer, bulk_id)
    context = {"bulk": facts, "label": deeds.LABELS[facts.deed], "sentence": deeds.told(facts)}
    if not is_fragment(request):
        return render(request, "findings/bulk.html", context)
    answer = render(request, "findings/bulk_progress.html", context)
    if not facts.state.is_under_way:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def cancel(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """Call off what is not done yet."""
    services.bulk.cancel(viewer_asking(request), bulk_id)
    messages.success(request, _("Called off. What was done stays, and can be undone for 10 minutes."))
    return redirect("findings:bulk_change", bulk_id)


@dataclass(frozen=True)
class LastDeed:
    """What the viewer did last and may still undo, in a sentence."""

    bulk: BulkFacts
    sentence: str


def last_deed(viewer: Viewer) -> LastDeed | None:
    """For the line above the list. Cost: 1 query."""
    last = queries.latest_undoable(viewer)
    if last is None:
        return None
    facts = queries.facts_of_bulk(viewer, last)
    return LastDeed(facts, deeds.told(facts))


def severities() -> list[tuple[int, object]]:
    """The choices of a severity, worst first."""
    return [(severity.value, list_page.SEVERITIES[severity.word]) for severity in reversed(Severity)]


def _told(request: HttpRequest, viewer: Viewer, facts: BulkFacts, sentence: str) -> HttpResponse:
    if not is_fragment(request):
        messages.success(request, sentence)
        return redirect(way_back(request, "/findings/"))
    outcomes = (Outcome.DONE, Outcome.UNDONE, Outcome.KEPT, Outcome.CHANGED_SINCE, Outcome.ALREADY, Outcome.REFUSED)
    ids = queries.findings_of_bulk(facts.id, *outcomes)[:_MOST_ROWS]
    names = columns.shown_in(viewer, QueryDict(request.POST.get("next", "").partition("?")[2]))
    context = {
        "rows": cells.Rows(names, queries.revisions(ids)).html(queries.rows_of(viewer, ids)),
        "last": LastDeed(facts, sentence),
    }
    return render(request, "findings/told.html", context)


def _refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """A script gets the sentence, to show beside what was typed; otherwise the error goes its usual way."""
    if not is_fragment(request):
        raise error
    return render(request, "findings/refused.html", {"sentence": str(error)}, status=422)


def _filters_of(given: QueryDict) -> QueryDict:
    rest = given.copy()
    rest.pop("deed", None)
    return rest


def _meant(given: QueryDict) -> Meant:
    """Raises: InvalidError where a part of the question is not understood: all that match would be more than was meant."""
    reading = filter_bar.reading_of(given)
    if reading.ignored:
        raise InvalidError(
            _("a part of this question is not understood; take it away before changing all that match"), place="filter"
        )
    return Meant(
        filters=reading.filters,
        address=addresses.written(reading.filters),
        with_clusters=not reading.filters.tells_members_apart,
    )
