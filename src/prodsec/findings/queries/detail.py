"""Everything about one finding, for its page and the API."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from django.db.models import Exists, OuterRef, QuerySet

from prodsec.accounts.types import Viewer
from prodsec.findings.details import Details, unpack
from prodsec.findings.models import Attribution, Comment, Decision, DetailBlock, Finding, FindingEvent
from prodsec.findings.queries.listing import visible
from prodsec.findings.queries.opinions import opinions_of
from prodsec.findings.rules import severity as severity_rules
from prodsec.findings.rules import states
from prodsec.findings.types import DecisionScope, EventKind, FindingNotFoundError, Opinions, State
from prodsec.inventory.models import Asset
from prodsec.inventory.types import Placed
from prodsec.notifications.models import Watch
from prodsec.notifications.types import Subject
from prodsec.scans.models import Scan
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity


@dataclass(frozen=True)
class FindingDetail:
    """A finding with its texts: what, why it matters, how to fix, where, how bad and why. `is_watched`: by the viewer."""

    id: int
    title: str
    kind: Kind
    state: State
    next_states: tuple[State, ...]
    severity: Severity
    severity_reason: str
    opinions: Opinions
    score: float | None
    asset_id: int
    asset_path: str
    where: Placed
    owner_team_id: int | None
    owner_team: str
    assignee_id: int | None
    assignee: str
    tool: str
    rule: str
    description: str
    message: str
    remedy: str
    references: tuple[str, ...]
    ids: tuple[str, ...]
    cwes: tuple[int, ...]
    cvss: tuple[str, ...]
    place: Place
    place_label: str
    component: str
    component_type: str
    version: str
    fixed_version: str
    vulnerability: str
    details: Details
    first_seen_at: datetime.datetime
    fix_available_at: datetime.datetime | None
    due_at: datetime.datetime | None
    resolved_at: datetime.datetime | None
    mitigated_at: datetime.datetime | None
    detected: bool
    decision_id: int | None
    cluster_id: int | None
    cluster_reason: str
    is_watched: bool
    attributions: tuple["AttributionFacts", ...]


@dataclass(frozen=True)
class AttributionFacts:
    """That a scope shows (or showed) the finding. `last_scan_at` is the scope's, so it moves without the finding being written."""

    scope_id: int
    tool: str
    analysis: Kind
    target: str
    is_open: bool
    opened_by: int
    opened_at: datetime.datetime
    closed_by: int | None
    closed_at: datetime.datetime | None
    last_scan_id: int | None
    last_scan_at: datetime.datetime | None


@dataclass(frozen=True)
class EventFacts:
    """One change, with who and why."""

    id: int
    at: datetime.datetime
    kind: EventKind
    actor: str
    scan_id: int | None
    reason: str
    data: dict[str, object]


@dataclass(frozen=True)
class CommentFacts:
    """What somebody said. `body` is Markdown; nothing is left of what was taken back."""

    id: int
    author_id: int | None
    author: str
    body: str
    created_at: datetime.datetime
    edited_at: datetime.datetime | None
    is_removed: bool


@dataclass(frozen=True)
class DecisionFacts:
    """A decision on the finding."""

    id: int
    kind: int
    scope_kind: int
    scope_value: str
    reason: str
    justification: str
    asked_by: str
    state: int
    valid_until: datetime.datetime | None
    created_at: datetime.datetime


@dataclass(frozen=True)
class Story:
    """What happened to a finding, what was said, and what was decided."""

    events: list[EventFacts]
    comments: list[CommentFacts]
    decisions: list[DecisionFacts]


def finding(viewer: Viewer, finding_id: int) -> FindingDetail:
    """One finding. Raises: FindingNotFoundError. Cost: 4 queries."""
    found = _whole(viewer).filter(pk=finding_id).first()
    if found is None:
        raise FindingNotFoundError(f"There is no finding {finding_id}.")
    details = _details(found)
    definition = found.definition
    opinions = opinions_of(found)
    state = State(found.state)
    return FindingDetail(
        **{name: getattr(found, name) for name in _SAME},
        id=found.pk,
        title=found.title or definition.title,
        kind=Kind(found.kind),
        state=state,
        next_states=tuple(states.may_follow(state)),
        severity=Severity(found.severity),
        severity_reason=severity_rules.explain(opinions, found.score),
        opinions=opinions,
        asset_path=found.asset.path,
        where=_where(found.asset),
        owner_team=found.owner_team.name if found.owner_team else "",
        assignee=str(found.assignee) if found.assignee else "",
        tool=definition.tool,
        rule=definition.rule,
        description=details.description or definition.description,
        message=details.message,
        remedy=details.remedy or definition.remedy,
        references=details.references or tuple(definition.references),
        ids=details.ids or tuple(definition.ids),
        cwes=details.cwes or tuple(definition.cwes),
        cvss=details.cvss or tuple(definition.cvss),
        place=msgspec.json.decode(found.place, type=Place) if found.place else Place(),
        component=found.component_name,
        version=found.component_version,
        vulnerability=found.vulnerability_id,
        details=details,
        cluster_reason=found.cluster.reason if found.cluster else "",
        attributions=_attributions(found),
    )


def _where(asset: Asset) -> Placed:
    return Placed(
        path=asset.path,
        ancestors=asset.ancestors,
        tier=asset.tier,
        data_class=asset.data_class,
        boundary=asset.boundary,
    )


def _whole(viewer: Viewer) -> QuerySet[Finding]:
    """Findings with all that belongs to them, and whether the viewer watches them."""
    watches = Watch.objects.filter(
        person_id=viewer.person_id or 0, object_type=Subject.FINDING.value, object_id=OuterRef("pk")
    )
    related = ("definition", "asset", "owner_team", "assignee", "cluster")
    return visible(viewer).select_related(*related).annotate(is_watched=Exists(watches))


# Facts that a finding's row has under the very name.
_SAME = (
    "is_watched", "score", "asset_id", "owner_team_id", "assignee_id", "place_label", "component_type", "fixed_version", "first_seen_at",
    "fix_available_at", "due_at", "resolved_at", "mitigated_at", "detected", "decision_id", "cluster_id",
)  # fmt: skip


def story(found: FindingDetail, *, limit: int = 500) -> Story:
    """What happened to a finding, for who has it before them: events newest first, comments, decisions. Cost: 3 queries."""
    return Story(_events(found.id, limit), _comments(found.id), _decisions(found.id, found.decision_id))


def events(viewer: Viewer, finding_id: int, *, limit: int = 500) -> list[EventFacts]:
    """A finding's history, newest first. Raises: FindingNotFoundError. Cost: 2 queries."""
    require_visible(viewer, finding_id)
    return _events(finding_id, limit)


def _events(finding_id: int, limit: int) -> list[EventFacts]:
    rows = FindingEvent.objects.filter(finding_id=finding_id).select_related("actor", "scan").order_by("-id")[:limit]
    return [
        EventFacts(
            id=row.pk,
            at=row.at,
            kind=EventKind(row.kind),
            actor=str(row.actor) if row.actor else (f"import {row.scan_id}" if row.scan_id else "prodsec"),
            scan_id=row.scan_id,
            reason=row.reason,
            data=msgspec.json.decode(row.data, type=dict[str, object]) if row.data else {},
        )
        for row in rows
    ]


def comments(viewer: Viewer, finding_id: int) -> list[CommentFacts]:
    """What was said, oldest first. Raises: FindingNotFoundError. Cost: 2 queries."""
    require_visible(viewer, finding_id)
    return _comments(finding_id)


def _comments(finding_id: int) -> list[CommentFacts]:
    rows = Comment.objects.filter(finding_id=finding_id).order_by("id")
    return [comment_facts(row) for row in rows]


def comment_facts(row: Comment) -> CommentFacts:
    """A comment as a value."""
    return CommentFacts(
        id=row.pk,
        author_id=row.author_id,
        author=row.author_name,
        body=row.body,
        created_at=row.created_at,
        edited_at=row.edited_at,
        is_removed=row.removed_at is not None,
    )


def decisions_on(viewer: Viewer, finding_id: int) -> list[DecisionFacts]:
    """The decision that holds for a finding, and earlier ones on it alone, newest first.

    Raises: FindingNotFoundError. Cost: 3 queries.
    """
    require_visible(viewer, finding_id)
    return _decisions(finding_id, visible(viewer).filter(pk=finding_id).values_list("decision_id", flat=True).first())


def _decisions(finding_id: int, held: int | None) -> list[DecisionFacts]:
    rows = Decision.objects.filter(scope_kind=DecisionScope.FINDING, scope_value=str(finding_id))
    if held is not None:
        rows |= Decision.objects.filter(pk=held)
    return [decision_facts(row) for row in rows.select_related("asked_by").order_by("-id")[:50]]


def decision_facts(row: Decision) -> DecisionFacts:
    """A decision as a value."""
    return DecisionFacts(
        id=row.pk,
        kind=row.kind,
        scope_kind=row.scope_kind,
        scope_value=row.scope_value,
        reason=row.reason,
        justification=row.justification,
        asked_by=str(row.asked_by) if row.asked_by else "prodsec",
        state=row.state,
        valid_until=row.valid_until,
        created_at=row.created_at,
    )


def require_visible(viewer: Viewer, finding_id: int) -> None:
    """Pass for who may see a finding. Raises: FindingNotFoundError. Cost: 1 query."""
    if not visible(viewer).filter(pk=finding_id).exists():
        raise FindingNotFoundError(f"There is no finding {finding_id}.")


def titles(viewer: Viewer, finding_ids: Collection[int]) -> dict[int, str]:
    """The titles of those of these findings that the viewer may see. Cost: 1 query."""
    rows = visible(viewer).filter(pk__in=finding_ids).order_by("id").values_list("id", "title", "definition__title")
    return {finding_id: own or shared for finding_id, own, shared in rows}


def _details(found: Finding) -> Details:
    if found.block_id is None or found.block_index is None:
        return Details()
    data = DetailBlock.objects.values_list("data", flat=True).get(pk=found.block_id)
    return unpack(bytes(data))[found.block_index]


def _attributions(found: Finding) -> tuple[AttributionFacts, ...]:
    rows = list(
        Attribution.objects.filter(finding=found).select_related("scope", "opened_by", "closed_by").order_by("scope_id")
    )
    scope_ids = [row.scope_id for row in rows]
    last: dict[int, tuple[int, datetime.datetime | None]] = {}
    scans = Scan.objects.filter(
        asset_id=found.asset_id, is_record=True, scope_ids__overlap=scope_ids, finished_at__isnull=False
    )
    for scan_id, scopes, finished_at in scans.order_by("-id").values_list("id", "scope_ids", "finished_at")[:50]:
        for scope_id in scopes:
            last.setdefault(scope_id, (scan_id, finished_at))
    return tuple(
        AttributionFacts(
            scope_id=row.scope_id,
            tool=row.scope.tool,
            analysis=Kind(row.scope.analysis),
            target=row.scope.target,
            is_open=row.closed_by_id is None,
            opened_by=row.opened_by_id,
            opened_at=row.opened_by.created_at,
            closed_by=row.closed_by_id,
            closed_at=row.closed_by.finished_at if row.closed_by else None,
            last_scan_id=last.get(row.scope_id, (None, None))[0],
            last_scan_at=last.get(row.scope_id, (None, None))[1],
        )
        for row in rows
    )
