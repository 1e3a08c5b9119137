"""`/api/v1/notifications`, `/watches`, `/channels` and the channels of teams."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.flows import watch as watching
from prodsec.inventory import queries as inventory
from prodsec.kit import querysets
from prodsec.notifications import queries
from prodsec.notifications import services as notifications
from prodsec.notifications.types import NoticeKind, Rhythm, Subject, Wishes
from prodsec.notifications.web import schemas

router = Router(tags=["notifications"])


@router.get("/notifications", response=schemas.NoticePage, summary="List your notices")
def list_notices(
    request: HttpRequest, unread: bool = False, cursor: str = "", limit: int | None = None
) -> schemas.NoticePage:
    """What you were told, newest first, as far as you may still see what it speaks of."""
    viewer = _reading(request)
    found = queries.notices(viewer, inventory.seen_findings(viewer), unread=unread)
    page = querysets.page(found, "-id", cursor=cursor, size=limit)
    items = [schemas.notice_out(queries.notice_facts(row)) for row in page.items]
    return schemas.NoticePage(items=items, next=page.next)


@router.post("/notifications/read", response=schemas.NoticesRead, summary="Mark notices read")
def mark_read(request: HttpRequest, body: schemas.NoticeIds) -> schemas.NoticesRead:
    """These notices are read."""
    return schemas.NoticesRead(changed=notifications.mark_read(_writing(request), body.notices))


@router.post("/notifications/read_all", response=schemas.NoticesRead, summary="Mark all notices read")
def mark_all_read(request: HttpRequest) -> schemas.NoticesRead:
    """Every notice that you can see is read."""
    viewer = _writing(request)
    return schemas.NoticesRead(changed=notifications.mark_all_read(viewer, inventory.seen_findings(viewer)))


@router.post("/notifications/unread", response=schemas.NoticesRead, summary="Mark notices not read")
def mark_unread(request: HttpRequest, body: schemas.NoticeIds) -> schemas.NoticesRead:
    """These notices are to be read again."""
    return schemas.NoticesRead(changed=notifications.mark_unread(_writing(request), body.notices))


@router.get("/notifications/settings", response=schemas.WishesOut, summary="What you hear, and when")
def show_settings(request: HttpRequest) -> schemas.WishesOut:
    """What you hear by e-mail, and when."""
    channel = queries.own_channel(_reading(request))
    usual = Wishes(kinds=frozenset(NoticeKind), rhythm=Rhythm())
    return schemas.wishes_out(channel.wishes if channel else usual)


@router.put("/notifications/settings", response=schemas.WishesOut, summary="Choose what you hear, and when")
def change_settings(request: HttpRequest, body: schemas.WishesIn) -> schemas.WishesOut:
    """What you want to hear by e-mail, and when."""
    notifications.set_own_wishes(_writing(request), body.wishes())
    return schemas.wishes_out(body.wishes())


@router.get("/watches", response=list[schemas.WatchOut], summary="List what you watch")
def list_watches(request: HttpRequest) -> list[schemas.WatchOut]:
    """What you watch, newest first."""
    found = queries.watches(_reading(request))
    return [schemas.WatchOut(subject=Subject(row.object_type), id=row.object_id) for row in found]


@router.put("/watches/finding/{int:finding_id}", response={204: None}, summary="Watch a finding")
def watch_finding(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Hear of a finding: what is said, and when it passes its due date."""
    watching.watch(viewer_asking(request), Subject.FINDING, finding_id)
    return HttpResponse(status=204)


@router.delete("/watches/finding/{int:finding_id}", response={204: None}, summary="Watch a finding no more")
def unwatch_finding(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Do not hear of it any more."""
    watching.unwatch(viewer_asking(request), Subject.FINDING, finding_id)
    return HttpResponse(status=204)


@router.put("/watches/asset/{int:asset_id}", response={204: None}, summary="Watch an asset")
def watch_asset(request: HttpRequest, asset_id: int) -> HttpResponse:
    """Hear of an asset and all below it: comments, findings past their due date, imports that failed."""
    watching.watch(viewer_asking(request), Subject.ASSET, asset_id)
    return HttpResponse(status=204)


@router.delete("/watches/asset/{int:asset_id}", response={204: None}, summary="Watch an asset no more")
def unwatch_asset(request: HttpRequest, asset_id: int) -> HttpResponse:
    """Do not hear of it any more."""
    watching.unwatch(viewer_asking(request), Subject.ASSET, asset_id)
    return HttpResponse(status=204)


@router.get("/teams/{int:team_id}/channels", response=list[schemas.ChannelOut], summary="List the channels of a team")
def list_channels(request: HttpRequest, team_id: int) -> list[schemas.ChannelOut]:
    """Where a team hears of things; for its members, and who looks after all channels."""
    return [schemas.channel_out(facts) for facts in queries.team_channels(viewer_asking(request), team_id)]


@router.post("/teams/{int:team_id}/channels", response={201: schemas.ChannelOut}, summary="Add a channel to a team")
def add_channel(request: HttpRequest, team_id: int, body: schemas.ChannelIn) -> Status[schemas.ChannelOut]:
    """A team hears through one channel more."""
    viewer = viewer_asking(request)
    made = notifications.add_channel(viewer, team_id, name=body.name, address=body.address, wishes=body.wishes.wishes())
    return Status(201, schemas.channel_out(queries.channel_facts(queries.channel(viewer, made))))


@router.patch("/channels/{int:channel_id}", response=schemas.ChannelOut, summary="Change a channel")
def change_channel(request: HttpRequest, channel_id: int, body: schemas.ChannelChange) -> schemas.ChannelOut:
    """Another name, address or rhythm."""
    viewer = viewer_asking(request)
    wishes = None if body.wishes is None else body.wishes.wishes()
    notifications.change_channel(viewer, channel_id, name=body.name, address=body.address, wishes=wishes)
    return schemas.channel_out(queries.channel_facts(queries.channel(viewer, channel_id)))


@router.delete("/channels/{int:channel_id}", response={204: None}, summary="Remove a channel")
def remove_channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """The channel is gone, with all that waits for it."""
    notifications.remove_channel(viewer_asking(request), channel_id)
    return HttpResponse(status=204)


@router.post("/channels/{int:channel_id}/test", response={202: None}, summary="Send a test message")
def test_channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """A test message goes out; afterwards the channel says how it went."""
    queries.channel(viewer_asking(request), channel_id)
    notifications.ask_for_test(channel_id)
    return HttpResponse(status=202)


def _reading(request: HttpRequest) -> Viewer:
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    return viewer


def _writing(request: HttpRequest) -> Viewer:
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_COMMENT)
    return viewer
