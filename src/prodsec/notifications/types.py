"""What crosses the border of `notifications`."""

import datetime
import enum
from dataclasses import dataclass

from prodsec.kit.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from prodsec.vocabulary.severity import Severity


class NoticeKind(enum.StrEnum):
    """What a notice tells. Stored as its word."""

    MENTION = "mention"
    APPROVAL = "approval"
    BREACH = "breach"
    ASSIGNED = "assigned"
    COMMENT = "comment"
    IMPORT_FAILED = "import_failed"
    BULK_DONE = "bulk_done"
    VIEW_CHANGED = "view_changed"


# Source: ux.md rule 14. All else waits for the channel's next digest.
AT_ONCE = frozenset({NoticeKind.MENTION, NoticeKind.APPROVAL, NoticeKind.BREACH})
# What concerns a team; the rest is said to persons.
FOR_TEAMS = (
    NoticeKind.BREACH,
    NoticeKind.MENTION,
    NoticeKind.COMMENT,
    NoticeKind.IMPORT_FAILED,
    NoticeKind.VIEW_CHANGED,
)


class Pace(enum.StrEnum):
    """How often a channel speaks. Stored as its word."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class Subject(enum.StrEnum):
    """What can be watched. Stored as its word."""

    FINDING = "finding"
    ASSET = "asset"


class DeliveryState(enum.IntEnum):
    """How far a message is. Stored as its number."""

    WAITING = 1
    SENT = 2
    EMPTY = 3


EMAIL = "email"


@dataclass(frozen=True)
class Said:
    """What is told, finished: text in the words of the product, and where it leads.

    link        a path of this installation
    asset_id    whose visibility decides who may read it; None: it is about nothing that is hidden from anybody
    place       the asset's path, by which digests group
    count       how many findings it stands for
    key         a second notice with the same key, to the same reader, is not written; empty: always written
    """

    kind: NoticeKind
    title: str
    link: str
    object_type: str
    object_id: str
    asset_id: int | None = None
    body: str = ""
    place: str = ""
    severity: Severity | None = None
    count: int = 1
    key: str = ""


@dataclass(frozen=True)
class Rhythm:
    """When a channel speaks, in the clock of its time zone (an IANA name).

    at          of daily and weekly digests
    weekday     of weekly ones, Monday is 0
    quiet_*     from when until when nothing goes out, over midnight too; None or equal: no quiet hours
    """

    pace: Pace = Pace.DAILY
    at: datetime.time = datetime.time(8, 0)
    weekday: int = 0
    zone: str = "UTC"
    quiet_from: datetime.time | None = None
    quiet_until: datetime.time | None = None


@dataclass(frozen=True)
class Wishes:
    """What a channel wants: which kinds, and when."""

    kinds: frozenset[NoticeKind]
    rhythm: Rhythm
    is_on: bool = True


@dataclass(frozen=True)
class NoticeFacts:
    """A notice as pages, API and messages show it."""

    id: int
    kind: NoticeKind
    at: datetime.datetime
    title: str
    body: str
    link: str
    object_type: str
    object_id: str
    asset_id: int | None
    place: str
    severity: Severity | None
    count: int
    is_read: bool


@dataclass(frozen=True)
class ChannelFacts:
    """A channel without its address: of that only the kind and the last characters are ever shown."""

    id: int
    team_id: int | None
    team: str
    person_id: int | None
    kind: str
    name: str
    tail: str
    wishes: Wishes
    failing_since: datetime.datetime | None
    is_dead: bool
    last_error: str
    sent_at: datetime.datetime | None


@dataclass(frozen=True)
class DeliveryFacts:
    """A message through a channel: how many notices it told, and how it went.

    failures    attempts that the other side refused, or that did not reach it
    doubts      attempts without an answer: the message may have arrived with each of them
    is_asking   whether the answer to an attempt is not known yet
    """

    id: int
    made_at: datetime.datetime
    ended_at: datetime.datetime | None
    state: DeliveryState
    notices: int
    failures: int
    doubts: int
    is_asking: bool
    error: str


@dataclass(frozen=True)
class Outgoing:
    """A delivery that is about to be sent: through which channel, to whom, what waits for it, and whether it may have arrived before."""

    delivery_id: int
    channel: ChannelFacts
    address: str
    notices: tuple[NoticeFacts, ...]
    is_doubtful: bool


@dataclass(frozen=True)
class Message:
    """A finished message. `html` is for those who can show it; `word` is the same for the same delivery, tried again or not."""

    subject: str
    text: str
    html: str
    word: str


class ChannelNotFoundError(NotFoundError):
    """No such channel, or not for this viewer."""


class ChannelForbiddenError(ForbiddenError):
    """The team's channels are for its members and admins to change."""


class AddressError(InvalidError):
    """A channel's address cannot be used."""


class NotSentError(UnavailableError):
    """The other side did not take a message. The sentence holds no address."""


class UnansweredError(NotSentError):
    """The other side had the message, or part of it, but did not say whether it took it."""
