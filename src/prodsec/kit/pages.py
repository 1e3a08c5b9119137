"""What every page needs and no page should write twice: deeds that fail in a form, and the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from prodsec.kit.errors import ConflictError, ForbiddenError, InvalidError

Result = TypeVar("Result")

MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Column:
    """A column's head; one with an address orders the list by it; a late one goes first where space is short.

    width   "narrow" or "wide" where somebody chose so; else as wide as it needs
    """

    label: str
    address: str = ""
    sorted: str = ""
    is_late: bool = False
    width: str = ""


def attempt(form: BaseForm, deed: Callable[[], Result]) -> Result | None:
    """Do something a form asks for. What is refused becomes the form's error, at its field, and nothing is changed.

    Returns None when it was refused, so the deed must return something else.
    """
    try:
        with transaction.atomic():
            return deed()
    except InvalidError as error:
        form.add_error(error.place if error.place in form.fields else None, _sentence(error.sentence))
    except (ConflictError, ForbiddenError) as error:
        form.add_error(None, str(error))
    return None


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where to go after a deed: the form's `next`, else the page it came from, if that is ours; else `otherwise`."""
    for place in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if place and url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure()):
            return place
    return otherwise


def is_fragment(request: HttpRequest) -> bool:
    """Whether a script asks for a part of the page only."""
    return request.headers.get("HX-Request") == "true"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
