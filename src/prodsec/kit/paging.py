"""Cursors: an opaque word in an address that says after which row the next page begins."""

import base64
import binascii
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from prodsec.kit.errors import InvalidError

Item = TypeVar("Item")
Key = list[str | int | float | bool | None]

PAGE_SIZE = 50
LARGEST_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows, and the cursor of what follows (None at the end)."""

    items: list[Item]
    next: str | None


def encode_cursor(key: Key) -> str:
    """The sort values of the last row shown, as a word for an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(text: str, *, length: int) -> Key:
    """The sort values that `encode_cursor` was given.

    Raises: InvalidError for a word that we did not make, or made for another order.
    """
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Key)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise InvalidError("this cursor is not one of ours; start again without it", place="cursor") from None
    if len(key) != length:
        raise InvalidError("this cursor belongs to another order; start again without it", place="cursor")
    return key


def page_size(asked: int | None) -> int:
    """A page size within bounds; the usual one when none is asked for."""
    return max(1, min(asked or PAGE_SIZE, LARGEST_PAGE))
