"""Talking to a Prodsec server: one request at a time over the standard library, with a sentence for every failure."""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from _typeshed import SupportsRead

TIMEOUT_SECONDS = 120.0
BLOCK_BYTES = 1 << 20
RETRIED_STATUSES = frozenset({502, 503, 504})
WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)

Scalar = str | int | float | bool | None
Json = Mapping[str, "Json | list[Json] | Scalar"] | list["Json"] | Scalar


class ProdsecError(Exception):
    """The server refused, or what it said makes no sense to us."""


class UnavailableError(ProdsecError):
    """The server does not answer, or says that it cannot now."""


class Body(Protocol):
    """Bytes that can be sent again from their beginning."""

    def rewind(self) -> "SupportsRead[bytes]":
        """The bytes, from the first one."""
        ...

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...


@dataclass(frozen=True)
class Answer:
    """What the server said: the status, the JSON body, and the address it points at."""

    status: int
    body: Mapping[str, Json]
    location: str = ""


class Client:
    """A server's address and the token we show it."""

    def __init__(self, url: str, token: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ProdsecError(f"{url!r} is no address of a server; give one like https://prodsec.example.com.")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "prodsec-cli"}
        self._sleep = sleep

    def get(self, path: str) -> Answer:
        """Ask for a resource by its path on the server."""
        return self._persist(lambda: self._request("GET", path, {}, None))

    def post(self, path: str, query: Mapping[str, str], body: Body, headers: Mapping[str, str]) -> Answer:
        """Send bytes. A retry sends the same headers, so an idempotency key among them makes it safe."""
        address = f"{path}?{urlencode(query)}"
        return self._persist(lambda: self._request("POST", address, headers, body))

    def _persist(self, attempt: Callable[[], Answer]) -> Answer:
        """Try until the server answers with something else than "not now", or we have waited long enough."""
        for wait in (*WAITS_SECONDS, None):
            try:
                answer = attempt()
                reason = f"answered {answer.status}"
                if answer.status not in RETRIED_STATUSES:
                    return answer
            except (OSError, http.client.HTTPException) as error:
                reason = str(error) or type(error).__name__
            if wait is None:
                raise UnavailableError(f"{self._host} does not answer now ({reason}); try again later.")
            self._sleep(wait)
        raise AssertionError("the last wait is None")

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: Body | None) -> Answer:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=TIMEOUT_SECONDS, blocksize=BLOCK_BYTES)
        try:
            sent = {**self._headers, **headers, **({"Content-Length": str(body.size)} if body else {})}
            try:
                connection.request(method, self._prefix + path, body=body.rewind() if body else None, headers=sent)
            except (BrokenPipeError, ConnectionResetError):
                # A server that refuses a body early answers before it has read it all; its answer says why.
                return _answer(connection.getresponse())
            return _answer(connection.getresponse())
        finally:
            connection.close()


def _answer(response: http.client.HTTPResponse) -> Answer:
    raw = response.read()
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"detail": f"the server answered {response.status} {response.reason} and no JSON"}
    return Answer(status=response.status, body=body, location=response.headers.get("Location", ""))
