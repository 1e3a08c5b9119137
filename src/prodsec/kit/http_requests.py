"""A session of the library `requests` that sends through `kit.http`, for libraries that bring their own requests."""

import io
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from prodsec.kit import http
from prodsec.kit.addresses import HostRefusedError
from prodsec.kit.errors import UnavailableError


class CutOffError(requests.ConnectionError):
    """As `http.CutOffError`: the other side may have done what was asked."""


class _GuardedAdapter(HTTPAdapter):
    """Sends every request through `kit.http`: same guard, same limits, no redirect."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """One exchange. Raises: requests.RequestException, as its users expect."""
        del args, kwargs
        body = request.body or b""
        if not isinstance(body, str | bytes):
            raise requests.RequestException("A streamed body is not sent.", request=request)
        headers = {name: str(value) for name, value in request.headers.items() if name.lower() != "content-length"}
        try:
            answer = http.send(
                http.Request(
                    request.method or "GET",
                    request.url or "",
                    headers=headers,
                    body=body.encode() if isinstance(body, str) else body,
                )
            )
        except http.CutOffError as error:
            raise CutOffError(str(error), request=request) from None
        except (HostRefusedError, UnavailableError) as error:
            raise requests.ConnectionError(str(error), request=request) from None
        if http.is_redirect(answer):
            # What was sent may hold a secret; requests would send it on.
            raise requests.TooManyRedirects("The other side sends us to another address.", request=request)
        raw = HTTPResponse(io.BytesIO(answer.body), dict(answer.headers), status=answer.status, preload_content=False)
        return self.build_response(request, raw)


def session() -> requests.Session:
    """A session whose every request is guarded; it knows no proxies, and no credentials of the environment."""
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", _GuardedAdapter())
    made.mount("http://", _GuardedAdapter())
    return made
