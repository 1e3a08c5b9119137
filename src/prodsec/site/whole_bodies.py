"""Request bodies that end before their announced length fail, instead of passing for shorter ones.

WSGI servers report a connection that breaks as the end of the body. A report cut in half by it must not be imported as
a whole one, which would close every finding of the missing half.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class _Input(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class WholeBody:
    """The body of one request, which must be as long as was announced."""

    def __init__(self, source: _Input, announced: int) -> None:
        self._source = source
        self._missing = announced

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes.

        Raises: OSError when the body ends early; Django makes an UnreadablePostError of it.
        """
        wanted = self._missing if size < 0 else min(size, self._missing)
        if not wanted:
            return b""
        data = self._source.read(wanted)
        self._missing -= len(data)
        if not data:
            raise OSError(f"the request ended {self._missing} bytes early")
        return data

    def readline(self, size: int = -1, /) -> bytes:
        """One line, or at most `size` bytes of it. WSGI asks for it; Django does not use it."""
        line = bytearray()
        while not line.endswith(b"\n") and (size < 0 or len(line) < size) and self._missing:
            line += self.read(1)
        return bytes(line)


def whole_bodies(application: "WSGIApplication") -> "WSGIApplication":
    """The same application, given only bodies that are whole."""

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        announced = environ.get("CONTENT_LENGTH") or ""
        if announced.isdigit():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(announced))
        return application(environ, start_response)

    return guarded
