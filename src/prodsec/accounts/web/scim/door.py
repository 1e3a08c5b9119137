"""The door of SCIM: who may come in, what a request may be, and refusals in SCIM's own form."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from prodsec.accounts.queries.provisioning import provisioner_of_token
from prodsec.accounts.types import PersonExistsError, ProvisioningRefusedError, TeamExistsError, Viewer
from prodsec.accounts.web import limits
from prodsec.kit import errors

log = structlog.get_logger()

MEDIA_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LARGEST_BODY_BYTES = 2_000_000


@dataclass(frozen=True)
class Answer:
    """What is answered; `body` is None for nothing."""

    status: HTTPStatus
    body: Mapping[str, object] | None = None
    location: str = ""


Handler = Callable[..., Answer]


def door(**handlers: Handler) -> Callable[..., HttpResponse]:
    """A view with one handler a method; each gets the viewer, the request, and what stands in the address."""

    @csrf_exempt  # a token is needed and no cookie is looked at
    def view(request: HttpRequest, **given: str) -> HttpResponse:
        viewer, refusal = _asking(request)
        if viewer is None:
            return refusal
        handler = handlers.get(str(request.method).lower())
        if handler is None:
            answer = refused(HTTPStatus.METHOD_NOT_ALLOWED, "This address knows no such method.")
            answer["Allow"] = ", ".join(name.upper() for name in handlers)
            return answer
        try:
            with transaction.atomic():
                return _said(handler(viewer, request, **given))
        except errors.ProdsecError as error:
            return _refusal_of(error)
        except DatabaseError as error:
            log.error("scim_database_error", reason=type(error).__name__)
            sentence = "Something went wrong on our side; nothing was changed."
            return refused(HTTPStatus.INTERNAL_SERVER_ERROR, sentence)
        except RequestDataTooBig:
            return refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This body is too large.")
        except UnreadablePostError:
            return refused(HTTPStatus.BAD_REQUEST, "The request ended before its announced length.", "invalidSyntax")

    return view


def body_of(request: HttpRequest) -> object:
    """The body read as JSON. Raises: ProvisioningRefusedError."""
    if len(request.body) > LARGEST_BODY_BYTES:
        raise ProvisioningRefusedError("this body is too large", word="tooMany")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise ProvisioningRefusedError("this body is no JSON", word="invalidSyntax") from None


def refused(status: HTTPStatus, sentence: str, word: str = "") -> HttpResponse:
    """A refusal as RFC 7644, §3.12 has it."""
    told = {"schemas": [ERROR], "status": str(status.value), "detail": sentence} | ({"scimType": word} if word else {})
    return HttpResponse(json.dumps(told), status=status, content_type=MEDIA_TYPE)


def _asking(request: HttpRequest) -> tuple[Viewer | None, HttpResponse]:
    scheme, _sep, text = request.headers.get("Authorization", "").partition(" ")
    viewer = provisioner_of_token(text.strip()) if scheme.lower() == "bearer" else None
    seconds = (
        limits.spend(request, "token") if viewer is None else limits.spend(request, "scim", key=str(viewer.token_id))
    )
    if seconds:
        answer = refused(HTTPStatus.TOO_MANY_REQUESTS, f"Too many requests; wait {seconds} seconds.")
        answer["Retry-After"] = str(seconds)
        return None, answer
    answer = refused(HTTPStatus.UNAUTHORIZED, "Send a token that was made for SCIM: Authorization: Bearer pst_…")
    answer["WWW-Authenticate"] = "Bearer"
    if viewer is not None:
        structlog.contextvars.bind_contextvars(viewer_id=viewer.person_id)
    return viewer, answer


def _said(answer: Answer) -> HttpResponse:
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    response = HttpResponse(content, status=answer.status, content_type=MEDIA_TYPE)
    if answer.location:
        response["Location"] = answer.location
    return response


def _refusal_of(error: errors.ProdsecError) -> HttpResponse:
    if isinstance(error, ProvisioningRefusedError):
        return refused(HTTPStatus.BAD_REQUEST, str(error), error.word)
    if isinstance(error, errors.InvalidError):
        return refused(HTTPStatus.BAD_REQUEST, str(error), "invalidValue")
    if isinstance(error, errors.NotFoundError):
        return refused(HTTPStatus.NOT_FOUND, str(error))
    if isinstance(error, errors.ConflictError):
        word = "uniqueness" if isinstance(error, PersonExistsError | TeamExistsError) else "mutability"
        return refused(HTTPStatus.CONFLICT, str(error), word)
    if isinstance(error, errors.ForbiddenError):
        return refused(HTTPStatus.FORBIDDEN, str(error))
    log.error("scim_unavailable", reason=type(error).__name__)
    return refused(HTTPStatus.SERVICE_UNAVAILABLE, "Prodsec cannot do this now; try again in a moment.")
