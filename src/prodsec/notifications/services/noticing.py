"""Notices are written, read and asked for."""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import connection
from django.db.models import Q

from prodsec.accounts.types import Viewer
from prodsec.kit import clock, jobs
from prodsec.kit.errors import ForbiddenError
from prodsec.notifications import queries
from prodsec.notifications.models import Channel, Line, Notice, Watch
from prodsec.notifications.queries import Seen
from prodsec.notifications.rules import pacing, texts
from prodsec.notifications.types import AT_ONCE, EMAIL, NoticeKind, Said, Subject

DELIVER_JOB = "prodsec.notifications.tasks.deliver_due"
LONGEST_TITLE, LONGEST_BODY = 300, 2_000
MOST_WATCHED = 1_000

_WRITE = """
INSERT INTO notifications_notice (person_id, team_id, kind, at, title, body, link, object_type, object_id, asset_id, place,
    severity, count, key)
SELECT reader.person_id, reader.team_id, %(kind)s, %(at)s, %(title)s, %(body)s, %(link)s, %(object_type)s, %(object_id)s,
    %(asset_id)s, %(place)s, %(severity)s, %(count)s, %(key)s
FROM (SELECT unnest(%(people)s::bigint[]) AS person_id, NULL::bigint AS team_id
      UNION ALL SELECT NULL, unnest(%(teams)s::bigint[])) AS reader
ON CONFLICT DO NOTHING RETURNING id, person_id, team_id
"""


def notify(viewer: Viewer, said: Said, *, people: Iterable[int | None] = (), teams: Iterable[int | None] = ()) -> int:
    """Tell people and teams something, in the caller's transaction; never the viewer, who did it. Returns how many were told.

    Whoever calls made sure that they may see what it speaks of; what they may see no more when they read it is left out.
    Cost: 1 query without readers, else up to 6.
    """
    readers = queries.active(people) - {viewer.person_id}
    told_teams = {team_id for team_id in teams if team_id is not None}
    if not readers and not told_teams:
        return 0
    if not said.link.startswith("/") or said.link.startswith(("//", "/\\")):
        raise ValueError(f"A notice leads to a place of our own, not to {said.link!r}.")
    _give_channels(readers)
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "kind": said.kind.value,
                "at": now,
                "title": texts.one_line(said.title)[:LONGEST_TITLE],
                "body": texts.some_lines(said.body)[:LONGEST_BODY],
                "link": said.link,
                "object_type": said.object_type,
                "object_id": said.object_id,
                "asset_id": said.asset_id,
                "place": said.place,
                "severity": None if said.severity is None else said.severity.value,
                "count": said.count,
                "key": said.key,
                "people": sorted(readers),
                "teams": sorted(told_teams),
            },
        )
        written = cursor.fetchall()
    _queue(said.kind, written)
    return len(written)


def _give_channels(people: Collection[int]) -> None:
    """Everybody has a channel of their own, with the usual wishes until they choose."""
    Channel.objects.bulk_create(
        [
            Channel(person_id=person_id, kind=EMAIL, name="E-mail", kinds=[kind.value for kind in NoticeKind])
            for person_id in sorted(people)
        ],
        ignore_conflicts=True,
    )


def _queue(kind: NoticeKind, written: list[tuple[int, int | None, int | None]]) -> None:
    """The notices wait in the channels of their readers that want to hear of such."""
    by_person = {person_id: notice_id for notice_id, person_id, _ in written if person_id is not None}
    by_team = {team_id: notice_id for notice_id, _, team_id in written if team_id is not None}
    rows = Channel.objects.filter(is_on=True, kinds__contains=[kind.value]).filter(
        Q(person_id__in=by_person) | Q(team_id__in=by_team)
    )
    if not settings.PRODSEC_EMAIL_FROM:
        rows = rows.exclude(kind=EMAIL)
    now = clock.now()
    lines = [
        Line(
            notice_id=by_person[row.person_id] if row.person_id is not None else by_team[row.team_id or 0],
            channel=row,
            due_at=pacing.goes_out_at(now, queries.rhythm_of(row), is_urgent=kind in AT_ONCE),
        )
        for row in rows
    ]
    Line.objects.bulk_create(lines, batch_size=1000)
    if any(line.due_at <= now for line in lines):
        jobs.enqueue_named(DELIVER_JOB)


def mark_read(viewer: Viewer, notice_ids: Collection[int]) -> int:
    """Notices of the viewer's are read. Returns how many were not before."""
    return Notice.objects.filter(person_id=viewer.person_id or 0, pk__in=notice_ids, read_at=None).update(
        read_at=clock.now()
    )


def mark_unread(viewer: Viewer, notice_ids: Collection[int]) -> int:
    """Notices of the viewer's are to be read again. Returns how many were read before."""
    return Notice.objects.filter(person_id=viewer.person_id or 0, pk__in=notice_ids, read_at__isnull=False).update(
        read_at=None
    )


def mark_all_read(viewer: Viewer, seen: Seen) -> int:
    """All notices that the viewer can see are read. Returns how many were not before."""
    return queries.notices(viewer, seen, unread=True).order_by().update(read_at=clock.now())


def watch(viewer: Viewer, subject: Subject, object_id: int) -> None:
    """The viewer wants to hear of this; the door saw that they may see it.

    Raises: ForbiddenError for who is no person, or watches 1,000 things already.
    """
    if viewer.person_id is None:
        raise ForbiddenError("Only a person can watch something.")
    if queries.watches(viewer).count() >= MOST_WATCHED:
        raise ForbiddenError(f"You watch {MOST_WATCHED} things already; watch an asset above them instead.")
    Watch.objects.bulk_create(
        [Watch(person_id=viewer.person_id, object_type=subject, object_id=object_id)], ignore_conflicts=True
    )


def unwatch(viewer: Viewer, subject: Subject, object_id: int) -> None:
    """The viewer does not want to hear of this any more."""
    Watch.objects.filter(person_id=viewer.person_id or 0, object_type=subject, object_id=object_id).delete()


def reword(keys: Collection[str], *, body: str) -> None:
    """What these notices quote was put otherwise. Cost: 1 query."""
    Notice.objects.filter(key__in=keys).update(body=texts.some_lines(body)[:LONGEST_BODY])


def withdraw(keys: Collection[str]) -> None:
    """These notices are gone, read or not: what they quote was taken back. What went out is out."""
    Notice.objects.filter(key__in=keys).delete()
