"""What crosses the border of `findings`."""

import datetime
import enum
from dataclasses import dataclass, field

from prodsec.kit.errors import ConflictError, NotFoundError
from prodsec.vocabulary.severity import Severity

RECIPE = 1


class State(enum.IntEnum):
    """Where a finding stands. Stored as its number. Source: domain/vulnerability-management.md §8, design.md §5."""

    DETECTED = 1
    TRIAGED = 2
    IN_REMEDIATION = 3
    MITIGATED = 4
    RESOLVED = 5
    DISMISSED = 6

    @property
    def word(self) -> str:
        """The lower-case word used in JSON, addresses and files."""
        return self.name.lower()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something. Mitigated is open: it lowers the risk, not the duty."""
        return self < State.RESOLVED


OPEN_STATES = tuple(state.value for state in State if state.is_open)


class EventKind(enum.IntEnum):
    """What happened to a finding. Stored as its number; numbers are never reused."""

    OPENED = 1
    REOPENED = 2
    RESOLVED = 3
    MOVED = 4
    CHANGED = 5
    SEEN_BY = 6
    GONE_FROM = 7
    TRIAGED = 10
    REMEDIATION_STARTED = 11
    MITIGATED = 12
    DISMISSED = 13
    REOPENED_BY_PERSON = 14
    SEVERITY_SET = 15
    ASSIGNED = 16
    OWNER_CHANGED = 17
    COMMENTED = 18
    CLUSTERED = 19
    EXTENDED = 20
    PAUSED = 21
    RESUMED = 22
    PARTED = 23
    UNDONE = 30
    TAKEN_BACK = 31
    COMMENT_EDITED = 40
    COMMENT_REMOVED = 41

    @property
    def word(self) -> str:
        """The lower-case word used in JSON."""
        return self.name.lower()


# Talk about a finding, which decides nothing.
TALK = (EventKind.COMMENTED.value, EventKind.COMMENT_EDITED.value, EventKind.COMMENT_REMOVED.value)


class Change(enum.IntEnum):
    """What a scan does to a finding, as its diff shows it."""

    NEW = 1
    REOPENED = 2
    FIXED = 3
    MOVED = 4
    CHANGED = 5
    SUPPRESSED = 6

    @property
    def word(self) -> str:
        """The lower-case word used in JSON and addresses."""
        return self.name.lower()


class DismissalReason(enum.IntEnum):
    """Why a finding is no work. Source: design.md §5 (lifecycle), domain/vulnerability-management.md §5."""

    FALSE_POSITIVE = 1
    NOT_AFFECTED = 2
    ACCEPTED = 3
    WONT_FIX = 4
    DUPLICATE = 5

    @property
    def word(self) -> str:
        """The lower-case word used in JSON and forms."""
        return self.name.lower()


class DecisionScope(enum.IntEnum):
    """What a decision covers, within its asset subtree."""

    FINDING = 1
    CLUSTER = 2
    RULE = 3
    COMPONENT = 4
    VULNERABILITY = 5


class DecisionState(enum.IntEnum):
    """Whether a decision holds."""

    ACTIVE = 1
    EXPIRED = 2
    REVOKED = 3


class DeedKind(enum.IntEnum):
    """What a person does to findings. Stored as its number."""

    CONFIRM = 1
    START = 2
    MITIGATE = 3
    DISMISS = 4
    REOPEN = 5
    SEVERITY = 6
    ASSIGN = 7

    @property
    def word(self) -> str:
        """The lower-case word used in JSON, forms and addresses."""
        return self.name.lower()


class BulkState(enum.IntEnum):
    """Where a bulk change stands. Stored as its number."""

    RUNNING = 1
    DONE = 2
    CANCELLED = 3
    UNDOING = 4
    UNDONE = 5

    @property
    def word(self) -> str:
        """The lower-case word used in JSON."""
        return self.name.lower()

    @property
    def is_under_way(self) -> bool:
        """Whether a job still works on it."""
        return self in (BulkState.RUNNING, BulkState.UNDOING)


class Outcome(enum.IntEnum):
    """What became of one finding of a bulk change. Stored as its number."""

    WAITING = 0
    DONE = 1
    ALREADY = 2
    REFUSED = 3
    NOT_YOURS = 4
    CHANGED_SINCE = 5
    UNDONE = 6
    KEPT = 7


class ClusterRunKind(enum.IntEnum):
    """What a run of a recipe of clusters over the installation is for. Stored as its number."""

    SHADOW = 1
    SWITCH = 2
    UNDO = 3

    @property
    def word(self) -> str:
        """The lower-case word used in JSON and commands."""
        return self.name.lower()


class ClusterWordKind(enum.IntEnum):
    """What a person says of a finding and its cluster. Stored as its number."""

    APART = 1
    TOGETHER = 2

    @property
    def word(self) -> str:
        """The lower-case word used in JSON."""
        return self.name.lower()


@dataclass(frozen=True)
class Deed:
    """What is done to findings, and why.

    dismissal, justification    of a dismissal
    severity                    None: as the sources say
    person_id                   None: nobody
    """

    kind: DeedKind
    reason: str = ""
    dismissal: DismissalReason | None = None
    justification: str = ""
    severity: Severity | None = None
    person_id: int | None = None


@dataclass(frozen=True)
class SomebodysChange:
    """What somebody did to a finding since it was looked at."""

    finding_id: int
    event_id: int
    at: datetime.datetime
    kind: EventKind
    actor: str
    reason: str


@dataclass(frozen=True)
class Opinions:
    """What each source says of a severity; None is silence. Order of weight: see `rules.severity`."""

    scanner: Severity | None = None
    advisory: Severity | None = None
    vendor: Severity | None = None
    policy: Severity | None = None
    person: Severity | None = None


@dataclass(frozen=True)
class DueTimes:
    """How long remediation may take, for due dates of new findings: hours by severity, and the kinds that wait for a fix.

    `policies` owns the numbers; a merge is handed them, so that new rows are written once.
    """

    hours: dict[Severity, int] = field(default_factory=dict)
    waits_for_fix: frozenset[int] = frozenset()


@dataclass
class Changes:
    """What a merge did, by finding ids; `policies` acts on the touched ones."""

    opened: list[int] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    dismissed: list[int] = field(default_factory=list)
    reweighed: list[int] = field(default_factory=list)
    suppressed: int = 0
    unchanged: int = 0
    asset_id: int | None = None
    clustered: list[int] = field(default_factory=list)
    scope_ids: set[int] = field(default_factory=set)

    def touched(self) -> list[int]:
        """Every finding whose clocks may have to be looked at."""
        return [*self.opened, *self.known()]

    def known(self) -> list[int]:
        """Every touched finding that was there before, each once."""
        touched = (self.reopened, self.closed, self.moved, self.changed, self.dismissed, self.reweighed)
        return sorted({finding for ids in touched for finding in ids})

    def is_empty(self) -> bool:
        """Whether the record is as it was."""
        return not self.touched()


class FindingNotFoundError(NotFoundError):
    """No such finding, or not for this viewer."""


class ClusterWordNotFoundError(NotFoundError):
    """No such word, not for this viewer, or withdrawn already."""


class KinshipError(ConflictError):
    """The findings already are as it is said."""


class RecipeError(ConflictError):
    """Recipes of clusters are changed one at a time, and only to another one."""


class CommentNotFoundError(NotFoundError):
    """No such comment on this finding, or it was removed."""


class StateError(ConflictError):
    """The finding is not in a state that allows this."""


class ChangedSinceError(ConflictError):
    """Somebody else changed the finding since it was looked at."""

    def __init__(self, changes: tuple[SomebodysChange, ...]) -> None:
        last = changes[-1]
        why = f" ({last.reason[:200]})" if last.reason else ""
        super().__init__(
            f"{last.actor} changed finding {last.finding_id} in between: {last.kind.word.replace('_', ' ')}{why}. "
            "Look at it, then send yours again."
        )
        self.changes = changes


class UndoError(ConflictError):
    """The import cannot be undone; the sentence says what stands in the way."""


@dataclass(frozen=True)
class SavedViewFacts:
    """A saved view as its reader has it. `query` is what stands after the `?` of its address.

    team, team_id       whom it is shared with; empty means nobody, unless `is_for_everybody`
    columns             names of the columns that it shows, in order; empty means the reader's own
    """

    id: int
    name: str
    query: str
    columns: tuple[str, ...]
    owner_id: int
    owner: str
    team_id: int | None
    team: str
    is_for_everybody: bool
    is_pinned: bool
    is_subscribed: bool
    may_change: bool


class ViewNotFoundError(NotFoundError):
    """No such saved view, or not for this viewer."""
