"""Reads of `policies`: documents, and clocks with the reason for each date."""

import datetime
from dataclasses import dataclass

import msgspec

from prodsec.accounts.types import Viewer
from prodsec.findings import queries as findings
from prodsec.findings.models import Finding, FindingEvent
from prodsec.findings.types import EventKind
from prodsec.policies.models import Clock, Document
from prodsec.policies.rules import clock as rules
from prodsec.policies.rules import histories
from prodsec.policies.rules.documents import parse_sla
from prodsec.policies.rules.histories import Happening
from prodsec.policies.types import ClockKind, ClockValue
from prodsec.scans.types import ScanState
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity


@dataclass(frozen=True)
class ExplainedClock:
    """A clock and why its date is what it is."""

    kind: ClockKind
    severity: Severity
    started_at: datetime.datetime
    allowed_hours: int
    extension_days: int
    paused_days: int
    due_at: datetime.datetime
    stopped_at: datetime.datetime | None
    document_version: int
    reason: str

    @property
    def is_met(self) -> bool | None:
        """Whether the duty was done in time; None while it is not done."""
        return None if self.stopped_at is None else self.stopped_at <= self.due_at


def clocks_of(viewer: Viewer, finding_id: int) -> list[ExplainedClock]:
    """A finding's clocks: mitigate before remediate. Raises: FindingNotFoundError. Cost: 1 query, 2 without clocks.

    None at all means that the SLA has no time for its severity.
    """
    rows = Clock.objects.filter(finding__in=findings.visible(viewer).filter(pk=finding_id))
    explained = []
    for row in rows.select_related("document", "finding").order_by("kind"):
        sla = parse_sla(row.document.text)
        value = value_of(row)
        history = history_of(row.finding, row)
        explained.append(
            ExplainedClock(
                kind=value.kind,
                severity=value.severity,
                started_at=row.started_at,
                allowed_hours=row.allowed_hours,
                extension_days=row.extension_days,
                paused_days=row.paused_days,
                due_at=row.due_at,
                stopped_at=row.stopped_at,
                document_version=row.document.version,
                reason=rules.explain(value, history, sla, row.document.version),
            )
        )
    if not explained:
        findings.require_visible(viewer, finding_id)
    return explained


def value_of(row: Clock) -> ClockValue:
    """A stored clock as a value."""
    return ClockValue(
        kind=ClockKind(row.kind),
        severity=Severity(row.severity),
        started_at=row.started_at,
        due_at=row.due_at,
        allowed_hours=row.allowed_hours,
        extension_days=row.extension_days,
        paused_days=row.paused_days,
        stopped_at=row.stopped_at,
    )


def history_of(found: Finding, row: Clock) -> rules.History:
    """What decides a clock, out of the record."""
    return rules.History(
        kind_word=Kind(found.kind).word,
        severity=Severity(row.severity),
        first_seen_at=found.first_seen_at,
        fix_available_at=found.fix_available_at,
        mitigated_at=found.mitigated_at,
        stopped_at=row.stopped_at,
        extension_days=row.extension_days,
        paused_days=row.paused_days,
    )


def rebuilt_clocks(found: Finding) -> list[ClockValue]:
    """A finding's clocks computed from its events by the SLA in force; the stored ones equal them. Cost: 2 queries."""
    document = Document.objects.get(kind="sla", is_active=True)
    rows = list(
        FindingEvent.objects.filter(finding=found).order_by("id").values_list("id", "at", "kind", "data", "scan__state")
    )
    undone = {_undoes(data) for *_, data, _ in rows}
    happenings = [
        Happening(
            at,
            EventKind(kind),
            days=_days(kind, data),
            is_void=state == ScanState.UNDONE or _is_void(key, kind, undone),
        )
        for key, at, kind, data, state in rows
    ]
    opening = rules.History(
        kind_word=Kind(found.kind).word,
        severity=Severity(found.severity),
        first_seen_at=found.first_seen_at,
        fix_available_at=found.fix_available_at,
    )
    return histories.rebuild(parse_sla(document.text), opening, happenings)


def _is_void(key: int, kind: int, undone: set[int]) -> bool:
    """Whether the event was taken back and no later one speaks of it; what opens and ends is spoken of again."""
    return kind == EventKind.MITIGATED and key in undone


def _undoes(data: str) -> int:
    """The event that this one takes back, 0 for none."""
    undoes = msgspec.json.decode(data, type=dict[str, object])["undoes"] if '"undoes"' in data else 0
    return undoes if isinstance(undoes, int) else 0


def _days(kind: int, data: str) -> int:
    return msgspec.json.decode(data, type=dict[str, int])["days"] if kind == EventKind.EXTENDED else 0


def sla_documents() -> list[Document]:
    """All versions of the SLA, newest first."""
    return list(Document.objects.filter(kind="sla").order_by("-version"))
