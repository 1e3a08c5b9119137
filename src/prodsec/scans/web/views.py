"""Pages of imports: send a report, watch it, read what it changed, take it back."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Viewer
from prodsec.findings import queries as findings
from prodsec.findings.types import Change
from prodsec.flows import undo_import
from prodsec.inventory import queries as inventory
from prodsec.kit.errors import ForbiddenError, InvalidError, NotFoundError
from prodsec.scans import queries
from prodsec.scans import services as scans
from prodsec.scans.types import ScanState, ScanSummary
from prodsec.scans.web import forms
from prodsec.scans.web.uploads import Upload, upload_of

MOST_OFFERED = 200
REJECTED = "rejected"


@dataclass(frozen=True)
class Tab:
    """One kind of change with how many there are of it."""

    word: str
    label: Promise
    number: int


_LABELS = {
    Change.NEW: gettext_lazy("New"),
    Change.REOPENED: gettext_lazy("Reopened"),
    Change.FIXED: gettext_lazy("Fixed"),
    Change.MOVED: gettext_lazy("Moved"),
    Change.CHANGED: gettext_lazy("Changed"),
    Change.SUPPRESSED: gettext_lazy("Suppressed"),
}


def imports(request: HttpRequest) -> HttpResponse:
    """Imports, newest first."""
    viewer = viewer_asking(request)
    given = request.GET
    state = given.get("state", "").upper()
    states = frozenset({ScanState[state]}) if state in ScanState.__members__ else frozenset[ScanState]()
    page = queries.scans(
        viewer,
        asset_path=given.get("asset", ""),
        states=states,
        tool=given.get("tool", ""),
        mine=given.get("by") == "me",
        cursor=given.get("cursor", ""),
    )
    context = {"scans": page.items, "following": page.next, "given": given, "states": list(ScanState)}
    return render(request, "scans/imports.html", context)


@csrf_exempt
@non_atomic_requests
def upload(request: HttpRequest) -> HttpResponse:
    """Send a report. Exempt here only to stream the body before Django would read it whole; checked in `_take_in`."""
    viewer = viewer_asking(request)
    if request.method != "POST":
        return _upload_page(request, viewer, forms.UploadForm(initial=request.GET.dict()))
    try:
        with upload_of(request) as received:
            return _take_in(request, received)
    except InvalidError as error:
        return _refused(request, viewer, forms.UploadForm(), error)


@csrf_protect
def _take_in(request: HttpRequest, received: Upload) -> HttpResponse:
    viewer = viewer_asking(request)
    form = forms.UploadForm(request.POST)
    if not form.is_valid():
        return _upload_page(request, viewer, form)
    given = form.cleaned_data
    try:
        scan_id = scans.receive_report(
            viewer,
            stream=received.stream,
            file_name=received.file_name,
            asset_path=given["asset"],
            target=given["target"],
            format=given["format"] or None,
            partial=given["partial"],
            dry_run=given["dry_run"],
        )
    except (InvalidError, NotFoundError, ForbiddenError) as error:
        return _refused(request, viewer, form, error)
    return redirect("scans:import", scan_id)


def show(request: HttpRequest, scan_id: int) -> HttpResponse:
    """One import: how far it is, or what it changed."""
    viewer = viewer_asking(request)
    scan = queries.scan(viewer, scan_id)
    context: dict[str, object] = {"scan": scan}
    if scan.state in (ScanState.DONE, ScanState.UNDONE):
        context |= _changes(request, viewer, scan)
    return render(request, "scans/import.html", context)


def progress(request: HttpRequest, scan_id: int) -> HttpResponse:
    """How far an import is, for a page that waits; when it is over, the page is loaded again."""
    scan = queries.scan(viewer_asking(request), scan_id)
    answer = render(request, "scans/progress.html", {"scan": scan})
    if scan.state.is_over:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def cancel(request: HttpRequest, scan_id: int) -> HttpResponse:
    """Call an import off."""
    scans.cancel(viewer_asking(request), scan_id)
    messages.success(request, _("The import was called off; nothing was changed."))
    return redirect("scans:import", scan_id)


@require_POST
def undo(request: HttpRequest, scan_id: int) -> HttpResponse:
    """Take back all that an import changed."""
    undo_import.run(viewer_asking(request), scan_id, reason=request.POST.get("reason", "").strip())
    messages.success(request, _("The import was undone; the record is as it was before."))
    return redirect("scans:import", scan_id)


def _changes(request: HttpRequest, viewer: Viewer, scan: ScanSummary) -> dict[str, object]:
    """What the chosen tab shows; the first one with something in it when none is chosen."""
    tabs = [Tab(change.word, label, getattr(scan.counts, change.word)) for change, label in _LABELS.items()]
    tabs.append(Tab(REJECTED, gettext_lazy("Rejected"), scan.counts.rejected))
    chosen = request.GET.get("show", "")
    if chosen not in {tab.word for tab in tabs}:
        chosen = next((tab.word for tab in tabs if tab.number), Change.NEW.word)
    cursor = request.GET.get("cursor", "")
    context: dict[str, object] = {"tabs": tabs, "chosen": chosen}
    if chosen == REJECTED:
        rejects = queries.rejected_rows(viewer, scan.id, cursor=cursor)
        return {**context, "rejects": rejects.items, "following": rejects.next}
    page = findings.scan_diff(viewer, scan.id, Change[chosen.upper()], cursor=cursor)
    return {**context, "changes": page.items, "following": page.next}


def _upload_page(request: HttpRequest, viewer: Viewer, form: forms.UploadForm) -> HttpResponse:
    offered = inventory.assets(viewer).values_list("path", flat=True)[:MOST_OFFERED]
    return render(request, "scans/upload.html", {"form": form, "offered": offered})


def _refused(
    request: HttpRequest, viewer: Viewer, form: forms.UploadForm, error: InvalidError | NotFoundError | ForbiddenError
) -> HttpResponse:
    """The form again, with why the report was not taken in."""
    if not form.is_bound:
        messages.error(request, str(error))
    else:
        is_about_asset = isinstance(error, NotFoundError | ForbiddenError)
        form.add_error("asset" if is_about_asset else None, str(error))
    return _upload_page(request, viewer, form)
