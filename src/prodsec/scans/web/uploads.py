"""Bodies of uploads as streams: raw or multipart, never as a whole in memory, never in the clear under a name."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

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

    Raises: ReportTooLargeError as soon as it is known; InvalidError for a form without a file or a body cut short.
    """
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    # A form adds a little around the report; the report itself is measured again while it is kept.
    if announced > Limits().report_bytes + 100_000:
        raise ReportTooLargeError(Limits().report_bytes)
    if request.content_type != "multipart/form-data":
        yield Upload(stream=_Body(request, announced), file_name="", fields={})
        return
    request.upload_handlers = [_AnonymousFileHandler(request)]
    try:
        file = request.FILES.get("file")
    except MultiPartParserError as error:
        raise InvalidError(f"the form cannot be read ({error}); was it cut short?", place="body") from None
    if file is None:
        raise InvalidError("there is no file; send it as the field `file`", place="body")
    with file:
        fields = {name: str(value) for name, value in request.POST.items()}
        yield Upload(stream=file, file_name=file.name or "", fields=fields)


class _Body:
    """The raw body, which must be as long as was announced: a connection that breaks must not pass for the end."""

    def __init__(self, request: HttpRequest, announced: int) -> None:
        # A body sent in chunks announces no length; Django takes that for an empty one, the server's own stream does not.
        is_chunked = not announced and bool(request.META.get("wsgi.input_terminated"))
        self._source: IO[bytes] | HttpRequest = request.META["wsgi.input"] if is_chunked else request
        self._announced = announced
        self._received = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        try:
            data: bytes = self._source.read(size)
        except OSError:
            data = b""
        self._received += len(data)
        if not data and self._received < self._announced:
            raise InvalidError(
                f"the upload ended after {self._received} of {self._announced} bytes; send it again", place="body"
            )
        return data


class _AnonymousFileHandler(FileUploadHandler):
    """Spools the file of a form without a name on disk, so that a killed process leaves nothing to read."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._begin()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take bytes.

        Raises: ReportTooLargeError.
        """
        if start == 0 and self._size:
            self._begin()
        self._size += len(raw_data)
        if self._size > Limits().report_bytes:
            raise ReportTooLargeError(Limits().report_bytes)
        self._spool.write(raw_data)

    def _begin(self) -> None:
        self._spool = tempfile.TemporaryFile(dir=storage.spool_folder())  # noqa: SIM115 - closed by whoever reads it
        self._size = 0

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """The file, from its beginning."""
        self._spool.seek(0)
        return UploadedFile(file=self._spool, name=self.file_name, content_type=self.content_type, size=file_size)
