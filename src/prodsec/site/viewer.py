"""Who asks: a session or a token becomes `request.viewer`, once, before any view."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from prodsec.accounts import queries as accounts

API = "/api/"

ANSWER_401 = {
    "type": "about:blank",
    "title": "Unauthorized",
    "status": 401,
    "detail": "This token is unknown, expired or revoked; make a new one under Admin, Tokens.",
}


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
        header = request.headers.get("Authorization", "") if request.path.startswith(API) else ""
        if header:
            scheme, _, text = header.partition(" ")
            viewer = accounts.viewer_of_token(text.strip()) if scheme.lower() == "bearer" else None
            if viewer is None:
                return JsonResponse(
                    ANSWER_401,
                    status=401,
                    content_type="application/problem+json",
                    headers={"WWW-Authenticate": "Bearer"},
                )
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # Django's own switch; no cookie is used
            request.viewer = viewer  # type: ignore[attr-defined]
        else:
            person = request.user
            request.viewer = accounts.viewer_of(person) if person.is_authenticated else None  # type: ignore[attr-defined]
        if request.viewer is not None:  # type: ignore[attr-defined]
            structlog.contextvars.bind_contextvars(viewer_id=request.viewer.person_id)  # type: ignore[attr-defined]
        return self._get_response(request)
