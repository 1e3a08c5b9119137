"""Pages of numbers, the findings behind each, and both as files."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.kit import clock, sheets
from prodsec.kit.errors import InvalidError, NotFoundError
from prodsec.metrics import queries
from prodsec.metrics.web import asking
from prodsec.metrics.web import charts as drawing
from prodsec.metrics.web.definitions import DEFINITIONS
from prodsec.metrics.web.tiles import definition_of, sentence_of, tiles_of
from prodsec.vocabulary.kinds import Kind


def metrics(request: HttpRequest) -> HttpResponse:
    """How things stand and how they went, for the part of the tree, the owner and the day of the address."""
    viewer = viewer_asking(request)
    try:
        question = asking.question_in(request.GET.dict())
    except InvalidError as error:
        messages.error(request, str(error))
        return redirect("metrics:metrics")
    try:
        board = queries.dashboard(viewer, question)
    except NotFoundError:
        messages.error(request, _("There is no asset {path}.").format(path=question.under[:200]))
        return redirect("metrics:metrics")
    charts = drawing.charts(board)
    context = {
        "question": question,
        "tiles": tiles_of(board),
        "charts": charts,
        "definitions": DEFINITIONS.values(),
        "freshness": queries.freshness(),
        "teams": list(accounts.teams(viewer)),
        "kinds": [kind.word for kind in Kind],
        "periods": asking.PERIODS.items(),
        "given": request.GET,
        "query": urlencode([(name, value) for name, value in request.GET.items() if value]),
        "today": clock.now().date(),
        "is_narrowed": bool(request.GET),
        "is_empty": all(chart.is_empty for chart in charts),
    }
    return render(request, "metrics/metrics.html", context)


def chart_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """The numbers of one chart as CSV. Raises: NotFoundError, InvalidError."""
    board = queries.dashboard(viewer_asking(request), asking.question_in(request.GET.dict()))
    chart = next((chart for chart in drawing.charts(board) if chart.name == name), None)
    if chart is None:
        raise NotFoundError(f"There is no chart {name[:50]!r}.")
    rows = [(row.label, *(cell.value for cell in row.cells)) for row in chart.rows]
    answer = StreamingHttpResponse(
        sheets.csv_file([chart.heading, *(series.label for series in chart.series)], rows), content_type=sheets.CSV_TYPE
    )
    answer["Content-Disposition"] = f'attachment; filename="prodsec-{chart.name}-{board.question.as_of}.csv"'
    return answer


def counted(request: HttpRequest) -> HttpResponse:
    """The findings that a number counts. Raises: AssetNotFoundError, InvalidError for a cursor of somewhere else."""
    viewer = viewer_asking(request)
    try:
        wanted = asking.wanted_in(request.GET.dict())
    except InvalidError as error:
        messages.error(request, str(error))
        return redirect("metrics:metrics")
    page = queries.counted(viewer, wanted, cursor=request.GET.get("cursor", ""))
    following = request.GET.copy()
    following["cursor"] = page.next or ""
    context = {
        "wanted": wanted,
        "sentence": sentence_of(wanted),
        "definition": definition_of(wanted.measure),
        "severity": wanted.severity,
        "page": page,
        "total": queries.counted_number(viewer, wanted),
        "following": f"?{following.urlencode()}" if page.next else "",
    }
    return render(request, "metrics/counted.html", context)
