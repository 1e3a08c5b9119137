"""Fields of API bodies: text and instants that can be stored, bodies that refuse what they do not know."""

import datetime
from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


def _in_utc(instant: datetime.datetime) -> datetime.datetime:
    try:
        return instant.astimezone(datetime.UTC)
    except OverflowError:
        raise ValueError("an instant lies in the years 1 to 9999 (UTC)") from None


Text = Annotated[str, AfterValidator(_storable)]
# PostgreSQL knows no offsets of 16 hours and more; RFC 3339 does.
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Body(Schema):
    """A body with exactly these fields: one it does not know is refused, not dropped in silence."""

    model_config = ConfigDict(extra="forbid")
