"""`/api/v1/activity/destinations`: where the record is forwarded to."""

import datetime
from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from prodsec.accounts.queries import viewer_asking
from prodsec.activity.queries import forwarding as queries
from prodsec.activity.services import forwarding
from prodsec.activity.types import Facts, Layout
from prodsec.kit import querysets
from prodsec.kit.fields import Body, Text

if TYPE_CHECKING:
    from prodsec.activity.models import Destination

router = Router(tags=["activity"])


class DestinationOut(Schema):
    """A destination. Its secret is never shown; `waiting` stops at 10,000; times are null for what did not happen."""

    id: int
    name: str
    address: str
    layout: Layout
    header: str
    has_secret: bool
    is_active: bool
    position: int
    waiting: int
    waiting_since: datetime.datetime | None
    delivered_at: datetime.datetime | None
    last_error: str
    failed_at: datetime.datetime | None
    next_try_at: datetime.datetime | None


class DestinationPage(Schema):
    """Some destinations."""

    items: list[DestinationOut]
    next: str | None


class DestinationIn(Body):
    """A destination as it should be. `secret` absent keeps the one there is (unless the host changes); empty removes it."""

    name: Text
    address: Text
    layout: Layout = Layout.OCSF
    header: Text = ""
    secret: Text | None = None
    is_active: bool = True

    def facts(self) -> Facts:
        """What was given."""
        return Facts(self.name, self.address, self.layout, self.header, self.secret, self.is_active)


class NewDestination(DestinationIn):
    """A destination to add. `from_start` sends what was done before, too."""

    from_start: bool = False


class DestinationsOf(Schema):
    """A page of destinations."""

    cursor: str = ""
    limit: int | None = None


@router.get("", response=DestinationPage, summary="List where the record is forwarded to")
def list_destinations(request: HttpRequest, wanted: Annotated[DestinationsOf, Query()]) -> DestinationPage:
    """All destinations with how far each has got."""
    rows = queries.destinations(viewer_asking(request))
    page = querysets.page(rows, "id", cursor=wanted.cursor, size=wanted.limit)
    return DestinationPage(items=_out(page.items), next=page.next)


@router.post("", response={201: DestinationOut}, summary="Forward the record somewhere")
def add_destination(request: HttpRequest, body: NewDestination) -> Status[DestinationOut]:
    """Deeds are sent there in their order, each at least once."""
    made = forwarding.add_destination(viewer_asking(request), body.facts(), from_start=body.from_start)
    return Status(201, _out([made])[0])


@router.put("/{int:destination_id}", response=DestinationOut, summary="Change a destination")
def change_destination(request: HttpRequest, destination_id: int, body: DestinationIn) -> DestinationOut:
    """It goes on from where it was."""
    return _out([forwarding.change_destination(viewer_asking(request), destination_id, body.facts())])[0]


@router.delete("/{int:destination_id}", response={204: None}, summary="Stop forwarding somewhere")
def remove_destination(request: HttpRequest, destination_id: int) -> Status[None]:
    """Nothing is sent there any more."""
    forwarding.remove_destination(viewer_asking(request), destination_id)
    return Status(204, None)


def _out(rows: "list[Destination]") -> list[DestinationOut]:
    lags = queries.lags(rows)
    return [
        DestinationOut(
            id=row.pk,
            name=row.name,
            address=row.address,
            layout=Layout(row.layout),
            header=row.header,
            has_secret=bool(row.secret),
            is_active=row.is_active,
            position=row.position,
            waiting=lags[row.pk].waiting,
            waiting_since=lags[row.pk].since,
            delivered_at=row.delivered_at,
            last_error=row.last_error,
            failed_at=row.failed_at,
            next_try_at=row.next_try_at,
        )
        for row in rows
    ]
