"""Bodies of uploads as streams: raw or multipart, never as a whole in memory, never in the clear under a name."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError

from prodsec.kit.errors import InvalidError
from prodsec.scans import storage
from prodsec.scans.types import Limits, ReportTooLargeError


@dataclass(frozen=True)
class Upload:
    """A report that arrives, and what the form around it says; no fields when the body is the report itself."""

    stream: storage.Stream
    file_name: str
    fields: dict[str, str]


@contextlib.contextmanager
def upload_of(request: HttpRequest) -> Iterator[Upload]:
    """The upload in a request.

    Raises: ReportTooLargeError as soon as it is known; InvalidError for a form without a file or a body cut short;
    HttpError (411) for a body of unknown length.
    """
    announced = str(request.META.get("CONTENT_LENGTH") or "")
    if not announced and request.META.get("wsgi.input_terminated"):
        # Chunks say where they end, but the server cannot tell their end from a broken connection.
        raise HttpError(411, "Announce the length of the report (Content-Length); `curl --data-binary @FILE` does.")
    # A form adds a little around the report; the report itself is measured again while it is kept.
    if announced.isdigit() and int(announced) > Limits().report_bytes + 100_000:
        raise ReportTooLargeError(Limits().report_bytes)
    handler = _AnonymousFileHandler(request)
    try:
        yield _form(request, handler) if request.content_type == "multipart/form-data" else Upload(request, "", {})
    except UnreadablePostError:
        raise InvalidError(f"the upload ended before its {announced} bytes; send it again", place="body") from None
    finally:
        handler.close()


def _form(request: HttpRequest, handler: "_AnonymousFileHandler") -> Upload:
    with contextlib.suppress(AttributeError):  # the CSRF check of a browser's session has read the form already
        request.upload_handlers = [handler]
    try:
        file = request.FILES.get("file")
    except MultiPartParserError as error:
        raise InvalidError(f"the form cannot be read ({error})", place="body") from None
    if file is None:
        raise InvalidError("there is no file; send it as the field `file`", place="body")
    return Upload(file, file.name or "", {name: str(value) for name, value in request.POST.items()})


class _AnonymousFileHandler(FileUploadHandler):
    """Spools the file of a form without a name on disk, so that a killed process leaves nothing to read."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._spool: IO[bytes] | None = None
        self._spools = contextlib.ExitStack()
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take bytes; the first ones begin a file.

        Raises: ReportTooLargeError.
        """
        self._size = start + len(raw_data)
        if self._size > Limits().report_bytes:
            raise ReportTooLargeError(Limits().report_bytes)
        if start == 0 or self._spool is None:
            self._spool = self._spools.enter_context(_nameless())
        self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """The file, from its beginning."""
        spool = self._spool or self._spools.enter_context(_nameless())
        self._spool = None
        spool.seek(0)
        return UploadedFile(file=spool, name=self.file_name, content_type=self.content_type, size=file_size)

    def close(self) -> None:
        """Let go of all files of the form; Django forgets one whose form ended too early."""
        self._spools.close()


def _nameless() -> IO[bytes]:
    return tempfile.TemporaryFile(dir=storage.spool_folder())
