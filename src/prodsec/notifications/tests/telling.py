"""Somebody to tell, something to say, and time that passes until it arrives."""

import datetime
from typing import Any

from prodsec.accounts.tests.people import person, team
from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.inventory import services as inventory
from prodsec.inventory.models import Asset
from prodsec.inventory.types import AssetKind
from prodsec.kit import clock
from prodsec.notifications import services as notifications
from prodsec.notifications import tasks
from prodsec.notifications.models import Delivery, Line
from prodsec.notifications.types import NoticeKind, Pace, Rhythm, Said, Wishes

NOON = datetime.datetime(2026, 3, 4, 12, tzinfo=datetime.UTC)
ALL = Wishes(frozenset(NoticeKind), Rhythm(Pace.AT_ONCE))

__all__ = ["ALL", "NOON", "asset", "channel", "deliver", "person", "said", "team", "tell"]


def asset(path: str, owner: str = "") -> Asset:
    """An asset, of a team if one is named."""
    made = inventory.create_asset(SYSTEM, path, kind=AssetKind.PROJECT)
    if owner:
        inventory.set_owner(SYSTEM, made.pk, team(owner).pk)
    return made


def said(kind: NoticeKind = NoticeKind.MENTION, title: str = "Ada mentions you", **facts: Any) -> Said:
    """Something to tell."""
    return Said(kind=kind, title=title, link="/findings/1/", object_type="finding", object_id="1", **facts)


def tell(*people: int, teams: tuple[int, ...] = (), by: Viewer = SYSTEM, **facts: Any) -> int:
    """Tell people and teams something."""
    return notifications.notify(by, said(**facts), people=people, teams=teams)


def channel(team_id: int, address: str, wishes: Wishes = ALL) -> int:
    """A channel of a team."""
    return notifications.add_channel(SYSTEM, team_id, name="Chat", address=address, wishes=wishes)


def deliver(*, at: datetime.datetime | None = None) -> list[int]:
    """What the worker does in a minute: makes messages of what is due and sends each. Returns the deliveries' ids."""
    with clock.set_to(at or clock.now()):
        due = notifications.collect_due()
        for delivery_id in due:
            tasks.send(delivery_id)
    return due


def states() -> list[int]:
    """The states of all deliveries, in their order."""
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def waiting() -> int:
    """How many notices wait for a delivery."""
    return Line.objects.filter(delivery=None).count()
