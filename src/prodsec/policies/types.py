"""What crosses the border of `policies`."""

import datetime
import enum
from dataclasses import dataclass

from prodsec.kit.errors import InvalidError
from prodsec.vocabulary.severity import Severity


class ClockKind(enum.IntEnum):
    """The two duties. Stored as its number."""

    MITIGATE = 1
    REMEDIATE = 2

    @property
    def word(self) -> str:
        """The lower-case word used in JSON and pages."""
        return self.name.lower()


class DocumentError(InvalidError):
    """A policy document cannot be used; the sentence says where and why."""


@dataclass(frozen=True)
class Sla:
    """The times of one SLA document, in hours by severity; a severity without an entry has no such duty.

    restarts_for    kinds of finding (words) whose clock waits for a fix to be available
    """

    mitigate_hours: dict[Severity, int]
    remediate_hours: dict[Severity, int]
    waits_for_fix: frozenset[str]


@dataclass(frozen=True)
class Breach:
    """A finding that passed its due date."""

    finding_id: int
    asset_id: int
    team_id: int | None
    assignee_id: int | None
    severity: Severity


@dataclass(frozen=True)
class ClockValue:
    """A clock as it is computed: everything that its row stores."""

    kind: ClockKind
    severity: Severity
    started_at: datetime.datetime
    due_at: datetime.datetime
    allowed_hours: int
    extension_days: int = 0
    paused_days: int = 0
    stopped_at: datetime.datetime | None = None
