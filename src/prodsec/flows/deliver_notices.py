"""What waits for a channel goes out: only what its reader may see now, as one message, until the other side took it.

notifications → accounts, inventory → the outside world. The message is sent outside of any transaction; that it is being sent is
committed before, so that an attempt whose worker died is known (docs/decisions/0021).
"""

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM, Permission, Viewer
from prodsec.inventory import queries as inventory
from prodsec.kit.errors import InvalidError
from prodsec.notifications import senders
from prodsec.notifications import services as notifications
from prodsec.notifications.senders import writing
from prodsec.notifications.types import (
    ChannelFacts,
    DeliveryState,
    NoticeFacts,
    NotSentError,
    Outgoing,
    UnansweredError,
)


def run(delivery_id: int) -> None:
    """Send one delivery, unless it was sent or somebody else is at it."""
    with notifications.claimed(delivery_id) as outgoing:
        if outgoing is None:
            return
        told = _readable(outgoing)
        if not told:
            notifications.ended(delivery_id, state=DeliveryState.EMPTY)
            return
        message = writing.composed(
            told, address=senders.our_address(), word=f"delivery-{delivery_id}", is_doubtful=outgoing.is_doubtful
        )
        notifications.begun(delivery_id)
        try:
            senders.send(outgoing.channel.kind, outgoing.address, message)
        except NotSentError as error:
            notifications.failed(delivery_id, str(error), is_doubtful=isinstance(error, UnansweredError))
        else:
            notifications.ended(delivery_id, state=DeliveryState.SENT)


def try_channel(channel_id: int) -> None:
    """Send a test message and note how it went."""
    try:
        reached = notifications.reached_by(channel_id)
        if reached is None:
            return
        channel, address = reached
        message = writing.trial_message(
            channel.name, address=senders.our_address(), word=f"test-{channel_id}-{senders.random_word()}"
        )
        senders.send(channel.kind, address, message)
    except (NotSentError, InvalidError) as error:
        notifications.note_test(channel_id, error=str(error))
    else:
        notifications.note_test(channel_id)


def _readable(outgoing: Outgoing) -> list[NoticeFacts]:
    """The notices that the channel's reader may see at this moment."""
    reader = _reader(outgoing.channel)
    if reader is None:
        return []
    wanted = {notice.asset_id for notice in outgoing.notices if notice.asset_id is not None}
    seen = inventory.visible_among(reader, wanted, Permission.FINDING_READ)
    return [notice for notice in outgoing.notices if notice.asset_id is None or notice.asset_id in seen]


def _reader(channel: ChannelFacts) -> Viewer | None:
    """Whose eyes a channel has: its person's, or those that the team's own roles open; None for who may not sign in."""
    if channel.team_id is not None:
        return accounts.viewer_of_team(channel.team_id)
    person = accounts.person(SYSTEM, channel.person_id or 0)
    return accounts.viewer_of(person) if person.is_active else None
