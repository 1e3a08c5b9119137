"""Errors as pages: a sentence that says what happened and what to do, never a stack trace."""

import math
import sys
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from prodsec.accounts.types import SignInError
from prodsec.accounts.web import limits
from prodsec.kit import errors
from prodsec.kit.pages import way_back
from prodsec.site.pages import stale_forms

log = structlog.get_logger()

API = "/api/"
# Tries for one person's account are counted over five minutes, whoever makes them.
_LONGEST_WAIT = 300

_HEADINGS: dict[HTTPStatus, Promise] = {
    HTTPStatus.NOT_FOUND: _("Not here"),
    HTTPStatus.FORBIDDEN: _("Not allowed"),
    HTTPStatus.CONFLICT: _("That does not fit any more"),
    HTTPStatus.BAD_REQUEST: _("That was not understood"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Too large"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Too many tries"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Not available now"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Something went wrong on our side"),
}
_STATUS_OF: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (errors.NotFoundError, HTTPStatus.NOT_FOUND),
    (errors.ForbiddenError, HTTPStatus.FORBIDDEN),
    (errors.ConflictError, HTTPStatus.CONFLICT),
    (errors.InvalidError, HTTPStatus.BAD_REQUEST),
    (errors.UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
)


class PageErrorsMiddleware:
    """Turns our errors into pages. A deed that is refused leads back to where it was asked for, with the reason on top."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the view does."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for an error of ours; the API has its own answers."""
        if request.path.startswith(API):
            return None
        if isinstance(exception, SignInError):
            written = stale_forms.fields_of(request)
            if written:
                return stale_forms.kept(request, written, status=HTTPStatus.UNAUTHORIZED)
            return redirect_to_login(request.get_full_path())
        if isinstance(exception, RequestDataTooBig):
            sentence = str(_("The form holds more than 5 MB; only reports may be larger."))
            return error_page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        if not isinstance(exception, errors.ProdsecError):
            return None
        refused = isinstance(exception, errors.ForbiddenError | errors.ConflictError | errors.InvalidError)
        back = way_back(request, "")
        if refused and request.method == "POST" and back:
            messages.error(request, str(exception))
            return HttpResponseRedirect(back)
        status = next(status for kind, status in _STATUS_OF if isinstance(exception, kind))
        return error_page(request, status, str(exception))


def error_page(request: HttpRequest, status: HTTPStatus, sentence: str) -> HttpResponse:
    """The one error page."""
    back = way_back(request, "")
    context = {"heading": _HEADINGS[status], "sentence": sentence, "back": back}
    return render(request, "error.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For an address that we do not have."""
    return error_page(request, HTTPStatus.NOT_FOUND, str(_("There is no page at this address. Was it typed by hand?")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For what Django refuses."""
    return error_page(request, HTTPStatus.FORBIDDEN, str(_("You may not do this. Ask an admin or the owner.")))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For a form without the right token: an old page, another site, or cookies that are off. What was written stays."""
    written = stale_forms.fields_of(request)
    if written:
        return stale_forms.kept(request, written, status=HTTPStatus.FORBIDDEN)
    sentence = _(
        "This form is too old or came from elsewhere, so nothing was changed. Go back, load the page again, retry."
    )
    return error_page(request, HTTPStatus.FORBIDDEN, str(sentence))


def too_many(request: HttpRequest) -> HttpResponse:
    """For who tries something too often; says when to try again."""
    seconds = limits.seconds_to_wait(request) or _LONGEST_WAIT
    minutes = math.ceil(seconds / 60)
    sentence = ngettext(
        "That was tried too often. Try again in {number} minute.",
        "That was tried too often. Try again in {number} minutes.",
        minutes,
    )
    answer = error_page(request, HTTPStatus.TOO_MANY_REQUESTS, sentence.format(number=minutes))
    answer["Retry-After"] = str(seconds)
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For what Django cannot read."""
    return error_page(request, HTTPStatus.BAD_REQUEST, str(_("The request could not be read. Nothing was changed.")))


def unforeseen(request: HttpRequest) -> HttpResponse:
    """For what we did not foresee; it is in the log, and nothing was changed. A database that is away is no surprise."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return _unavailable(request)
    sentence = _("It was logged, and nothing was changed. Try again; if it stays, tell an admin when it happened.")
    context = {"heading": _HEADINGS[HTTPStatus.INTERNAL_SERVER_ERROR], "sentence": sentence}
    return render(None, "error.html", context, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _unavailable(request: HttpRequest) -> HttpResponse:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    sentence = str(_("The database does not answer now; try again in a moment."))
    headers = {"Retry-After": "2"}
    if request.path.startswith(API):
        body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": sentence}
        return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)
    context = {"heading": _HEADINGS[status], "sentence": sentence}
    response = render(None, "error.html", context, status=status)
    response["Retry-After"] = headers["Retry-After"]
    return response
