"""Who has to have a second factor and has none is led to set it up, before anything else."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from prodsec.accounts.types import Viewer
from prodsec.site.viewer import API

# The way to a second factor, and out.
OPEN = ("/account/", "/accounts/", "/choices/")
_SENTENCE = "This installation asks you for a second factor; set one up under your account first, or use a token."


class SecondFactorMiddleware:
    """Looks at every request of a signed-in person; a token is its own second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, unless a factor is demanded and missing."""
        viewer = getattr(request, "viewer", None)
        if not isinstance(viewer, Viewer) or not viewer.lacks_factor or viewer.scopes is not None:
            return self._get_response(request)
        if request.path.startswith(OPEN):
            return self._get_response(request)
        if request.path.startswith(API):
            status = HTTPStatus.FORBIDDEN
            body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": _SENTENCE}
            return JsonResponse(body, status=status, content_type="application/problem+json")
        return redirect("account:overview")
