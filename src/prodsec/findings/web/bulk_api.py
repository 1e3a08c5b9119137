"""`/api/v1/findings/bulk`: one deed on many findings, foreseen, followed, called off, taken back."""

import datetime
from collections.abc import Iterable
from urllib.parse import parse_qs

from django.http import HttpRequest
from ninja import Router, Schema, Status

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.services.bulk import Meant
from prodsec.findings.types import Deed, DeedKind, DismissalReason
from prodsec.flows import change_findings
from prodsec.kit.errors import InvalidError
from prodsec.kit.fields import Body, Text
from prodsec.vocabulary.severity import Severity

router = Router(tags=["findings"])


class BulkIn(Body):
    """A deed (confirm, start, mitigate, dismiss, reopen, severity, assign) on findings: named ones, or all that a filter leaves.

    filter is what stands after `?` in the address of the list. revisions, by finding: what you have seen of them; what others
    changed since is left alone and counted. with_clusters: one that stands for its cluster means the others of it too, as a row
    of the list does. kind is a dismissal's. With preview, nothing is changed.
    """

    deed: str
    findings: list[int] | None = None
    revisions: dict[int, int] = {}
    filter: Text | None = None
    with_clusters: bool = False
    reason: Text = ""
    kind: str | None = None
    justification: Text = ""
    severity: str | None = None
    person_id: int | None = None
    preview: bool = False


class PreviewOut(Schema):
    """What would become of the findings: changes by state and severity; the rest is left alone."""

    matching: int
    changes: int
    already: int
    refused: int
    not_yours: int
    by_state: dict[str, int]
    by_severity: dict[str, int]


class BulkOut(Schema):
    """How a bulk change stands: `handled` of `total` are through; the counts say how they ended."""

    id: int
    deed: str
    state: str
    actor: str
    reason: str
    filter: str
    total: int
    handled: int
    done: int
    already: int
    refused: int
    not_yours: int
    changed_since: int
    undone: int
    kept: int
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    undoable_until: datetime.datetime | None
    per_second: float | None
    seconds_left: float | None


@router.post("/findings/bulk", response={200: PreviewOut, 202: BulkOut}, summary="Change many findings")
def change_many(request: HttpRequest, body: BulkIn) -> Status[PreviewOut] | Status[BulkOut]:
    """Change many findings at once, or (with `preview`) only tell what that would do. Up to 500 are done with the answer."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_TRIAGE)
    deed, meant = _deed(body), _meant(body)
    if body.preview:
        told = findings.bulk.preview(viewer, deed, meant)
        return Status(
            200,
            PreviewOut(
                matching=told.matching, changes=told.changes, already=told.already, refused=told.refused,
                not_yours=told.not_yours,
                by_state={state.word: number for state, number in told.by_state.items()},
                by_severity={severity.word: number for severity, number in told.by_severity.items()},
            ),
        )  # fmt: skip
    return Status(202, _out(request, change_findings.begin(viewer, deed, meant)))


@router.get("/findings/bulk/{int:bulk_id}", response=BulkOut, summary="Show a bulk change")
def show_bulk(request: HttpRequest, bulk_id: int) -> BulkOut:
    """How far a bulk change is, and what it did."""
    accounts.require_scope(viewer_asking(request), Permission.FINDING_READ)
    return _out(request, bulk_id)


@router.post("/findings/bulk/{int:bulk_id}/cancel", response=BulkOut, summary="Call a bulk change off")
def cancel_bulk(request: HttpRequest, bulk_id: int) -> BulkOut:
    """Leave alone what is not done yet; what is done may be undone."""
    findings.bulk.cancel(viewer_asking(request), bulk_id)
    return _out(request, bulk_id)


@router.post("/findings/bulk/{int:bulk_id}/undo", response=BulkOut, summary="Undo a bulk change")
def undo_bulk(request: HttpRequest, bulk_id: int) -> BulkOut:
    """Put back what the change changed; what others changed since is theirs, and counted as kept."""
    change_findings.undo(viewer_asking(request), bulk_id)
    return _out(request, bulk_id)


def _out(request: HttpRequest, bulk_id: int) -> BulkOut:
    facts = queries.bulk_change(viewer_asking(request), bulk_id)
    plain = {name: getattr(facts, name) for name in BulkOut.model_fields if name not in ("deed", "state", "filter")}
    return BulkOut(**plain, deed=facts.deed.word, state=facts.state.word, filter=facts.filters)


def _meant(body: BulkIn) -> Meant:
    """Raises: InvalidError unless it says either the findings or a filter."""
    if (body.findings is None) == (body.filter is None):
        raise InvalidError("say which findings, or give a filter; not both", place="findings")
    if body.filter is not None:
        address = body.filter.removeprefix("?")
        filters = queries.filters_from(parse_qs(address))
        return Meant(filters=filters, address=address, with_clusters=body.with_clusters)
    named = {finding: body.revisions.get(finding) for finding in body.findings or ()}
    return Meant(named=named, with_clusters=body.with_clusters)


def _deed(body: BulkIn) -> Deed:
    """Raises: InvalidError for a word that there is not."""
    return Deed(
        kind=DeedKind[_name(body.deed, DeedKind.__members__, "deed")],
        reason=body.reason,
        dismissal=DismissalReason[_name(body.kind, DismissalReason.__members__, "kind")] if body.kind else None,
        justification=body.justification,
        severity=Severity[_name(body.severity, Severity.__members__, "severity")] if body.severity else None,
        person_id=body.person_id,
    )


def _name(word: str, known: Iterable[str], place: str) -> str:
    name = word.strip().upper()
    if name not in known:
        raise InvalidError(f"{word[:40]!r} is none of {', '.join(one.lower() for one in known)}", place=place)
    return name
