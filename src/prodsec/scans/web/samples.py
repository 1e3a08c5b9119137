"""Samples of formats on their way through the pages: taken in whole and small, kept as raw reports, named by a signed word.

The word names a sample by its sum, signed, so that nobody who knows the sum of somebody's report can look at it here.
"""

import io
from dataclasses import dataclass

from django.core import signing
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

from prodsec.kit.errors import InvalidError
from prodsec.scans import storage
from prodsec.scans.formats.outline import LARGEST_SAMPLE

_SALT = "prodsec.scans.sample"
_AROUND = 100_000
_LONGEST_NAME = 200


@dataclass(frozen=True)
class KeptSample:
    """A sample that is kept."""

    sha256: bytes
    name: str

    @property
    def word(self) -> str:
        """What a page carries on for it."""
        return signing.dumps([self.sha256.hex(), self.name], salt=_SALT)

    def data(self) -> bytes:
        """The bytes. Raises: ReportError when they are no longer kept."""
        return b"".join(storage.blocks(self.sha256))


def refuse_large(request: HttpRequest) -> None:
    """Refuse a body that cannot be a sample before any of it is read; keep a small one off the disk. Raises: InvalidError."""
    announced = str(request.META.get("CONTENT_LENGTH") or "0")
    if not announced.isdigit() or int(announced) > LARGEST_SAMPLE + _AROUND:
        raise InvalidError(
            _("a sample has at most {number} MB; cut some of its rows out").format(number=LARGEST_SAMPLE // 1_000_000)
        )
    request.upload_handlers = [MemoryFileUploadHandler(request)]


def taken_in(request: HttpRequest) -> KeptSample:
    """The sample that a form brings, as a file or as text. Raises: InvalidError when there is none."""
    file = request.FILES.get("file")
    pasted = request.POST.get("text", "")
    if file is None and not pasted.strip():
        raise InvalidError(_("give a sample: a file, or its text"), place="text")
    data = file.read() if file is not None else pasted.encode()
    if not data:
        raise InvalidError(_("this file is empty"), place="file")
    name = "".join(sign for sign in (file.name or "" if file is not None else "") if sign.isprintable())[:_LONGEST_NAME]
    return KeptSample(storage.keep(io.BytesIO(data)).sha256, name or "sample")


def sample_of(word: str) -> KeptSample | None:
    """The sample that a word names; None without one. Raises: InvalidError for a word that is not ours."""
    if not word:
        return None
    try:
        sha256, name = signing.loads(word, salt=_SALT)
    except signing.BadSignature:
        raise InvalidError(_("this sample is not known; give it once more")) from None
    return KeptSample(bytes.fromhex(sha256), name)
