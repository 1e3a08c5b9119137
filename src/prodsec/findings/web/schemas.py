"""Shapes of findings in the API: words for numbers, ids for links."""

import datetime

from ninja import Schema

from prodsec.findings.queries import (
    AttributionFacts,
    CommentFacts,
    DecisionFacts,
    EventFacts,
    FindingDetail,
    FindingRow,
    GroupRow,
)
from prodsec.findings.rules.filtering import addresses
from prodsec.findings.types import DecisionScope, DecisionState, DismissalReason
from prodsec.kit.fields import Body, Instant, Text


class FindingOut(Schema):
    """A finding in a list. `members` counts the others of its cluster."""

    id: int
    title: str
    severity: str
    state: str
    kind: str
    asset_id: int
    asset: str
    place: str
    component: str
    version: str
    vulnerability: str
    tool: str
    rule: str
    owner_team: str
    assignee: str
    first_seen_at: datetime.datetime
    due_at: datetime.datetime | None
    is_overdue: bool
    detected: bool
    cluster_id: int | None
    members: int


class FindingList(Schema):
    """A page. `next` is the cursor of the following one."""

    items: list[FindingOut]
    next: str | None


class GroupOut(Schema):
    """A group of findings. `query` is what stands behind the ? of `/findings` to list exactly these.

    remedy: bump, rebuild, rotate or fix, when grouped by remediation; version: the one to bump to, empty when none is known;
    unfixed: how many know no version that fixes them.
    """

    key: str
    label: str
    note: str
    total: int
    severities: dict[str, int]
    query: str
    remedy: str | None
    version: str
    unfixed: int


class GroupList(Schema):
    """A page. capped: there are more findings than were counted, so counts are at least what they say."""

    items: list[GroupOut]
    next: str | None
    capped: bool


class AttributionOut(Schema):
    """That a scope shows, or showed, the finding."""

    scope_id: int
    tool: str
    analysis: str
    target: str
    is_open: bool
    opened_by: int
    opened_at: datetime.datetime
    closed_by: int | None
    last_scan_id: int | None
    last_scan_at: datetime.datetime | None


class ClockOut(Schema):
    """A date of obligation and why it is that one."""

    kind: str
    due_at: datetime.datetime
    started_at: datetime.datetime
    stopped_at: datetime.datetime | None
    reason: str


class FindingDetailOut(Schema):
    """Everything about one finding. `revision` goes up with each change; send it as `If-Match` to overrule nobody unseen."""

    id: int
    revision: int
    title: str
    kind: str
    state: str
    next_states: list[str]
    severity: str
    severity_reason: str
    score: float | None
    asset_id: int
    asset: str
    owner_team_id: int | None
    owner_team: str
    assignee_id: int | None
    assignee: str
    tool: str
    rule: str
    description: str
    message: str
    remedy: str
    references: list[str]
    ids: list[str]
    cwes: list[int]
    cvss: list[str]
    place: str
    file: str
    line: int | None
    snippet: str
    component: str
    component_type: str
    version: str
    fixed_version: str
    vulnerability: str
    first_seen_at: datetime.datetime
    fix_available_at: datetime.datetime | None
    due_at: datetime.datetime | None
    resolved_at: datetime.datetime | None
    mitigated_at: datetime.datetime | None
    detected: bool
    decision_id: int | None
    cluster_id: int | None
    cluster_reason: str
    attributions: list[AttributionOut]
    clocks: list[ClockOut]


class EventOut(Schema):
    """One change."""

    id: int
    at: datetime.datetime
    kind: str
    actor: str
    scan_id: int | None
    reason: str


class CommentOut(Schema):
    """What somebody said, in Markdown; nothing is left of what was taken back."""

    id: int
    author_id: int | None
    author: str
    body: str
    created_at: datetime.datetime
    edited_at: datetime.datetime | None
    is_removed: bool


class DecisionOut(Schema):
    """A decision."""

    id: int
    kind: str
    scope: str
    value: str
    reason: str
    justification: str
    asked_by: str
    state: str
    valid_until: datetime.datetime | None
    created_at: datetime.datetime


class FindingIds(Body):
    """Which findings, and why."""

    findings: list[int]
    reason: Text = ""


class Dismissal(FindingIds):
    """Which findings are no work, and why: false_positive, not_affected, accepted, wont_fix, duplicate."""

    kind: str
    justification: Text = ""


class SeverityChange(FindingIds):
    """Another severity; null takes the person's word back."""

    severity: str | None


class Assignment(FindingIds):
    """To whom; null to nobody."""

    person_id: int | None


class CommentIn(Body):
    """A comment in Markdown."""

    body: Text


class DecisionIn(Body):
    """A decision over more than one finding: scope is cluster, rule, component or vulnerability."""

    asset_id: int
    scope: str
    value: Text
    kind: str
    reason: Text
    justification: Text = ""
    valid_until: Instant | None = None


class Changed(Schema):
    """The findings that changed; the others were so already."""

    changed: list[int]


def row_out(row: FindingRow) -> FindingOut:
    """A row of a list."""
    return FindingOut(
        **{name: getattr(row, name) for name in FindingOut.model_fields if hasattr(row, name) and name not in _WORDS},
        severity=row.severity.word,
        state=row.state.word,
        kind=row.kind.word,
        asset=row.asset_path,
    )


_WORDS = frozenset({"severity", "state", "kind"})


def detail_out(found: FindingDetail, clocks: list[ClockOut], revision: int) -> FindingDetailOut:
    """A finding."""
    listed = ("references", "ids", "cwes", "cvss")
    plain = {
        name: getattr(found, name)
        for name in FindingDetailOut.model_fields
        if hasattr(found, name) and name not in _WORDS | {"next_states", "attributions", "place", *listed}
    }
    return FindingDetailOut(
        **plain,
        revision=revision,
        references=list(found.references),
        ids=list(found.ids),
        cwes=list(found.cwes),
        cvss=list(found.cvss),
        severity=found.severity.word,
        state=found.state.word,
        kind=found.kind.word,
        next_states=[state.word for state in found.next_states],
        asset=found.asset_path,
        place=found.place_label,
        file=found.place.file,
        line=found.place.line,
        snippet=found.details.snippet,
        attributions=[_attribution(facts) for facts in found.attributions],
        clocks=clocks,
    )


def _attribution(facts: AttributionFacts) -> AttributionOut:
    return AttributionOut(
        **{name: getattr(facts, name) for name in AttributionOut.model_fields if name != "analysis"},
        analysis=facts.analysis.word,
    )


def event_out(facts: EventFacts) -> EventOut:
    """A change."""
    return EventOut(
        id=facts.id, at=facts.at, kind=facts.kind.word, actor=facts.actor, scan_id=facts.scan_id, reason=facts.reason
    )


def comment_out(facts: CommentFacts) -> CommentOut:
    """A comment."""
    return CommentOut(**{name: getattr(facts, name) for name in CommentOut.model_fields})


def decision_out(facts: DecisionFacts) -> DecisionOut:
    """A decision."""
    return DecisionOut(
        id=facts.id,
        kind=DismissalReason(facts.kind).word,
        scope=DecisionScope(facts.scope_kind).name.lower(),
        value=facts.scope_value,
        reason=facts.reason,
        justification=facts.justification,
        asked_by=facts.asked_by,
        state=DecisionState(facts.state).name.lower(),
        valid_until=facts.valid_until,
        created_at=facts.created_at,
    )


def group_out(row: GroupRow) -> GroupOut:
    """A group as the API tells it."""
    return GroupOut(
        key=row.key,
        label=row.label,
        note=row.note,
        total=row.total,
        severities={severity.word: number for severity, number in row.by_severity.items()},
        query=addresses.written(row.filters),
        remedy=row.remedy.value if row.remedy else None,
        version=row.version,
        unfixed=row.unfixed,
    )
