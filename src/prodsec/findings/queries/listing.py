"""Lists of findings: narrowed, ordered, a page at a time by keyset, never by offset."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import Finding
from prodsec.findings.queries.filters import narrow
from prodsec.findings.rules.filtering.clauses import Filters
from prodsec.findings.rules.filtering.fields import Order
from prodsec.findings.types import FindingNotFoundError, State
from prodsec.inventory import queries as inventory
from prodsec.kit import clock, paging
from prodsec.kit.errors import InvalidError
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

CAP = 10_000


@dataclass(frozen=True)
class FindingRow:
    """A finding as lists show it. `members` counts the other findings of its cluster."""

    id: int
    title: str
    severity: Severity
    state: State
    kind: Kind
    asset_id: int
    asset_path: str
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

    @property
    def vulnerability_beside(self) -> str:
        """The vulnerability, where the title does not name it."""
        return "" if self.vulnerability in self.title else self.vulnerability

    @property
    def package(self) -> str:
        """The component with its version."""
        return f"{self.component} {self.version}" if self.version else self.component

    @property
    def place_beside(self) -> str:
        """The place, where it says more than the component."""
        return "" if self.place == self.component else self.place


@dataclass(frozen=True)
class FindingPage:
    """A page of a list. `next` and `previous` are cursors, None at the ends."""

    items: list[FindingRow]
    next: str | None


class _Stored(NamedTuple):
    """What is read of a finding, in the order of `_COLUMNS`."""

    pk: int
    title: str
    severity: int
    state: int
    kind: int
    asset_id: int
    asset_path: str
    place: str
    component: str
    version: str
    vulnerability: str
    definition_title: str
    tool: str
    rule: str
    owner_team: str | None
    assignee_name: str | None
    assignee_email: str | None
    first_seen_at: datetime.datetime
    due_at: datetime.datetime | None
    detected: bool
    cluster_id: int | None


_COLUMNS = (
    "pk", "title", "severity", "state", "kind", "asset_id", "asset__path", "place_label", "component_name",
    "component_version", "vulnerability_id", "definition__title", "definition__tool", "definition__rule", "owner_team__name",
    "assignee__name", "assignee__email", "first_seen_at", "due_at", "detected", "cluster_id",
)  # fmt: skip


def findings_list(viewer: Viewer, filters: Filters, *, cursor: str = "", size: int | None = None) -> FindingPage:
    """A page of findings; a cluster is the row of its lead unless the filters tell members apart.

    Order: as `filters.order`, ties by id. Cost: 2 queries (3 with a text), whatever is stored.
    Raises: InvalidError for a cursor that is not ours.
    """
    wanted = paging.page_size(size)
    rows = _ordered(narrowed(viewer, filters), filters.order, cursor, wanted + 1)
    shown, more = rows[:wanted], rows[wanted:]
    members = _member_counts([finding.cluster_id for finding in shown if finding.cluster_id is not None])
    return FindingPage(
        items=_rows(shown, members),
        next=paging.encode_cursor(_key(shown[-1], filters.order)) if more and shown else None,
    )


def count_capped(viewer: Viewer, filters: Filters) -> int:
    """How many there are, at most 10,001 (shown as "10,000+"). Cost: 1 query, never more than 10,001 rows."""
    return narrowed(viewer, filters)[: CAP + 1].count()


def which_show(viewer: Viewer, questions: Sequence[Filters]) -> list[bool]:
    """Which of these leave anything. Cost: 1 query for all, and those that look names up."""
    asked: list[tuple[str, tuple[Any, ...]]] = []
    for filters in questions:
        try:
            asked.append(narrowed(viewer, filters).order_by().values("pk")[:1].query.sql_with_params())
        except EmptyResultSet:
            asked.append(("SELECT 1 WHERE false", ()))
    if not asked:
        return []
    with connection.cursor() as cursor:
        parts = ", ".join(f"EXISTS ({sql})" for sql, _ in asked)
        cursor.execute(f"SELECT {parts}", [value for _, values in asked for value in values])
        return list(cursor.fetchone())


def cluster_members(viewer: Viewer, finding_id: int) -> list[FindingRow]:
    """The other findings of a finding's cluster, worst first, at most 200. Cost: 2 queries. Raises: FindingNotFoundError."""
    lead = visible(viewer).filter(pk=finding_id).values_list("cluster_id", flat=True)[:1]
    if not lead:
        raise FindingNotFoundError(f"There is no finding {finding_id}.")
    return others_of_cluster(viewer, lead[0], finding_id) if lead[0] else []


def others_of_cluster(viewer: Viewer, cluster_id: int, finding_id: int) -> list[FindingRow]:
    """The findings of a cluster but one, worst first, at most 200. Cost: 1 query."""
    others = _first(visible(viewer).filter(cluster_id=cluster_id).exclude(pk=finding_id), "-severity", "id", limit=200)
    return _rows(others, {cluster_id: len(others) + 1})


def rows_of(viewer: Viewer, finding_ids: list[int]) -> list[FindingRow]:
    """These findings as lists show them, by number; those that the viewer does not see are left out. Cost: 2 queries."""
    found = _first(visible(viewer).filter(pk__in=finding_ids), "id", limit=len(finding_ids))
    return _rows(found, _member_counts([finding.cluster_id for finding in found if finding.cluster_id is not None]))


def visible(viewer: Viewer) -> QuerySet[Finding]:
    """The findings of the assets the viewer sees."""
    found = Finding.objects.all()
    if not inventory.sees_all(viewer, Permission.FINDING_READ):
        found = found.filter(asset__in=inventory.visible_to(viewer, Permission.FINDING_READ))
    return found


def _seen(viewer: Viewer) -> QuerySet[Finding]:
    """As `visible`, for lists: few assets are named one by one, since then the planner knows how many findings they have."""
    if inventory.sees_all(viewer, Permission.FINDING_READ):
        return Finding.objects.all()
    few = inventory.few_visible(viewer, Permission.FINDING_READ)
    return visible(viewer) if few is None else Finding.objects.filter(asset__in=few)


def narrowed(viewer: Viewer, filters: Filters) -> QuerySet[Finding]:
    """The findings that the filters leave. Cost: up to 4 queries to look names up."""
    return narrow(_seen(viewer), viewer, filters)


def _ordered(found: QuerySet[Finding], order: Order, cursor: str, limit: int) -> list[_Stored]:
    if order is Order.SEVERITY:
        if cursor:
            severity, last = _numbers(paging.decode_cursor(cursor, length=2))
            found = found.filter(severity__lte=severity).filter(Q(severity__lt=severity) | Q(pk__gt=last))
        return _first(found, "-severity", "id", limit=limit)
    if order is Order.DUE:
        return _by_due(found, cursor, limit)
    if cursor:
        (last,) = _numbers(paging.decode_cursor(cursor, length=1))
        found = found.filter(pk__lt=last) if order is Order.NEWEST else found.filter(pk__gt=last)
    return _first(found, "-id" if order is Order.NEWEST else "id", limit=limit)


def _by_due(found: QuerySet[Finding], cursor: str, limit: int) -> list[_Stored]:
    """By due date; what has none comes last."""
    dated, undated = found.filter(due_at__isnull=False), found.filter(due_at__isnull=True)
    after: int | None = None
    if cursor:
        due, last = paging.decode_cursor(cursor, length=2)
        (last_id,) = _numbers([last])
        if due is None:
            dated, after = dated.none(), last_id
        else:
            at = _instant(due)
            dated = dated.filter(due_at__gte=at).filter(Q(due_at__gt=at) | Q(pk__gt=last_id))
    rows = _first(dated, "due_at", "id", limit=limit)
    if len(rows) < limit:
        if after is not None:
            undated = undated.filter(pk__gt=after)
        rows += _first(undated, "id", limit=limit - len(rows))
    return rows


def _numbers(key: paging.Key) -> list[int]:
    if not all(isinstance(part, int) and abs(part) < 2**62 for part in key):
        raise InvalidError("this cursor is not one of ours; start again without it", place="cursor")
    return [part for part in key if isinstance(part, int)]


def _instant(part: object) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(str(part))
    except ValueError:
        raise InvalidError("this cursor is not one of ours; start again without it", place="cursor") from None


def _key(last: _Stored, order: Order) -> paging.Key:
    if order is Order.SEVERITY:
        return [last.severity, last.pk]
    if order is Order.DUE:
        return [last.due_at.isoformat() if last.due_at else None, last.pk]
    return [last.pk]


def _first(found: QuerySet[Finding], *order: str, limit: int) -> list[_Stored]:
    """The first findings in an order, as plain rows: fifty with their joined names cost a third of fifty models."""
    return [_Stored(*row) for row in found.order_by(*order).values_list(*_COLUMNS)[:limit]]


def _rows(findings: Sequence[_Stored], members: dict[int, int]) -> list[FindingRow]:
    now = clock.now()
    return [
        FindingRow(
            id=finding.pk,
            title=finding.title or finding.definition_title,
            severity=Severity(finding.severity),
            state=(state := State(finding.state)),
            kind=Kind(finding.kind),
            asset_id=finding.asset_id,
            asset_path=finding.asset_path,
            place=finding.place,
            component=finding.component,
            version=finding.version,
            vulnerability=finding.vulnerability,
            tool=finding.tool,
            rule=finding.rule,
            owner_team=finding.owner_team or "",
            assignee=finding.assignee_name or finding.assignee_email or "",
            first_seen_at=finding.first_seen_at,
            due_at=finding.due_at,
            is_overdue=state.is_open and finding.due_at is not None and finding.due_at < now,
            detected=finding.detected,
            cluster_id=finding.cluster_id,
            members=max(members.get(finding.cluster_id or 0, 1) - 1, 0),
        )
        for finding in findings
    ]


def _member_counts(cluster_ids: list[int]) -> dict[int, int]:
    if not cluster_ids:
        return {}
    counts: dict[int, int] = {}
    for cluster_id in Finding.objects.filter(cluster_id__in=cluster_ids).values_list("cluster_id", flat=True):
        counts[cluster_id or 0] = counts.get(cluster_id or 0, 0) + 1
    return counts
