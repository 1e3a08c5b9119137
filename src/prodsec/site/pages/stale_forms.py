"""A form that comes too late: the session has ended, or the page is older than the last sign-in. What was written stays.

The fields are shown again, to be copied, and can be sent again after signing in beside. Only for forms of our own pages:
whoever sends a form from another site must not get it back with a token in it, one click away from being done.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

# Never shown, never sent again.
_SECRET = re.compile(r"password|secret|token|credential|^code$", re.IGNORECASE)
_NOT_WRITTEN = frozenset({"csrfmiddlewaretoken", "next"})


@dataclass(frozen=True)
class Field:
    """A field that was filled in; several values of one name are shown as lines."""

    name: str
    values: tuple[str, ...]

    @property
    def label(self) -> str:
        """The name as a person reads it."""
        return self.name.replace("_", " ").replace("-", " ").capitalize()

    @property
    def text(self) -> str:
        """All that was written."""
        return "\n".join(self.values)


def fields_of(request: HttpRequest) -> list[Field]:
    """What somebody wrote, without secrets; nothing for a form of another site."""
    if request.method != "POST" or not _is_ours(request):
        return []
    return [
        Field(name, tuple(str(value) for value in values))
        for name, values in request.POST.lists()
        if name not in _NOT_WRITTEN and not _SECRET.search(name) and any(str(value).strip() for value in values)
    ]


def kept(request: HttpRequest, fields: list[Field], *, status: HTTPStatus) -> HttpResponse:
    """The page that shows what was written, and offers to send it again where nothing is missing from it."""
    has_secrets = any(_SECRET.search(name) for name in request.POST if name not in _NOT_WRITTEN)
    hidden = [
        (name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    context = {
        "fields": fields,
        "hidden": hidden,
        "has_files": bool(request.FILES),
        "can_send_again": not has_secrets and not request.FILES,
        "address": request.get_full_path(),
    }
    answer = render(request, "stale_form.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _is_ours(request: HttpRequest) -> bool:
    """Whether the form stood on a page of ours, as the browser tells."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    if origin := request.headers.get("Origin"):
        return origin == f"{request.scheme}://{request.get_host()}"
    referer = request.headers.get("Referer", "")
    return bool(referer) and url_has_allowed_host_and_scheme(referer, {request.get_host()})
