"""The API: routers of all contexts, one sign-in, one mapping from errors to problem details (RFC 9457)."""

import copy
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.utils import check_csrf

from prodsec.accounts.queries import viewer_asking
from prodsec.findings import queries as findings
from prodsec.findings.types import ChangedSinceError
from prodsec.kit import errors
from prodsec.site import api_document
from prodsec.site.api_once import once
from prodsec.site.query_time import is_too_slow

log = structlog.get_logger()

STATUS_OF: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (errors.NotFoundError, HTTPStatus.NOT_FOUND),
    (errors.ForbiddenError, HTTPStatus.FORBIDDEN),
    (errors.ConflictError, HTTPStatus.CONFLICT),
    (errors.InvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def signed_in(request: HttpRequest) -> object | None:
    """The viewer of the request, set by `ViewerMiddleware`; None refuses.

    Raises: HttpError for a session that writes without the header `X-CSRFToken`; a token in `Authorization` needs none.
    """
    viewer = getattr(request, "viewer", None)
    # Checked on a copy with another method, so that Django looks at the header and does not read the body as a form.
    probe = copy.copy(request)
    probe.method = "PUT" if request.method == "POST" else request.method
    if viewer is not None and check_csrf(probe) is not None:
        raise HttpError(403, "This request came without our CSRF token; send the cookie's value as X-CSRFToken.")
    return viewer


class Api(NinjaAPI):
    """The framework's API, which describes itself completely."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document at `/api/v1/openapi.json`, with refusals and keys of requests."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        api_document.complete(document)
        return document


api = Api(
    title="Prodsec",
    version="1",
    description="Everything the pages can do, and more. Sign in with `Authorization: Bearer pst_…`.",
    auth=signed_in,
    urls_namespace="api",
    docs_url=None,
)
api.add_decorator(once(api, signed_in), mode="view")


def problem(request: HttpRequest, status: int, detail: str, **more: object) -> HttpResponse:
    """An answer of type application/problem+json."""
    if _has_transaction(request):
        transaction.set_rollback(True)  # one request, one commit: an error leaves nothing behind
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    response = api.create_response(request, body, status=status)
    response["Content-Type"] = "application/problem+json"
    return response


def _has_transaction(request: HttpRequest) -> bool:
    """Whether the request runs in a transaction of its own; an upload does not."""
    view = request.resolver_match.func if request.resolver_match else None
    return not hasattr(view, "_non_atomic_requests") and transaction.get_connection().in_atomic_block


@api.exception_handler(errors.ProdsecError)
def _ours(request: HttpRequest, error: errors.ProdsecError) -> HttpResponse:
    status = next(status for kind, status in STATUS_OF if isinstance(error, kind))
    place = getattr(error, "place", "")
    return problem(request, status, str(error), **({"place": place} if place else {}))


@api.exception_handler(ChangedSinceError)
def _changed_since(request: HttpRequest, error: ChangedSinceError) -> HttpResponse:
    """Who decides on what somebody else has just changed is told what that was, and how it stands now."""
    now = findings.finding(viewer_asking(request), error.changes[-1].finding_id)
    changes = [
        {
            "finding": one.finding_id,
            "at": one.at.isoformat(),
            "kind": one.kind.word,
            "actor": one.actor,
            "reason": one.reason,
        }
        for one in error.changes
    ]
    current = {
        "id": now.id, "revision": findings.revisions([now.id])[now.id], "state": now.state.word,
        "severity": now.severity.word, "assignee_id": now.assignee_id, "owner_team_id": now.owner_team_id,
    }  # fmt: skip
    return problem(request, 409, str(error), changes=changes, current=current)


@api.exception_handler(ValidationError)
def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    issues = [{"place": ".".join(str(part) for part in item["loc"]), "reason": item["msg"]} for item in error.errors]
    first = issues[0] if issues else {"place": "body", "reason": "is not valid"}
    return problem(request, 422, f"{first['place']}: {first['reason']}", errors=issues)


@api.exception_handler(AuthenticationError)
def _authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(request, 401, "Sign in first: send a token as `Authorization: Bearer pst_…`.")


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(request, error.status_code, str(error))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(
        request, 413, "This body is larger than 5 MB; only reports may be larger, through POST /api/v1/imports."
    )


@api.exception_handler(UnreadablePostError)
def _cut_short(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem(request, 400, "The request ended before its announced length; send it again.")


@api.exception_handler(OperationalError)
def _database(request: HttpRequest, error: OperationalError) -> HttpResponse:
    if is_too_slow(error):
        return problem(request, 422, "This asks for too much at once; narrow the filters.")
    log.error("database_unavailable", reason=type(error).__name__)
    return problem(request, 503, "The database does not answer now; try again in a moment.")


@api.exception_handler(Exception)
def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("unforeseen_error", exc_info=error)
    return problem(request, 500, "Something went wrong on our side; it was logged. Nothing was changed.")
