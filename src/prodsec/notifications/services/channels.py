"""Channels: where a team or person hears of things, of which, and when."""

from django.db import transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Viewer
from prodsec.activity import services as activity
from prodsec.kit import clock, crypto
from prodsec.kit.errors import ForbiddenError, InvalidError
from prodsec.notifications import queries, senders
from prodsec.notifications.models import Channel, Line
from prodsec.notifications.rules import pacing
from prodsec.notifications.types import EMAIL, ChannelForbiddenError, NoticeKind, Wishes

MOST_CHANNELS = 20
_PURPOSE = "notifications.channel"
_TAIL = 4


def add_channel(viewer: Viewer, team_id: int, *, name: str, address: str, wishes: Wishes) -> int:
    """A team hears through one channel more. Returns its id.

    address: an e-mail address, or what the chat or its documentation gives as address for messages; it is a secret.
    Raises: TeamNotFoundError, ChannelForbiddenError, InvalidError, AddressError.
    """
    accounts.team(viewer, team_id)
    if not queries.may_change(viewer, team_id):
        raise ChannelForbiddenError("The channels of a team are for its members and for admins.")
    if Channel.objects.filter(team_id=team_id).count() >= MOST_CHANNELS:
        raise InvalidError(f"a team has at most {MOST_CHANNELS} channels; remove one first", place="name")
    row = Channel(team_id=team_id, name=_named(name))
    _wish(row, wishes)
    kind = senders.kind_of(address)
    row.kind = kind
    row.save()
    _give_address(row, address)
    _record(viewer, "channel.created", row)
    return row.pk


def change_channel(
    viewer: Viewer, channel_id: int, *, name: str | None = None, address: str = "", wishes: Wishes | None = None
) -> int:
    """A team's channel gets another name, address (empty: keeps it), or wishes. Returns its id. Raises: as `add_channel`, ChannelNotFoundError."""
    row = queries.channel(viewer, channel_id)
    if name is not None:
        row.name = _named(name)
    if wishes is not None:
        _wish(row, wishes)
    if address.strip():
        row.kind = senders.kind_of(address)
        row.dead_at = row.failing_since = None
        row.last_error = ""
        _give_address(row, address)
    row.save()
    if not row.is_on:
        _drop_waiting(row)
    _record(viewer, "channel.changed", row)
    return row.pk


def remove_channel(viewer: Viewer, channel_id: int) -> None:
    """A team's channel is gone, with all that waits for it. Raises: ChannelNotFoundError."""
    row = queries.channel(viewer, channel_id)
    _record(viewer, "channel.removed", row)
    row.delete()


def set_own_wishes(viewer: Viewer, wishes: Wishes) -> int:
    """What the viewer wants to hear by e-mail, and when. Returns the channel's id. Raises: ForbiddenError for who is no person, InvalidError."""
    if viewer.person_id is None:
        raise ForbiddenError("Only a person has notices of their own.")
    row = Channel.objects.filter(person_id=viewer.person_id).first() or Channel(
        person_id=viewer.person_id, kind=EMAIL, name="E-mail"
    )
    _wish(row, wishes)
    row.save()
    if not row.is_on:
        _drop_waiting(row)
    return row.pk


def note_test(channel_id: int, *, error: str = "") -> None:
    """A test message got through, or did not; one that did brings a channel that was given up back to life."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(pk=channel_id)
        row.last_error = error
        if not error:
            row.failing_since = row.dead_at = None
            row.sent_at = clock.now()
        row.save(update_fields=["last_error", "failing_since", "dead_at", "sent_at"])


def address_of(row: Channel) -> str:
    """Where a channel leads. Raises: InvalidError when it cannot be read with this installation's key."""
    if row.person is not None:
        return row.person.email
    return crypto.unseal(_PURPOSE, bytes(row.sealed), place=f"channel:{row.pk}")


def _give_address(row: Channel, address: str) -> None:
    text = address.strip()
    row.sealed = crypto.seal(_PURPOSE, text, place=f"channel:{row.pk}")
    row.tail = text[-_TAIL:]
    row.save(update_fields=["sealed", "tail"])


def _wish(row: Channel, wishes: Wishes) -> None:
    rhythm = wishes.rhythm
    pacing.zone(rhythm.zone)
    if rhythm.weekday not in range(7):
        raise InvalidError("a weekday is a number from 0 (Monday) to 6", place="weekday")
    if (rhythm.quiet_from is None) != (rhythm.quiet_until is None):
        raise InvalidError("quiet hours have a beginning and an end", place="quiet_until")
    row.kinds = [kind.value for kind in NoticeKind if kind in wishes.kinds]
    row.pace, row.at, row.weekday, row.zone = rhythm.pace.value, rhythm.at, rhythm.weekday, rhythm.zone
    row.quiet_from, row.quiet_until = rhythm.quiet_from, rhythm.quiet_until
    row.is_on = wishes.is_on


def _drop_waiting(row: Channel) -> None:
    """A channel that was switched off does not speak of the time before when it is switched on again."""
    Line.objects.filter(channel=row, delivery=None).delete()


def _named(name: str) -> str:
    text = name.replace("\x00", "").strip()
    if not text or len(text) > 200:
        raise InvalidError("give it a name of 1 to 200 characters", place="name")
    return text


def _record(viewer: Viewer, action: str, row: Channel) -> None:
    details: dict[str, object] = {"name": row.name, "kind": row.kind, "team_id": row.team_id, "pace": row.pace}
    activity.record(viewer, action, object_type="channel", object_id=row.pk, details=details)
