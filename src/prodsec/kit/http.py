"""HTTP out: one request, with limits of time and size, to hosts that `kit.addresses` lets through.

The connection goes to the very address that was checked, so a name that changes its meaning between check and
connection gains nothing. Proxies and credentials of the environment are not used. Redirects are followed only to the
same host: a password or token never reaches another one.
"""

import functools
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import certifi
import httpx
import msgspec

from prodsec.kit import addresses
from prodsec.kit.errors import UnavailableError

SECONDS = 10.0
BYTES = 1_000_000
AGENT = "prodsec"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_PLACE = 200


class NoAnswerError(UnavailableError):
    """The other side did not answer, or not in a way that can be used."""


class CutOffError(NoAnswerError):
    """The other side was reached and may have done what was asked, but its answer did not come whole."""


@dataclass(frozen=True)
class Request:
    """What to ask. `seconds` bounds the whole exchange, `most_bytes` the answer's body; `redirects` how many are followed, on the same host only."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = SECONDS
    most_bytes: int = BYTES
    redirects: int = 0


@dataclass(frozen=True)
class Answer:
    """What came back; any status is an answer."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the other side did what was asked."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """The body read as JSON. Raises: NoAnswerError."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            raise NoAnswerError(f"{_short(self.url)} answered something that is not JSON.") from None


def get(url: str, *, headers: Mapping[str, str] | None = None, redirects: int = 3, most_bytes: int = BYTES) -> Answer:
    """Ask for what is at an address. Raises: HostRefusedError, NoAnswerError."""
    return send(Request("GET", url, headers=headers or {}, redirects=redirects, most_bytes=most_bytes))


def send(request: Request) -> Answer:
    """Send one request and read the whole answer.

    Raises: HostRefusedError for an address that requests may not go to; NoAnswerError when nothing usable came back.
    """
    ends_at, url = time.monotonic() + request.seconds, request.url
    for _ in range(request.redirects + 1):
        answer = _ask(request, url, ends_at)
        target = answer.headers.get("location")
        if answer.status not in _REDIRECTS or target is None or request.redirects == 0:
            return answer
        url = _same_host(url, urljoin(url, target), request.method)
    raise NoAnswerError(f"{_short(request.url)} sends us from one address to the next without end.")


def is_redirect(answer: Answer) -> bool:
    """Whether the answer sends the asker elsewhere."""
    return answer.status in _REDIRECTS and "location" in answer.headers


def _same_host(source: str, target: str, method: str) -> str:
    before, after = addresses.parts_of(source), addresses.parts_of(target)
    if (before.scheme, before.hostname, _port(before)) != (after.scheme, after.hostname, _port(after)):
        raise NoAnswerError(f"{_short(source)} sends us to {_short(target)}; give that address instead.")
    if method not in ("GET", "HEAD"):
        raise NoAnswerError(f"{_short(source)} moved to {_short(target)}; give that address instead.")
    return target


def _ask(request: Request, url: str, ends_at: float) -> Answer:
    parts = addresses.parts_of(url)
    failed: httpx.HTTPError | None = None
    for address in addresses.checked(parts.hostname or "", _port(parts)):
        try:
            return _exchange(request, parts, address, ends_at)
        except httpx.ConnectError as error:
            failed = error  # the next address of the same name may answer
        except httpx.TimeoutException as error:
            kind = NoAnswerError if isinstance(error, httpx.ConnectTimeout) else CutOffError
            raise kind(f"{_short(url)} did not answer within {request.seconds:g} seconds.") from None
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise CutOffError(f"{_short(url)} did not answer properly ({type(error).__name__}).") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoAnswerError(f"{_short(url)} did not answer properly ({type(error).__name__}).") from None
    reason = "its certificate is not trusted" if "CERTIFICATE" in str(failed).upper() else "no connection"
    raise NoAnswerError(f"{_short(url)} cannot be reached: {reason}.")


def _exchange(request: Request, parts: SplitResult, address: str, ends_at: float) -> Answer:
    left = max(ends_at - time.monotonic(), 0.001)
    host = parts.hostname or ""
    headers = {"User-Agent": AGENT, "Accept": "application/json, */*", **request.headers}
    # A compressed answer could be a thousand times its size once unpacked.
    headers |= {"Host": parts.netloc, "Accept-Encoding": "identity"}
    with (
        httpx.Client(verify=trust(), trust_env=False, timeout=left, follow_redirects=False) as client,
        client.stream(
            request.method,
            _at(parts, address),
            headers=headers,
            content=request.body or None,
            extensions={"sni_hostname": host},
        ) as answer,
    ):
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise CutOffError(f"{_short(urlunsplit(parts))} answers compressed though it was asked not to.")
        body = b"".join(_limited(answer.iter_raw(), urlunsplit(parts), request, ends_at))
        return Answer(urlunsplit(parts), answer.status_code, dict(answer.headers), body)


def _limited(chunks: Iterator[bytes], url: str, request: Request, ends_at: float) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > request.most_bytes:
            raise CutOffError(f"{_short(url)} answers more than {request.most_bytes} bytes.")
        if time.monotonic() > ends_at:
            raise CutOffError(f"{_short(url)} did not answer within {request.seconds:g} seconds.")
        yield chunk


def _at(parts: SplitResult, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return urlunsplit((parts.scheme, f"{host}:{_port(parts)}", parts.path or "/", parts.query, ""))


def _port(parts: SplitResult) -> int:
    return parts.port or _DEFAULT_PORTS[parts.scheme]


@functools.lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """The public authorities, and those that the machine trusts (SSL_CERT_FILE): private ones are installed there."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _short(url: str) -> str:
    """An address without its query, which may hold a secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:_LONGEST_PLACE]
