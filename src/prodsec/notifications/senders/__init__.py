"""How a message goes out: by e-mail, or to a chat through a library that knows the chats.

An address decides by its form. What it may be is a list of kinds that only ask by HTTP, through the guard of `kit.http`.
"""

import secrets

from django.conf import settings

from prodsec.notifications.senders import chat, mail
from prodsec.notifications.types import EMAIL, AddressError, Message


def kind_of(address: str) -> str:
    """Which kind of channel an address is of. Raises: AddressError with a sentence for its field; asks nobody."""
    text = address.strip()
    if "://" in text:
        return chat.kind_of(text)
    if "@" in text:
        mail.check(text)
        return EMAIL
    raise AddressError(
        "give an e-mail address, or the address that the chat gives for incoming messages", place="address"
    )


def send(kind: str, address: str, message: Message) -> None:
    """Send a message. Raises: NotSentError with a sentence that holds no secret."""
    if kind == EMAIL:
        mail.send(address, message)
    else:
        chat.send(address, message)


def our_address() -> str:
    """Where people reach this installation, without a slash at its end."""
    return str(settings.PRODSEC_URL)


def random_word() -> str:
    """A word that no message had before."""
    return secrets.token_hex(8)
