"""Who asks: a session or a token becomes `request.viewer`, once, before any view."""

import time
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from prodsec.accounts import queries as accounts
from prodsec.accounts import services
from prodsec.accounts.rules.tokens import PREFIX, is_well_formed
from prodsec.accounts.types import Scope
from prodsec.accounts.web import limits

API = "/api/"

_UNKNOWN = "This token is unknown, expired or revoked; make a new one under Admin, Tokens."
_TOO_MANY = "Too many unknown tokens came from your address; wait {seconds} seconds. Tokens that are known still work."
_IN_ADDRESS = (
    "A token in an address ends up in logs and histories, so it is not accepted there: send it as "
    "`Authorization: Bearer pst_…`, and revoke this one if others may have seen it."
)
_FOR_SCIM = "This token was made for SCIM: it works at /scim/v2/ and nowhere else."
_NAMES = frozenset({"token", "access_token", "private_token", "api_key"})
# A session notes at most this often that it was used, so that reading does not mean writing.
NOTE_SESSION_EVERY = 300


def problem(status: HTTPStatus, detail: str, **headers: str) -> JsonResponse:
    """A refusal before the API is reached."""
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)


class ViewerMiddleware:
    """Sets `request.viewer` (None for anonymous).

    For the API a bearer token outranks a session and needs no CSRF token. Pages are for people who signed in: they read
    no `Authorization`, which may be that of a proxy in front of us.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the viewer known; a bad token is refused at once, before it can be taken for anonymous."""
        structlog.contextvars.clear_contextvars()
        if _carries_token(request):
            return problem(HTTPStatus.BAD_REQUEST, _IN_ADDRESS)
        header = request.headers.get("Authorization", "") if request.path.startswith(API) else ""
        if header:
            scheme, _, text = header.partition(" ")
            viewer = accounts.viewer_of_token(text.strip()) if scheme.lower() == "bearer" else None
            if viewer is None:
                return _refused(request)
            if Scope.SCIM in (viewer.scopes or ()):
                return problem(HTTPStatus.FORBIDDEN, _FOR_SCIM)
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # Django's own switch; no cookie is used
            request.viewer = viewer  # type: ignore[attr-defined]
        else:
            person = request.user
            request.viewer = accounts.viewer_of(person) if person.is_authenticated else None  # type: ignore[attr-defined]
            _note_use(request)
        if request.viewer is not None:  # type: ignore[attr-defined]
            structlog.contextvars.bind_contextvars(viewer_id=request.viewer.person_id)  # type: ignore[attr-defined]
        return self._get_response(request)


def _carries_token(request: HttpRequest) -> bool:
    """Whether a token of ours stands in the address."""
    return PREFIX in request.META.get("QUERY_STRING", "") and any(
        is_well_formed(value) or (name.lower() in _NAMES and value.startswith(PREFIX))
        for name, values in request.GET.lists()
        for value in values
    )


def _refused(request: HttpRequest) -> JsonResponse:
    """401, and 429 for who does little else: only failures count, so that one wrong job does not stop its neighbours."""
    seconds = limits.spend(request, "token")
    if seconds:
        told = _TOO_MANY.format(seconds=seconds)
        return problem(HTTPStatus.TOO_MANY_REQUESTS, told, **{"Retry-After": str(seconds)})
    return problem(HTTPStatus.UNAUTHORIZED, _UNKNOWN, **{"WWW-Authenticate": "Bearer"})


def _note_use(request: HttpRequest) -> None:
    """Keep when this browser was seen last, for the list of one's sessions."""
    if not request.user.is_authenticated or not request.session.session_key:
        return
    if time.time() - request.session.get("seen_at", 0) > NOTE_SESSION_EVERY:
        request.session["seen_at"] = int(time.time())
        services.note_session(request.session.session_key)
