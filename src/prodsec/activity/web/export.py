"""Copies of the record as CSV and as JSON Lines, sent while the rows are read."""

import enum
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import StreamingHttpResponse

from prodsec.accounts.types import Viewer
from prodsec.activity import queries, services
from prodsec.activity.rules.telling import written
from prodsec.activity.types import Search
from prodsec.kit import clock, sheets

if TYPE_CHECKING:
    from prodsec.activity.models import Activity

HEAD = (
    "id", "at", "actor_id", "actor", "token_id", "action", "object_type", "object_id", "asset_id", "reason", "details",
    "previous_seal", "seal",
)  # fmt: skip


class Form(enum.StrEnum):
    """What a copy is written as."""

    CSV = "csv"
    JSONL = "jsonl"


_TYPES = {Form.CSV: sheets.CSV_TYPE, Form.JSONL: "application/x-ndjson"}


def answer(viewer: Viewer, search: Search, form: Form) -> StreamingHttpResponse:
    """The copy, for download. That it was taken is written down first.

    Raises: NotPermittedError.
    """
    with transaction.atomic():
        search = services.note_export(viewer, search, form=form)
    rows = (row for piece in queries.in_pieces(viewer, search) for row in piece)
    if form is Form.CSV:
        content = sheets.csv_file(HEAD, (_cells(row) for row in rows))
    else:
        content = (written(_fields(row)) + b"\n" for row in rows)
    name = f"activity-{clock.now():%Y-%m-%d}.{form}"
    return StreamingHttpResponse(
        _unbuffered(content),
        content_type=_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _unbuffered(content: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces that are not empty."""
    return (piece for piece in content if piece)


def _fields(row: "Activity") -> dict[str, object]:
    values = (
        row.pk, row.at.isoformat(), row.actor_id, row.actor_name, row.token_id, row.action, row.object_type, row.object_id,
        row.asset_id, row.reason, row.details, bytes(row.previous).hex(), bytes(row.digest).hex(),
    )  # fmt: skip
    return dict(zip(HEAD, values, strict=True))


def _cells(row: "Activity") -> list[sheets.Value]:
    fields = _fields(row)
    fields["details"] = written(row.details).decode()
    return [value if isinstance(value, str | int) else "" for value in fields.values()]
