"""Where the record is forwarded to, and how far each has got."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity.models import Destination
from prodsec.activity.types import DestinationNotFoundError

MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Lag:
    """How far behind a destination is. `since` is when the first of the waiting deeds was done; counts stop at `MOST_COUNTED`."""

    waiting: int
    since: datetime.datetime | None

    @property
    def is_capped(self) -> bool:
        """Whether it may be more."""
        return self.waiting >= MOST_COUNTED


def destinations(viewer: Viewer) -> QuerySet[Destination]:
    """All destinations, by name. Raises: NotPermittedError."""
    accounts.require(viewer, Permission.ACTIVITY_FORWARD)
    return Destination.objects.order_by("name")


def destination(viewer: Viewer, destination_id: int) -> Destination:
    """One destination. Raises: NotPermittedError, DestinationNotFoundError."""
    found = destinations(viewer).filter(pk=destination_id).first()
    if found is None:
        raise DestinationNotFoundError(f"There is no destination {destination_id}.")
    return found


def lags(rows: Sequence[Destination]) -> dict[int, Lag]:
    """How far behind each is. Cost: 1 query, which counts at most `MOST_COUNTED` deeds a destination."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT d.id, l.waiting, l.since FROM activity_destination d CROSS JOIN LATERAL (
                 SELECT count(*) AS waiting, min(x.at) AS since FROM (
                   SELECT at FROM activity_activity WHERE id > d.position ORDER BY id LIMIT %s) x) l
               WHERE d.id = ANY(%s)""",
            [MOST_COUNTED, [row.pk for row in rows]],
        )
        return {key: Lag(waiting, since) for key, waiting, since in cursor.fetchall()}
