"""What the framework does not know of the API's own description: refusals, keys of requests, how to sign in."""

from http import HTTPStatus
from typing import Any

from prodsec.kit import idempotency
from prodsec.site.api_once import WITH_KEYS_OF_THEIR_OWN

METHODS = frozenset({"get", "post", "put", "patch", "delete"})

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457). `detail` is a sentence for a person: what, where, what to do.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "place": {"type": "string", "description": "The field, line, JSON pointer or XPath that is wrong."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["place", "reason"],
                "properties": {"place": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
KEY: dict[str, Any] = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "Makes it safe to send this again: the same key with the same request is done once and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY, "pattern": "^[!-~]+$"},
}
BEARER = {"type": "http", "scheme": "bearer", "description": "A token: `Authorization: Bearer pst_…`."}
# A request may be refused so whatever it asks: not signed in, not allowed, names what is not there, not understood, database away.
ALWAYS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def complete(document: dict[str, Any]) -> None:
    """Add to the document what it lacks."""
    components = document["components"]
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {"token": BEARER}
    document["security"] = [{"token": []}]
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            _complete_operation(path, method, item[method])


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    if method == "post":
        operation["parameters"] = [*operation.get("parameters", []), KEY]
    for status in _refusals(path, method, has_body="requestBody" in operation):
        operation["responses"][status.value] = {
            "description": status.phrase,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _refusals(path: str, method: str, *, has_body: bool) -> set[HTTPStatus]:
    found = set(ALWAYS)
    if method != "get":
        found.add(HTTPStatus.CONFLICT)
    if method == "post" or has_body:
        found |= {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    if path in WITH_KEYS_OF_THEIR_OWN:
        found.add(HTTPStatus.LENGTH_REQUIRED)
    return found
