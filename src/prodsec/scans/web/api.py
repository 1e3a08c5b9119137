"""`/api/v1/imports`: reports in, what they changed out."""

import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from ninja.errors import AuthenticationError, HttpError
from pydantic import StringConstraints

from prodsec.accounts.types import Viewer
from prodsec.findings import queries as findings
from prodsec.findings.queries import DiffRow
from prodsec.findings.types import Change
from prodsec.flows import undo_import
from prodsec.kit.errors import InvalidError
from prodsec.scans import queries
from prodsec.scans import services as scans
from prodsec.scans.types import ReportTooLargeError, ScanState, ScanSummary
from prodsec.scans.web.uploads import Upload, upload_of

router = Router(tags=["imports"])

StateWord = Literal["received", "reading", "done", "failed", "cancelled", "undone"]
_WORDS: dict[ScanState, StateWord] = {
    ScanState.RECEIVED: "received",
    ScanState.READING: "reading",
    ScanState.DONE: "done",
    ScanState.FAILED: "failed",
    ScanState.CANCELLED: "cancelled",
    ScanState.UNDONE: "undone",
}
_YES = frozenset({"1", "true", "yes", "on"})


class ImportOut(Schema):
    """One import. Counts are findings, `rejected` and `rows` are rows of the report; `seconds` is reading and merging."""

    scan: int
    state: StateWord
    asset: str
    asset_id: int
    target: str
    is_record: bool
    dry_run: bool
    partial: bool
    complete: bool | None
    incomplete_reason: str
    warnings: list[str]
    file_name: str
    sha256: str
    bytes: int
    format: str
    format_version: str
    tool: str
    tool_version: str
    kind: str | None
    new: int
    reopened: int
    fixed: int
    moved: int
    changed: int
    unchanged: int
    suppressed: int
    rejected: int
    rows: int
    rate: float | None
    seconds: float | None
    error: str
    same_as: int | None
    by: str
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    may_be_undone_until: datetime.datetime | None


class ImportPage(Schema):
    """Some imports, newest first."""

    items: list[ImportOut]
    next: str | None


class RejectOut(Schema):
    """A row that could not be read: where in the report, and why."""

    place: str
    reason: str


class RejectPage(Schema):
    """Some rejected rows, in the order of the report."""

    items: list[RejectOut]
    next: str | None


class Wish(Schema):
    """What to do with the report; in the address, or as fields of the form."""

    asset: str = ""
    target: str = ""
    format: str = ""
    partial: bool = False
    dry_run: bool = False
    file_name: str = ""


# PostgreSQL knows no NUL; a word with one can match nothing.
Word = Annotated[str, StringConstraints(max_length=1_000, pattern=r"^[^\x00]*$")]


class ImportFilter(Schema):
    """Which imports to list."""

    asset: Word = ""
    state: StateWord | None = None
    tool: Word = ""
    cursor: str = ""
    limit: int | None = None


ChangeWord = Literal["new", "reopened", "fixed", "moved", "changed", "suppressed"]


_CHANGES: tuple[ChangeWord, ...] = ("new", "reopened", "fixed", "moved", "changed", "suppressed")


class DiffFilter(Schema):
    """Which changes of an import; all, one sort after another, when none is named."""

    change: ChangeWord | None = None
    cursor: Word = ""
    limit: int | None = None


class DiffOut(Schema):
    """What an import did to a finding; `finding` is null for what a rehearsal would open."""

    change: ChangeWord
    finding: int | None
    severity: str
    title: str
    place: str
    reason: str


class DiffPage(Schema):
    """Some changes, in the order they were made; a page holds one sort."""

    items: list[DiffOut]
    next: str | None


class PageOf(Schema):
    """Which page of a list."""

    cursor: str = ""
    limit: int | None = None


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


@router.post("", response={200: ImportOut, 202: ImportOut}, openapi_extra=_BODY, summary="Send a report")
def send_report(request: HttpRequest, response: HttpResponse, wish: Annotated[Wish, Query()]) -> Status[ImportOut]:
    """Take a report in; answered when it is safe on disk, read by a worker afterwards.

    The body is the report itself, or a form with the field `file`. The same bytes for the same asset and options give
    the import that still waits; the same `Idempotency-Key` gives the same import for good.
    """
    try:
        with upload_of(request) as upload:
            scan_id = _receive(request, upload, wish)
    except ReportTooLargeError as error:
        raise HttpError(413, str(error)) from None
    found = queries.scan(_viewer(request), scan_id)
    response["Location"] = f"/api/v1/imports/{scan_id}"
    return Status(200 if found.state.is_over else 202, _out(found))


@router.get("", response=ImportPage, summary="List imports")
def list_imports(request: HttpRequest, wanted: Annotated[ImportFilter, Query()]) -> ImportPage:
    """Imports of the assets you see, newest first."""
    page = queries.scans(
        _viewer(request),
        asset_path=wanted.asset,
        states=frozenset({ScanState[wanted.state.upper()]}) if wanted.state else frozenset(),
        tool=wanted.tool,
        cursor=wanted.cursor,
        size=wanted.limit,
    )
    return ImportPage(items=[_out(item) for item in page.items], next=page.next)


@router.get("/{int:scan_id}", response=ImportOut, summary="Read an import")
def read_import(request: HttpRequest, scan_id: int) -> ImportOut:
    """How far an import is, or what it changed."""
    return _out(queries.scan(_viewer(request), scan_id))


@router.get("/{int:scan_id}/rejects", response=RejectPage, summary="Read the rejected rows")
def read_rejects(request: HttpRequest, scan_id: int, wanted: Annotated[PageOf, Query()]) -> RejectPage:
    """The rows of the report that could not be read, each with its place and the reason."""
    page = queries.rejected_rows(_viewer(request), scan_id, cursor=wanted.cursor, size=wanted.limit)
    return RejectPage(items=[RejectOut(place=row.place, reason=row.reason) for row in page.items], next=page.next)


@router.get("/{int:scan_id}/diff", response=DiffPage, summary="Read what an import changed")
def read_diff(request: HttpRequest, scan_id: int, wanted: Annotated[DiffFilter, Query()]) -> DiffPage:
    """The findings that an import opened, reopened, closed, moved, changed, or saw and left dismissed."""
    word, _, cursor = wanted.cursor.partition(".")
    begin = word or wanted.change or _CHANGES[0]
    if begin not in _CHANGES or (wanted.change and begin != wanted.change):
        raise InvalidError("this cursor is not one of ours; start again without it", place="cursor")
    words = [wanted.change] if wanted.change else list(_CHANGES[_CHANGES.index(begin) :])
    while words:
        change = words.pop(0)
        page = findings.scan_diff(_viewer(request), scan_id, Change[change.upper()], cursor=cursor, size=wanted.limit)
        if page.items:
            after = f"{change}.{page.next}" if page.next else f"{words[0]}." if words else None
            return DiffPage(items=[_change(change, row) for row in page.items], next=after)
        cursor = ""
    return DiffPage(items=[], next=None)


@router.post("/{int:scan_id}/cancel", response=ImportOut, summary="Cancel an import")
def cancel_import(request: HttpRequest, scan_id: int) -> ImportOut:
    """Call an import off: at once while it waits, at its next row while it is read."""
    scans.cancel(_viewer(request), scan_id)
    return _out(queries.scan(_viewer(request), scan_id))


@router.post("/{int:scan_id}/undo", response=ImportOut, summary="Undo an import")
def undo(request: HttpRequest, scan_id: int) -> ImportOut:
    """Take back all that an import changed, within ten days."""
    undo_import.run(_viewer(request), scan_id)
    return _out(queries.scan(_viewer(request), scan_id))


def _viewer(request: HttpRequest) -> Viewer:
    """Whom the middleware found to be asking; the API lets nobody else in."""
    viewer = getattr(request, "viewer", None)
    if not isinstance(viewer, Viewer):
        raise AuthenticationError
    return viewer


def _receive(request: HttpRequest, upload: Upload, wish: Wish) -> int:
    def text(name: str) -> str:
        return str(getattr(wish, name) or upload.fields.get(name, ""))

    def is_set(name: str) -> bool:
        return bool(getattr(wish, name)) or upload.fields.get(name, "").lower() in _YES

    if not text("asset"):
        raise InvalidError("name what was scanned, as asset=gitlab.com/acme/payments/api", place="asset")
    return scans.receive_report(
        _viewer(request),
        stream=upload.stream,
        file_name=text("file_name") or upload.file_name,
        asset_path=text("asset"),
        target=text("target"),
        format=text("format") or None,
        partial=is_set("partial"),
        dry_run=is_set("dry_run"),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
    )


def _change(change: ChangeWord, row: DiffRow) -> DiffOut:
    return DiffOut(
        change=change,
        finding=row.finding_id,
        severity=row.severity.word,
        title=row.title,
        place=row.place,
        reason=row.reason,
    )


def _out(scan: ScanSummary) -> ImportOut:
    return ImportOut(
        scan=scan.id,
        state=_WORDS[scan.state],
        asset=scan.asset_path,
        asset_id=scan.asset_id,
        target=scan.target,
        is_record=scan.is_record,
        dry_run=scan.dry_run,
        partial=scan.partial,
        complete=scan.complete,
        incomplete_reason=scan.incomplete_reason,
        warnings=list(scan.warnings),
        file_name=scan.file_name,
        sha256=scan.report_sha256,
        bytes=scan.report_bytes,
        format=scan.format,
        format_version=scan.format_version,
        tool=scan.tool,
        tool_version=scan.tool_version,
        kind=None if scan.analysis is None else scan.analysis.word,
        **msgspec.structs.asdict(scan.counts),
        rows=scan.rows_read,
        rate=scan.rate,
        seconds=scan.seconds,
        error=scan.error,
        same_as=scan.same_as,
        by=scan.actor_name,
        created_at=scan.created_at,
        started_at=scan.started_at,
        finished_at=scan.finished_at,
        may_be_undone_until=scan.may_be_undone_until,
    )
