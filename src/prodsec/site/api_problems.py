"""Below `/api/` every refusal is a problem detail, also those that never reach the API: no such address, no such method."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from prodsec.site.viewer import API

_SENTENCES = {
    HTTPStatus.BAD_REQUEST: "This request cannot be read; nothing was changed.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /api/v1/openapi.json lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address knows no such method; the header Allow names those it knows.",
}
_PROBLEM = "application/problem+json"


class ApiProblemsMiddleware:
    """Turns pages of refusal into problem details; those that already are pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the view does, in the language of the API."""
        response = self._get_response(request)
        code = response.status_code
        if code < 400 or not request.path.startswith(API) or response.headers.get("Content-Type") == _PROBLEM:
            return response
        status = HTTPStatus(code)
        detail = _SENTENCES.get(status, f"This was refused: {status.phrase}.")
        body = {"type": "about:blank", "title": status.phrase, "status": code, "detail": detail}
        kept = {name: response.headers[name] for name in ("Allow", "Retry-After") if name in response.headers}
        return JsonResponse(body, status=code, content_type=_PROBLEM, headers=kept)
