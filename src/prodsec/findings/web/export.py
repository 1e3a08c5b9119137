"""A list of findings as a file, sent while its rows are read."""

import enum
from collections.abc import Iterator

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.views.decorators.http import require_POST

from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Viewer
from prodsec.findings import queries, services
from prodsec.findings.queries import Filters
from prodsec.kit import clock, sheets
from prodsec.kit.errors import InvalidError


class Form(enum.StrEnum):
    """What a list is written as."""

    CSV = "csv"
    XLSX = "xlsx"


_TYPES = {Form.CSV: sheets.CSV_TYPE, Form.XLSX: sheets.XLSX_TYPE}


def form_named(text: str) -> Form:
    """The form of a name; CSV unless said. Raises: InvalidError."""
    try:
        return Form(text.strip().lower() or Form.CSV)
    except ValueError:
        raise InvalidError(f"{text[:40]!r} is none of {', '.join(Form)}", place="form") from None


def answer(viewer: Viewer, filters: Filters, form: Form) -> StreamingHttpResponse:
    """The file, for download. That it was taken is written down first. Raises: ForbiddenError."""
    with transaction.atomic():
        services.note_export(viewer, filters, form=form)
    head = [column.name for column in queries.EXPORT_COLUMNS]
    rows = queries.export_rows(viewer, filters)
    content = sheets.csv_file(head, rows) if form is Form.CSV else sheets.xlsx_file(head, rows, title="Findings")
    name = f"findings-{clock.now():%Y-%m-%d}.{form}"
    return StreamingHttpResponse(
        _pieces(content),
        content_type=_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """The list that the form names. It is asked for as a whole: a filter that is not understood refuses it."""
    filters = queries.filters_in(request.POST.get("query", ""))
    return answer(viewer_asking(request), filters, form_named(request.POST.get("form", "")))


def asked_in(given: QueryDict) -> tuple[Filters, Form]:
    """The question and form of an address of the API. Raises: InvalidError."""
    params = {name: values for name, values in given.lists() if name != "form"}
    return queries.filters_from(params), form_named(given.get("form", ""))


def _pieces(content: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces that are not empty."""
    return (piece for piece in content if piece)
