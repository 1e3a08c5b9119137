"""`/api/v1/findings` and `/decisions`: what is wrong, and what was decided about it."""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Router, Status

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.rules.filtering import addresses
from prodsec.findings.rules.filtering.fields import Group
from prodsec.findings.types import DecisionScope, DismissalReason
from prodsec.findings.web import export, schemas
from prodsec.flows import judge_findings
from prodsec.inventory import queries as inventory
from prodsec.kit import sheets
from prodsec.kit.errors import InvalidError
from prodsec.policies import queries as policies
from prodsec.vocabulary.severity import Severity

router = Router(tags=["findings"])
Word = TypeVar("Word", bound=IntEnum)


GROUP = addresses.parameter("group", f"By what: one of {', '.join(Group)}; remediation unless said.", "remediation")
FORM = addresses.parameter("form", f"One of {', '.join(export.Form)}; csv unless said.", "xlsx")
FILES = {
    "text/csv": {"schema": {"type": "string"}},
    sheets.XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
}
PAGING = [
    addresses.parameter("cursor", "Where the page before said that this one begins: its `next`.", ""),
    addresses.parameter("size", "How many, from 1 to 200.", "50"),
]


@router.get(
    "/findings",
    response=schemas.FindingList,
    summary="List findings",
    openapi_extra={"parameters": [*addresses.parameters(), *PAGING]},
)
def list_findings(request: HttpRequest) -> schemas.FindingList:
    """Findings you see, narrowed and ordered as the page's address does it; open ones unless `state` says else."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    params = {name: request.GET.getlist(name) for name in request.GET}
    page = queries.findings_list(
        viewer, queries.filters_from(params), cursor=params.get("cursor", [""])[0], size=_size(params)
    )
    return schemas.FindingList(items=[schemas.row_out(row) for row in page.items], next=page.next)


@router.get(
    "/findings/groups",
    response=schemas.GroupList,
    summary="List groups of findings",
    openapi_extra={"parameters": [GROUP, *addresses.parameters(), *PAGING]},
)
def list_groups(request: HttpRequest) -> schemas.GroupList:
    """The same findings in groups, the worst first; `query` asks the list for exactly those of a group.

    At most the worst 20,000 findings are counted; `capped` says when there are more. A cluster counts once.
    """
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    params = {"group": [Group.REMEDIATION.value]} | {name: request.GET.getlist(name) for name in request.GET}
    page = queries.groups_list(
        viewer, queries.filters_from(params), cursor=params.get("cursor", [""])[0], size=_size(params)
    )
    return schemas.GroupList(
        items=[schemas.group_out(row) for row in page.items], next=page.next, capped=page.is_capped
    )


@router.post(
    "/findings/export",
    summary="Take a copy of a list",
    openapi_extra={
        "parameters": [FORM, *addresses.parameters()],
        "responses": {200: {"content": FILES, "description": "OK"}},
    },
)
def export_findings(request: HttpRequest) -> HttpResponseBase:
    """All findings that the filters leave, as CSV or XLSX, the worst first. That it was taken is recorded."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    filters, form = export.asked_in(request.GET)
    return export.answer(viewer, filters, form)


@router.get("/findings/{int:finding_id}", response=schemas.FindingDetailOut, summary="Show a finding")
def show_finding(request: HttpRequest, finding_id: int) -> schemas.FindingDetailOut:
    """Everything about a finding, with the reasons for its severity and dates."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    found = queries.finding(viewer, finding_id)
    clocks = [
        schemas.ClockOut(
            kind=clock.kind.word, due_at=clock.due_at, started_at=clock.started_at, stopped_at=clock.stopped_at, reason=clock.reason
        )
        for clock in policies.clocks_of(viewer, finding_id)
    ]  # fmt: skip
    return schemas.detail_out(found, clocks, queries.revisions([finding_id]).get(finding_id, 0))


@router.get("/findings/{int:finding_id}/events", response=list[schemas.EventOut], summary="History of a finding")
def list_events(request: HttpRequest, finding_id: int) -> list[schemas.EventOut]:
    """What happened to a finding, newest first, at most 500."""
    accounts.require_scope(viewer_asking(request), Permission.FINDING_READ)
    return [schemas.event_out(facts) for facts in queries.events(viewer_asking(request), finding_id)]


@router.get("/findings/{int:finding_id}/members", response=list[schemas.FindingOut], summary="Others of its cluster")
def list_members(request: HttpRequest, finding_id: int) -> list[schemas.FindingOut]:
    """The other findings that are one piece of work with this one."""
    accounts.require_scope(viewer_asking(request), Permission.FINDING_READ)
    return [schemas.row_out(row) for row in queries.cluster_members(viewer_asking(request), finding_id)]


@router.get("/findings/{int:finding_id}/decisions", response=list[schemas.DecisionOut], summary="Decisions on it")
def list_decisions(request: HttpRequest, finding_id: int) -> list[schemas.DecisionOut]:
    """What was decided about a finding, newest first."""
    accounts.require_scope(viewer_asking(request), Permission.FINDING_READ)
    return [schemas.decision_out(facts) for facts in queries.decisions_on(viewer_asking(request), finding_id)]


@router.post("/findings/confirm", response=schemas.Changed, summary="Confirm")
def confirm(request: HttpRequest, body: schemas.FindingIds) -> schemas.Changed:
    """Say that findings are real."""
    viewer, seen = viewer_asking(request), _seen(request, body)
    return _judged(lambda: findings.confirm(viewer, body.findings, reason=body.reason, seen=seen))


@router.post("/findings/start", response=schemas.Changed, summary="Start remediation")
def start(request: HttpRequest, body: schemas.FindingIds) -> schemas.Changed:
    """Say that somebody works on the fix."""
    viewer, seen = viewer_asking(request), _seen(request, body)
    return _judged(lambda: findings.start_remediation(viewer, body.findings, reason=body.reason, seen=seen))


@router.post("/findings/mitigate", response=schemas.Changed, summary="Mitigate")
def mitigate(request: HttpRequest, body: schemas.FindingIds) -> schemas.Changed:
    """Say which control lowers the risk until the fix is there."""
    viewer, seen = viewer_asking(request), _seen(request, body)
    return _judged(lambda: findings.mitigate(viewer, body.findings, reason=body.reason, seen=seen))


@router.post("/findings/dismiss", response=schemas.Changed, summary="Dismiss")
def dismiss(request: HttpRequest, body: schemas.Dismissal) -> schemas.Changed:
    """Decide that findings are no work."""
    kind = _word(DismissalReason, body.kind, "kind")
    viewer, seen = viewer_asking(request), _seen(request, body)
    return _judged(
        lambda: findings.dismiss(
            viewer, body.findings, kind=kind, reason=body.reason, justification=body.justification, seen=seen
        )
    )


@router.post("/findings/reopen", response=schemas.Changed, summary="Reopen")
def reopen(request: HttpRequest, body: schemas.FindingIds) -> schemas.Changed:
    """Take a dismissal or resolution back."""
    viewer, seen = viewer_asking(request), _seen(request, body)
    return _judged(lambda: findings.reopen(viewer, body.findings, reason=body.reason, seen=seen))


@router.post("/findings/severity", response=schemas.Changed, summary="Set severity")
def set_severity(request: HttpRequest, body: schemas.SeverityChange) -> schemas.Changed:
    """Overrule what tools say; the dates follow."""
    severity = None if body.severity is None else _word(Severity, body.severity, "severity")
    viewer, seen = viewer_asking(request), _seen(request, body)
    return _judged(lambda: findings.set_severity(viewer, body.findings, severity, reason=body.reason, seen=seen))


@router.post("/findings/assign", response=schemas.Changed, summary="Assign")
def assign(request: HttpRequest, body: schemas.Assignment) -> schemas.Changed:
    """Give findings to a person."""
    viewer, seen = viewer_asking(request), _seen(request, body)
    return _judged(lambda: findings.assign(viewer, body.findings, body.person_id, reason=body.reason, seen=seen))


@router.post("/decisions", response={201: schemas.DecisionOut}, summary="Decide")
def add_decision(request: HttpRequest, body: schemas.DecisionIn) -> Status[schemas.DecisionOut]:
    """Decide about a cluster, rule, component or vulnerability in an asset and all below it, now and on later imports."""
    viewer = viewer_asking(request)
    scope = _word(DecisionScope, body.scope, "scope")
    if scope is DecisionScope.FINDING:
        raise InvalidError("to dismiss single findings, use /findings/dismiss", place="scope")
    decision = findings.decide(
        viewer,
        scope=scope,
        value=body.value,
        asset=inventory.asset(viewer, body.asset_id),
        kind=_word(DismissalReason, body.kind, "kind"),
        reason=body.reason,
        justification=body.justification,
        valid_until=body.valid_until,
    )
    return Status(201, schemas.decision_out(queries.decision_facts(decision)))


@router.post("/decisions/{int:decision_id}/revoke", response={204: None}, summary="Revoke a decision")
def revoke_decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take a decision back; what it dismissed and is still detected is open again."""
    findings.revoke(viewer_asking(request), decision_id)
    return HttpResponse(status=204)


def _size(params: Mapping[str, Sequence[str]]) -> int | None:
    size = params.get("size", [""])[0]
    if size and not size.isdecimal():
        raise InvalidError("give a number from 1 to 200", place="size")
    return int(size[:6]) if size else None


def _judged(change: Callable[[], list[int]]) -> schemas.Changed:
    return schemas.Changed(changed=judge_findings.judged(change))


def _seen(request: HttpRequest, body: schemas.FindingIds) -> dict[int, int] | None:
    """What `If-Match` says that the caller has seen of the one finding: its `revision`.

    Raises: InvalidError for several findings, which have a revision each, and for what is no revision.
    """
    told = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not told or told == "*":
        return None
    if len(body.findings) != 1:
        raise InvalidError(
            "works with one finding; for several, send their revisions to /findings/bulk", place="If-Match"
        )
    if not (told.isdecimal() and len(told) < 18):
        raise InvalidError("give the revision of the finding, a number", place="If-Match")
    return {body.findings[0]: int(told)}


def _word(kind: type[Word], text: str, place: str) -> Word:
    found = kind.__members__.get(text.strip().upper())
    if found is None:
        raise InvalidError(
            f"{text[:40]!r} is none of {', '.join(name.lower() for name in kind.__members__)}", place=place
        )
    return found
