"""A page may ask the database for two seconds, a write for thirty; who asks for more is told to ask for less."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from psycopg.errors import QueryCanceled

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_bounds: "WeakKeyDictionary[object, float]" = WeakKeyDictionary()


def is_too_slow(error: BaseException) -> bool:
    """Whether the database gave up on a statement because its time was over."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, QueryCanceled)


def _bound(seconds: float) -> None:
    """Set the time-out, unless the connection has it from an earlier request. Cost: 1 query where it changes."""
    connection.ensure_connection()
    if _bounds.get(connection.connection) != seconds:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {int(seconds * 1000)}")
        _bounds[connection.connection] = seconds


class QueryTimeMiddleware:
    """Sets the statement time-out of the connection for the request at hand (budgets.md §2)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer within the time of the request's method."""
        reads = request.method in READING
        _bound(settings.PRODSEC_PAGE_TIMEOUT_SECONDS if reads else settings.PRODSEC_WRITE_TIMEOUT_SECONDS)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a statement that ran out of time into a page that says so."""
        if not is_too_slow(exception):
            return None
        return render(request, "too_broad.html", status=422)
