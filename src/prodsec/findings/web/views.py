"""The list of findings: narrowed, ordered, paged."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Viewer
from prodsec.findings import queries
from prodsec.findings.queries import Filters
from prodsec.findings.types import SavedViewFacts
from prodsec.findings.web import cells, columns, filter_bar, filter_words, group_rows, list_page, triage_views, view_bar


def findings(request: HttpRequest) -> HttpResponse:
    """Findings; the whole state of the list is in the address. What was typed is answered at the address that says the same."""
    viewer, given = viewer_asking(request), request.GET
    reading = filter_bar.reading_of(given)
    filters = reading.filters
    if given.get("q", "").strip() and not reading.ignored:
        return redirect(f"{request.path}{filter_bar.address(filters, given)}")
    view = view_bar.opened(viewer, given)
    teams, people = list(accounts.teams(viewer)), list(accounts.people(viewer).prefetch_related(None))
    filter_by = filter_bar.bar(request, reading, teams, people)
    context: dict[str, Any] = {
        "bar": view_bar.bar(viewer, reading, view, teams=teams),
        "filter_by": filter_by,
        "teams": teams,
        "people": people,
        "dismissal_reasons": list_page.DISMISSAL_REASONS.items(),
        **(_groups(viewer, filters, given) if filters.group else _rows(viewer, filters, given, view)),
    }
    if not context["page"].items:
        context["ways_out"] = filter_bar.ways_out(viewer, filters, filter_by.chips)
        context["unknown"] = [filter_bar.told(clause) for clause in queries.unknown_names(viewer, filters)]
    return render(request, "findings/list.html", context)


def _groups(viewer: Viewer, filters: Filters, given: QueryDict) -> dict[str, Any]:
    """A page of groups."""
    page = queries.groups_list(viewer, filters, cursor=given.get("cursor", ""))
    previous, following = list_page.pages(given, page.next)
    return {
        "page": page,
        "groups": bool(page.items),
        "rows": group_rows.rows(page, given),
        "previous": previous,
        "following": following,
    }


def _rows(viewer: Viewer, filters: Filters, given: QueryDict, view: SavedViewFacts | None) -> dict[str, Any]:
    """A page of rows. A list that fits on its first page is counted already."""
    cursor = given.get("cursor", "")
    page = queries.findings_list(viewer, filters, cursor=cursor)
    previous, following = list_page.pages(given, page.next)
    is_whole = page.next is None and not cursor
    names = columns.shown(viewer, view)
    return {
        "page": page,
        "rows_are_clusters": not filters.tells_members_apart,
        "total": len(page.items) if is_whole else queries.count_capped(viewer, filters),
        "columns": list_page.columns(given, filters.order, names),
        "names": names,
        "column_choices": columns.choices(names),
        "widths": columns.WIDTHS.items(),
        "previous": previous,
        "following": following,
        "severities": triage_views.severities(),
        "rows": cells.Rows(names, queries.revisions([row.id for row in page.items]), view.id if view else None).html(
            page.items
        ),
        "last": triage_views.last_deed(viewer),
        "under_way": queries.bulk_under_way(viewer),
    }


def within(request: HttpRequest) -> HttpResponse:
    """The first findings that a question leaves, as they stand below the line of their group."""
    reading = filter_bar.reading_of(request.GET)
    page = queries.findings_list(viewer_asking(request), reading.filters, size=group_rows.MOST_WITHIN)
    context = {
        "findings": page.items,
        "has_more": page.next is not None,
        "address": filter_bar.address(reading.filters, request.GET),
    }
    return render(request, "findings/within.html", context)


def completions(request: HttpRequest) -> HttpResponse:
    """What the word at the caret of the filter bar may become, as options of its list."""
    found = queries.completions(viewer_asking(request), request.GET.get("text", ""))
    options = [(one.token, one.label or filter_words.field_label(one.field)) for one in found]
    return render(request, "findings/completions.html", {"options": options})


def members(request: HttpRequest, finding_id: int) -> HttpResponse:
    """The other findings of a cluster, as rows below the one that stands for it."""
    viewer = viewer_asking(request)
    rows = cells.Rows(columns.shown_in(viewer, request.GET), is_member=True)
    return HttpResponse(rows.html(queries.cluster_members(viewer, finding_id)))
