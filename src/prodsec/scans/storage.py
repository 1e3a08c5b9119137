"""Raw reports on disk: named by their content, compressed, encrypted, and safe from any crash once acknowledged.

A report lies in `PRODSEC_HOME/reports/aa/<sha256>`, where the sum is that of the bytes as they were sent. It is written
beside its place, synced and renamed, so a file under its name is always whole. Decision: docs/decisions/0006-….
"""

import contextlib
import datetime
import fcntl
import hashlib
import os
import secrets
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from prodsec.kit import clock, crypto
from prodsec.scans.types import Limits, ReportError, ReportTooLargeError

PURPOSE = "reports"
BLOCK_BYTES = 1 << 18
# Level 1 costs a third of level 6 and reports, being all alike inside, shrink to a tenth even so.
COMPRESSION_LEVEL = 1
ABANDONED_AFTER = datetime.timedelta(days=1)


class Stream(Protocol):
    """Bytes that arrive."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


@dataclass(frozen=True)
class StoredReport:
    """A report that is safe on disk."""

    sha256: bytes
    size_bytes: int


def keep(stream: Stream, *, limit_bytes: int = Limits().report_bytes, may_be_empty: bool = False) -> StoredReport:
    """Take a report in while it arrives; when this returns, no crash can lose it.

    Cost: memory for one block, whatever the size of the report.
    Raises: ReportTooLargeError as soon as the limit is passed; ReportError for an empty report unless it may be one.
    """
    incoming = _folder("incoming") / secrets.token_hex(16)
    try:
        incoming.touch(mode=0o600, exist_ok=False)
        with incoming.open("wb") as file:
            stored = _write(stream, file, limit_bytes)
            if not stored.size_bytes and not may_be_empty:
                raise ReportError("the report is empty; nothing was imported")
            file.flush()
            os.fsync(file.fileno())
        place = _path_of(stored.sha256)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _folder_lock(fcntl.LOCK_SH):
            incoming.replace(place)
        _sync_folder(place.parent)
        _sync_folder(place.parent.parent)
    except BaseException:
        incoming.unlink(missing_ok=True)
        raise
    return stored


@contextlib.contextmanager
def opened(sha256: bytes) -> Iterator[Path]:
    """A path under which the plain report can be read inside the block, by this process only.

    The file has no name in any folder, so nobody else can open it and a killed process leaves nothing behind.
    Raises: ReportError when the report is gone or was changed on disk.
    """
    with tempfile.TemporaryFile(dir=spool_folder(), buffering=0) as plain:
        for block in blocks(sha256):
            plain.write(block)
        yield Path(f"/proc/{os.getpid()}/fd/{plain.fileno()}")


def blocks(sha256: bytes) -> Iterator[bytes]:
    """The plain bytes of a kept report, in order, checked against their sum at the end.

    Raises: ReportError when the report is gone or was changed on disk.
    """
    try:
        file = _path_of(sha256).open("rb")
    except FileNotFoundError:
        raise ReportError("the raw report is no longer kept; send it again") from None
    inflate, summed = zlib.decompressobj(), hashlib.sha256()
    with file:
        for chunk in crypto.decrypted_chunks(file, PURPOSE):
            pending = chunk
            while pending:
                plain = inflate.decompress(pending, BLOCK_BYTES)
                pending = inflate.unconsumed_tail
                summed.update(plain)
                yield plain
        rest = inflate.flush()
        summed.update(rest)
        yield rest
    if summed.digest() != sha256:
        raise ReportError("the raw report was changed on disk; send it again")


def is_kept(sha256: bytes) -> bool:
    """Whether the report is still on disk."""
    return _path_of(sha256).exists()


def drop_older_than(oldest: datetime.datetime, *, needed: Callable[[bytes], bool]) -> int:
    """Delete reports last received before `oldest` that no scan needs, and what broken uploads left. Returns how many."""
    dropped = 0
    for path in _folder("incoming").iterdir():
        if _age_of(path) < clock.now() - ABANDONED_AFTER:
            path.unlink(missing_ok=True)
    for path in _root().glob("??/" + "?" * 64):
        if _age_of(path) >= oldest or needed(bytes.fromhex(path.name)):
            continue
        with _folder_lock(fcntl.LOCK_EX):
            # Looked at again, because the same report may just have arrived.
            if _age_of(path) < oldest:
                path.unlink(missing_ok=True)
                dropped += 1
    return dropped


def spool_folder() -> Path:
    """Where files without a name may be spooled: beside the reports, on the same disk and as private."""
    return _folder("reading")


def kept_reports() -> Iterator[bytes]:
    """The sums of all reports on disk, for backup and doctor."""
    for path in sorted(_root().glob("??/" + "?" * 64)):
        yield bytes.fromhex(path.name)


def _write(stream: Stream, file: BinaryIO, limit_bytes: int) -> StoredReport:
    summed, size = hashlib.sha256(), 0
    deflate, sealed = zlib.compressobj(COMPRESSION_LEVEL), crypto.EncryptedWriter(file, PURPOSE)
    while block := stream.read(BLOCK_BYTES):
        size += len(block)
        if size > limit_bytes:
            raise ReportTooLargeError(limit_bytes)
        summed.update(block)
        sealed.write(deflate.compress(block))
    sealed.write(deflate.flush())
    sealed.finish()
    return StoredReport(sha256=summed.digest(), size_bytes=size)


def _root() -> Path:
    root: Path = settings.PRODSEC_HOME / "reports"
    return root


def _folder(name: str) -> Path:
    path = _root() / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _path_of(sha256: bytes) -> Path:
    name = sha256.hex()
    return _root() / name[:2] / name


def _age_of(path: Path) -> datetime.datetime:
    try:
        return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    except FileNotFoundError:
        return clock.now()


@contextlib.contextmanager
def _folder_lock(kind: int) -> Iterator[None]:
    """Shared while a report takes its place, exclusive while one is deleted: the two never cross."""
    with (_folder("incoming").parent / ".lock").open("w") as lock:
        fcntl.flock(lock, kind)
        yield


def _sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
