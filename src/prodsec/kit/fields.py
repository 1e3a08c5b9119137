"""Fields of API bodies: text that can be stored, bodies that refuse what they do not know."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, ConfigDict


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


Text = Annotated[str, AfterValidator(_storable)]


class Body(Schema):
    """A body with exactly these fields: one it does not know is refused, not dropped in silence."""

    model_config = ConfigDict(extra="forbid")
