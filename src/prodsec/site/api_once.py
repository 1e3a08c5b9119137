"""`Idempotency-Key` on every POST of the API: the same request is done once, however often it arrives."""

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError

from prodsec.accounts.types import Viewer
from prodsec.kit import idempotency
from prodsec.kit.errors import ConflictError, ProdsecError

if TYPE_CHECKING:
    from ninja import NinjaAPI

Run = Callable[..., HttpResponse]

# Uploads are streamed, not held in memory; `scans` keeps their key with the import, for good.
WITH_KEYS_OF_THEIR_OWN = frozenset({"/api/v1/imports"})
# Their answers hold a secret, which is shown once and kept nowhere.
SHOWN_ONCE = re.compile(r"/api/v1/(?:tokens|people/\d+/invitation)")


def once(api: "NinjaAPI", may_ask: Callable[[HttpRequest], object]) -> Callable[[Run], Run]:
    """Let operations of the API answer a repeated POST with the answer they gave.

    may_ask: finds the viewer or refuses; nobody is given an answer who would not be let in.
    """

    def decorated(run: Run) -> Run:
        @functools.wraps(run)
        def answered(request: HttpRequest, **values: object) -> HttpResponse:
            if request.method != "POST" or not _key_of(request) or request.path in WITH_KEYS_OF_THEIR_OWN:
                return run(request, **values)
            try:
                if may_ask(request) is None:
                    return run(request, **values)
                asked = _asked(request)
                earlier = idempotency.earlier_answer(asked)
                if earlier is not None:
                    return _again(earlier)
            except (ProdsecError, HttpError, RequestDataTooBig, UnreadablePostError) as error:
                return api.on_exception(request, error)
            response = run(request, **values)
            # A refusal changed nothing and a copy is none, so asking again is harmless.
            if response.status_code < 400 and not response.streaming:
                idempotency.keep(asked, _kept(request, response))
            return response

        return answered

    return decorated


def _key_of(request: HttpRequest) -> str | None:
    return request.headers.get(idempotency.HEADER)


def _asked(request: HttpRequest) -> idempotency.Asked:
    return idempotency.asked(
        _key_of(request) or "",
        caller=_caller(request),
        method=str(request.method),
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        body=request.body,
    )


def _caller(request: HttpRequest) -> str:
    """A token is a caller of its own: another one of the same person may do other things."""
    header = request.headers.get("Authorization", "")
    if header:
        return f"token {header.partition(' ')[2].strip()}"
    viewer = getattr(request, "viewer", None)
    return f"person {viewer.person_id if isinstance(viewer, Viewer) else ''}"


def _kept(request: HttpRequest, response: HttpResponse) -> idempotency.Answer:
    return idempotency.Answer(
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        location=response.headers.get("Location", ""),
        body=None if SHOWN_ONCE.fullmatch(request.path) else response.content,
    )


def _again(answer: idempotency.Answer) -> HttpResponse:
    """Raises: ConflictError for an answer that was shown once."""
    if answer.body is None:
        raise ConflictError(
            "This request was carried out before, and its answer held a secret that is not shown again;"
            " revoke what it made and ask with a new key."
        )
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    if answer.location:
        response["Location"] = answer.location
    response["Idempotency-Replayed"] = "true"
    return response
