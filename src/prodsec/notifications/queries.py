"""Reads of `notifications`.

Who may see an asset is known higher up: callers hand in `seen`, the assets whose findings the viewer may read (None: all), and
each read leaves out what speaks of others, at the time of reading.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet

from prodsec.accounts import queries as accounts
from prodsec.accounts.models import Person
from prodsec.accounts.types import Permission, Viewer
from prodsec.notifications.models import Channel, Delivery, Line, Notice, Watch
from prodsec.notifications.types import (
    ChannelFacts,
    ChannelForbiddenError,
    ChannelNotFoundError,
    DeliveryFacts,
    DeliveryState,
    NoticeFacts,
    NoticeKind,
    Pace,
    Rhythm,
    Subject,
    Wishes,
)
from prodsec.vocabulary.severity import Severity

Seen = QuerySet[Any] | None
MOST_COUNTED = 100
MOST_DELIVERIES = 20


def notices(viewer: Viewer, seen: Seen, *, unread: bool = False) -> QuerySet[Notice]:
    """The viewer's notices that they may still read, newest first; a token for a subtree gets those about its assets only."""
    rows = Notice.objects.filter(person_id=viewer.person_id or 0).order_by("-id")
    if viewer.person_id is None:
        return rows.none()
    if unread:
        rows = rows.filter(read_at=None)
    if seen is None:
        return rows
    readable = Q(asset_id__in=seen.values("pk"))
    return rows.filter(readable if viewer.subtree else readable | Q(asset_id=None))


def unread_count(viewer: Viewer, seen: Seen) -> int:
    """How many wait to be read, at most 100. Cost: 1 query over the unread ones."""
    return notices(viewer, seen, unread=True)[:MOST_COUNTED].count()


def notice_facts(row: Notice) -> NoticeFacts:
    """A notice as a value."""
    return NoticeFacts(
        id=row.pk,
        kind=NoticeKind(row.kind),
        at=row.at,
        title=row.title,
        body=row.body,
        link=row.link,
        object_type=row.object_type,
        object_id=row.object_id,
        asset_id=row.asset_id,
        place=row.place,
        severity=None if row.severity is None else Severity(row.severity),
        count=row.count,
        is_read=row.read_at is not None,
    )


def is_watching(viewer: Viewer, subject: Subject, object_id: int) -> bool:
    """Whether the viewer watches this very object. Cost: 1 query."""
    return Watch.objects.filter(person_id=viewer.person_id or 0, object_type=subject, object_id=object_id).exists()


def watches(viewer: Viewer) -> QuerySet[Watch]:
    """What the viewer watches, newest first."""
    return Watch.objects.filter(person_id=viewer.person_id or 0).order_by("-id")


def watchers(finding_id: int | None, asset_ids: Collection[int]) -> set[int]:
    """The people who watch a finding or one of these assets; callers ask whether they may see it. Cost: 1 query."""
    return watchers_of_any([] if finding_id is None else [finding_id], asset_ids)


def watchers_of_any(finding_ids: Collection[int], asset_ids: Collection[int]) -> set[int]:
    """The people who watch any of these; as `watchers`. Cost: 1 query."""
    wanted = Q(object_type=Subject.ASSET, object_id__in=asset_ids)
    wanted |= Q(object_type=Subject.FINDING, object_id__in=finding_ids)
    return set(Watch.objects.filter(wanted).values_list("person_id", flat=True))


def active(people: Iterable[int | None]) -> set[int]:
    """Those of these people who can still sign in. Cost: 1 query."""
    wanted = {person_id for person_id in people if person_id is not None}
    return (
        set(Person.objects.filter(pk__in=wanted, is_active=True, is_service=False).values_list("pk", flat=True))
        if wanted
        else set()
    )


def own_channel(viewer: Viewer) -> ChannelFacts | None:
    """The viewer's e-mail with what they want to hear; None while they never chose nor were told anything."""
    row = Channel.objects.filter(person_id=viewer.person_id or 0, team=None).first() if viewer.person_id else None
    return None if row is None else channel_facts(row)


def may_change(viewer: Viewer, team_id: int) -> bool:
    """Whether a team's channels are the viewer's to set up: they are in it, or may for all teams."""
    return accounts.scope_allows(viewer, Permission.CHANNEL_MANAGE) and (
        team_id in viewer.team_ids or may_change_all(viewer)
    )


def may_change_all(viewer: Viewer) -> bool:
    """Whether the viewer looks after everybody's channels."""
    return accounts.holds(viewer, Permission.CHANNEL_MANAGE)


def team_channels(viewer: Viewer, team_id: int) -> list[ChannelFacts]:
    """A team's channels. Raises: TeamNotFoundError, ChannelForbiddenError. Cost: 2 queries."""
    team = accounts.team(viewer, team_id)
    if not may_change(viewer, team.pk):
        raise ChannelForbiddenError("The channels of a team are for its members and for admins.")
    return [channel_facts(row) for row in _of_teams().filter(team_id=team_id).order_by("id")]


def all_team_channels(viewer: Viewer) -> list[ChannelFacts]:
    """Every team's channels, those that fail first. Raises: ChannelForbiddenError. Cost: 1 query."""
    if not may_change_all(viewer):
        raise ChannelForbiddenError("The channels of all teams are for admins.")
    rows = _of_teams().order_by("failing_since", "team__name", "id")
    return [channel_facts(row) for row in rows]


def channel(viewer: Viewer, channel_id: int) -> Channel:
    """A team's channel that is the viewer's to change. Raises: ChannelNotFoundError."""
    found = _of_teams().filter(pk=channel_id).first()
    if found is None or found.team_id is None or not may_change(viewer, found.team_id):
        raise ChannelNotFoundError(f"There is no channel {channel_id}.")
    return found


def waiting_in(channel_ids: Collection[int]) -> dict[int, int]:
    """How many notices wait in each channel. Cost: 1 query."""
    found: dict[int, int] = {}
    for channel_id in Line.objects.filter(channel_id__in=channel_ids, delivery=None).values_list(
        "channel_id", flat=True
    ):
        found[channel_id] = found.get(channel_id, 0) + 1
    return found


def deliveries(viewer: Viewer, channel_id: int) -> list[DeliveryFacts]:
    """The last messages through a team's channel, newest first. Raises: ChannelNotFoundError. Cost: 3 queries."""
    return _deliveries(channel(viewer, channel_id).pk)


def own_deliveries(viewer: Viewer) -> list[DeliveryFacts]:
    """The last messages to the viewer's own e-mail, newest first. Cost: 1 query, 2 more once they were told something."""
    own = own_channel(viewer)
    return [] if own is None else _deliveries(own.id)


def _deliveries(channel_id: int) -> list[DeliveryFacts]:
    rows = list(Delivery.objects.filter(channel_id=channel_id).order_by("-id")[:MOST_DELIVERIES])
    lines = (
        Line.objects.filter(delivery__in=[row.pk for row in rows]).values("delivery_id").annotate(number=Count("id"))
    )
    notices = {line["delivery_id"]: line["number"] for line in lines}
    return [
        DeliveryFacts(
            id=row.pk,
            made_at=row.created_at,
            ended_at=row.ended_at,
            state=DeliveryState(row.state),
            notices=notices.get(row.pk, 0),
            failures=row.attempts,
            doubts=row.doubts,
            is_asking=row.asked_at is not None,
            error=row.error,
        )
        for row in rows
    ]


def channel_facts(row: Channel) -> ChannelFacts:
    """A channel as a value, without its address."""
    return ChannelFacts(
        id=row.pk,
        team_id=row.team_id,
        team=row.team.name if row.team else "",
        person_id=row.person_id,
        kind=row.kind,
        name=row.name,
        tail=row.tail,
        wishes=Wishes(
            kinds=frozenset(kind for kind in NoticeKind if kind.value in row.kinds),
            rhythm=rhythm_of(row),
            is_on=row.is_on,
        ),
        failing_since=row.failing_since,
        is_dead=row.dead_at is not None,
        last_error=row.last_error,
        sent_at=row.sent_at,
    )


def rhythm_of(row: Channel) -> Rhythm:
    """When a channel speaks."""
    return Rhythm(
        pace=Pace(row.pace),
        at=row.at,
        weekday=row.weekday,
        zone=row.zone,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
    )


def _of_teams() -> QuerySet[Channel]:
    return Channel.objects.filter(person=None).select_related("team")
