"""What the API says of notices, channels and watches, and what it is told."""

import datetime
from typing import Annotated

from ninja import Schema
from pydantic import WithJsonSchema

from prodsec.kit.fields import Body, Text
from prodsec.notifications.types import ChannelFacts, NoticeFacts, NoticeKind, Pace, Rhythm, Subject, Wishes

# A time in the zone named beside it; the format `time` of JSON schemas would want an offset.
TimeOfDay = Annotated[
    datetime.time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"})
]


class NoticeOut(Schema):
    """One notice."""

    id: int
    kind: str
    at: datetime.datetime
    title: str
    body: str
    link: str
    object_type: str
    object_id: str
    asset_id: int | None
    asset: str
    severity: str | None
    count: int
    is_read: bool


class NoticePage(Schema):
    """Some notices, newest first."""

    items: list[NoticeOut]
    next: str | None


class NoticeIds(Body):
    """Which notices."""

    notices: list[int]


class NoticesRead(Schema):
    """How many changed; the others were so already, or are not yours."""

    changed: int


class WishesIn(Body):
    """What to hear of, and when. Times are those of the clock in `zone`."""

    kinds: list[NoticeKind]
    pace: Pace = Pace.DAILY
    at: TimeOfDay = datetime.time(8)
    weekday: int = 0
    zone: Text = "UTC"
    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = None
    is_on: bool = True

    def wishes(self) -> Wishes:
        """As the services take it."""
        return Wishes(
            kinds=frozenset(self.kinds),
            rhythm=Rhythm(
                pace=self.pace,
                at=self.at.replace(tzinfo=None),
                weekday=self.weekday,
                zone=self.zone,
                quiet_from=_naive(self.quiet_from),
                quiet_until=_naive(self.quiet_until),
            ),
            is_on=self.is_on,
        )


class WishesOut(Schema):
    """What is heard, and when."""

    kinds: list[str]
    pace: str
    at: TimeOfDay
    weekday: int
    zone: str
    quiet_from: TimeOfDay | None
    quiet_until: TimeOfDay | None
    is_on: bool


class ChannelIn(Body):
    """A new channel of a team. `address` is a secret: it is kept encrypted and never told again."""

    name: Text
    address: Text
    wishes: WishesIn


class ChannelChange(Body):
    """What to change; what is left out stays."""

    name: Text | None = None
    address: Text = ""
    wishes: WishesIn | None = None


class ChannelOut(Schema):
    """A channel; of its address the kind and the last characters."""

    id: int
    team_id: int | None
    kind: str
    name: str
    tail: str
    wishes: WishesOut
    failing_since: datetime.datetime | None
    is_dead: bool
    last_error: str
    sent_at: datetime.datetime | None


class WatchOut(Schema):
    """Something that is watched."""

    subject: Subject
    id: int


def notice_out(facts: NoticeFacts) -> NoticeOut:
    """A notice."""
    same = ("id", "at", "title", "body", "link", "object_type", "object_id", "asset_id", "count", "is_read")
    return NoticeOut(
        **{name: getattr(facts, name) for name in same},
        kind=facts.kind.value,
        asset=facts.place,
        severity=None if facts.severity is None else facts.severity.word,
    )


def channel_out(facts: ChannelFacts) -> ChannelOut:
    """A channel."""
    same = ("id", "team_id", "kind", "name", "tail", "failing_since", "is_dead", "last_error", "sent_at")
    return ChannelOut(**{name: getattr(facts, name) for name in same}, wishes=wishes_out(facts.wishes))


def wishes_out(wishes: Wishes) -> WishesOut:
    """What is heard, and when."""
    rhythm = wishes.rhythm
    return WishesOut(
        kinds=[kind.value for kind in NoticeKind if kind in wishes.kinds],
        pace=rhythm.pace.value,
        at=rhythm.at,
        weekday=rhythm.weekday,
        zone=rhythm.zone,
        quiet_from=rhythm.quiet_from,
        quiet_until=rhythm.quiet_until,
        is_on=wishes.is_on,
    )


def _naive(time: datetime.time | None) -> datetime.time | None:
    return None if time is None else time.replace(tzinfo=None)
