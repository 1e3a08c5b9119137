"""The list of findings: narrowed, ordered, paged; and deeds on many at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Viewer
from prodsec.findings import queries, services
from prodsec.findings.web import columns, list_page, view_bar
from prodsec.flows.judge_findings import judged
from prodsec.kit.errors import InvalidError
from prodsec.kit.pages import way_back

_MORE = ("asset", "assignee", "tool", "rule", "vulnerability", "component", "file", "seen_after")


def findings(request: HttpRequest) -> HttpResponse:
    """Findings; the whole state of the list is in the address."""
    viewer = viewer_asking(request)
    given = list_page.filters_in(request.GET)
    cursor = given.pop("cursor", [""])[0]
    view = view_bar.opened(viewer, request.GET)
    try:
        reading = view_bar.asked(given, view)
    except InvalidError as error:
        messages.error(request, str(error))
        return redirect("findings:findings")
    filters = reading.filters
    page = queries.findings_list(viewer, filters, cursor=cursor)
    names = columns.shown(viewer, view)
    teams, people = list(accounts.teams(viewer)), list(accounts.people(viewer).prefetch_related(None))
    previous, following = list_page.pages(request.GET, page.next)
    context = {
        "page": page,
        "bar": view_bar.bar(viewer, reading, view, teams=teams),
        "total": queries.count_capped(viewer, filters),
        "given": request.GET,
        "choices": list_page.choices(given),
        "due_words": list_page.DUE.items(),
        "chips": list_page.chips(
            request.GET, {str(team.pk): team.name for team in teams}, {str(person.pk): str(person) for person in people}
        ),
        "has_more": any(request.GET.get(name) for name in _MORE),
        "columns": list_page.columns(request.GET, filters.order, names),
        "names": names,
        "column_choices": columns.choices(names),
        "previous": previous,
        "following": following,
        "teams": teams,
        "people": people,
        "dismissal_reasons": list_page.DISMISSAL_REASONS.items(),
    }
    return render(request, "findings/list.html", context)


def members(request: HttpRequest, finding_id: int) -> HttpResponse:
    """The other findings of a cluster, as rows below the one that stands for it."""
    viewer = viewer_asking(request)
    found = queries.cluster_members(viewer, finding_id)
    context = {"findings": found, "member": True, "names": columns.shown_in(viewer, request.GET)}
    return render(request, "findings/rows.html", context)


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """One deed on the chosen findings."""
    viewer = viewer_asking(request)
    chosen = [int(number) for number in request.POST.getlist("finding") if number.isdigit()]
    if not chosen:
        raise InvalidError(_("choose at least one finding"))
    changed = _do(viewer, request, chosen)
    told = ngettext("{number} finding was changed.", "{number} findings were changed.", changed)
    messages.success(request, told.format(number=changed))
    return redirect(way_back(request, "/findings/"))


def _do(viewer: Viewer, request: HttpRequest, chosen: list[int]) -> int:
    given = request.POST
    deed = given.get("deed", "")
    if deed == "confirm":
        return len(judged(lambda: services.confirm(viewer, chosen)))
    if deed == "dismiss":
        kind = list_page.dismissal_reason(given)
        return len(judged(lambda: services.dismiss(viewer, chosen, kind=kind, reason=given.get("dismiss_reason", ""))))
    if deed == "assign":
        person = given.get("person", "")
        return len(judged(lambda: services.assign(viewer, chosen, int(person) if person.isdigit() else None)))
    raise InvalidError(_("there is no such deed"), place="deed")
