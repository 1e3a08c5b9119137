"""From an uploaded file to its members: plain, gzip, zip; bounded, and with names that can harm nobody.

Limits and refusals: reliability.md T14. A member is a real file on disk, in UTF-8 where it is text, so that readers can map
it. What comes out of an archive is a file without a name: nobody else can open it, and a killed process leaves nothing.
"""

import codecs
import contextlib
import gzip
import mmap
import os
import re
import resource
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from prodsec.scans.types import Limits, ReportError

_GZIP, _ZIP, _SEVEN, _XZ, _BZIP, _PDF = b"\x1f\x8b", b"PK\x03\x04", b"7z\xbc\xaf", b"\xfd7zXZ", b"BZh", b"%PDF"
# What zipfile raises for one that is damaged, of a kind it does not know, or names its members in no known letters.
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_BLOCK = 1 << 20
_FORTIFY_PROJECT = ("audit.fvdl", "audit.xml")
_OTHER_FILES = 500
_TEXT_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
               (codecs.BOM_UTF16_BE, "utf-16"), (b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be"))  # fmt: skip
# What XML says of its encoding and is not true (any more): what writes text and not bytes says UTF-16 in whatever it writes to.
_WIDE = re.compile(
    rb"""((?:\xef\xbb\xbf)?\s*<\?xml[^>]*?)\s+encoding\s*=\s*["'](?:utf-?(?:16|32)|ucs-?[24])[^"']*["']""", re.I
)
# A report that a browser loads as a script: `scoutsuite_results =` and then the JSON document.
_SCRIPT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:(?:var|let|const)\s+)?[A-Za-z_][\w.]{0,80}\s*=\s*(?=[{\[])")
_SCRIPT_HEAD = 256


@dataclass(frozen=True)
class Member:
    """One file to read. `name` is what it was called (for messages and hints), `label` its name within an archive, else empty.

    `beside` are the other files of an archive that is one report as a whole.
    """

    path: Path
    name: str
    label: str = ""
    beside: "tuple[Member, ...]" = ()

    def head(self, size: int = 65536) -> bytes:
        """The first bytes."""
        with self.path.open("rb") as file:
            return file.read(size)

    @contextlib.contextmanager
    def mapped(self) -> Iterator[mmap.mmap | bytes]:
        """The whole as mapped memory; read at once when it is small."""
        size = self.path.stat().st_size
        if size <= 64_000_000:
            yield self.path.read_bytes()
            return
        with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


@contextlib.contextmanager
def members(path: Path, name: str, limits: Limits, *, may_be_empty: bool = False) -> Iterator[list[Member]]:
    """The members of a file, in the order of their names; temporary ones are gone after the block.

    Raises: ReportError for an empty file unless it may be one, an archive beyond a limit, or one that tries something.
    """
    size = path.stat().st_size
    if size == 0 and not may_be_empty:
        raise ReportError(f"{name} is empty")
    if size > limits.report_bytes:
        raise ReportError(f"{name} has {size} bytes; a report has at most {limits.report_bytes}")
    with contextlib.ExitStack() as scratch:
        yield _members(path, name, scratch, limits)


def _nameless(scratch: contextlib.ExitStack) -> tuple[IO[bytes], Path]:
    """A file without a name and a path to open it again, both good until the stack is closed."""
    file = scratch.enter_context(tempfile.TemporaryFile(buffering=0))
    return file, Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")


def _members(path: Path, name: str, scratch: contextlib.ExitStack, limits: Limits) -> list[Member]:
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_GZIP):
        path = _unpack_gzip(path, name, scratch, limits)
        name = name.removesuffix(".gz")
        with path.open("rb") as file:
            head = file.read(8)
        if head.startswith((_GZIP, _ZIP)):
            raise ReportError(f"{name} is an archive within an archive; unpack it once")
    for mark, kind in ((_SEVEN, "7z"), (_XZ, "xz"), (_BZIP, "bzip2"), (_PDF, "PDF")):
        if head.startswith(mark):
            raise ReportError(f"{name} is a {kind} file; send the report itself, or packed with gzip or zip")
    if head.startswith(_ZIP) and not _is_spreadsheet(path):
        return _unpack_zip(path, name, scratch, limits)
    return [Member(_as_utf8(path, scratch), name)]


def _is_spreadsheet(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist() and any(
                entry.startswith("xl/") for entry in archive.namelist()
            )
    except _BROKEN_ZIP:
        return False  # unpacking it says what is wrong


def _unpack_gzip(path: Path, name: str, scratch: contextlib.ExitStack, limits: Limits) -> Path:
    out, target = _nameless(scratch)
    ceiling = min(limits.archive_bytes, max(path.stat().st_size * limits.archive_ratio, _BLOCK * 16))
    try:
        with gzip.open(path, "rb") as packed:
            _copy_bounded(packed, out, ceiling, name)
    except (OSError, EOFError, zlib.error) as error:
        raise ReportError(f"{name} is no whole gzip file ({error}); it was cut off or damaged") from None
    return target


def _unpack_zip(path: Path, name: str, scratch: contextlib.ExitStack, limits: Limits) -> list[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _of_one_report([entry for entry in archive.infolist() if not entry.is_dir()])
            _check_entries(entries, name, limits)
            _allow_open_files(len(entries))
            left = limits.archive_bytes
            found = []
            for entry in sorted(entries, key=lambda entry: entry.filename):
                out, target = _nameless(scratch)
                ceiling = min(left, max(entry.compress_size * limits.archive_ratio, _BLOCK * 16))
                with archive.open(entry) as packed:
                    left -= _copy_bounded(packed, out, ceiling, f"{name}:{entry.filename}")
                if target.stat().st_size == 0 or _is_noise(entry.filename):
                    continue
                if _start_of(target).startswith((_ZIP, _GZIP)):
                    raise ReportError(f"{name}:{entry.filename} is an archive within an archive; unpack it once")
                found.append(Member(_as_utf8(target, scratch), PurePosixPath(entry.filename).name, entry.filename))
    except _BROKEN_ZIP as error:
        raise ReportError(f"{name} is no zip file that can be read ({error})") from None
    if not found:
        raise ReportError(f"{name} holds no report")
    if found[0].name == _FORTIFY_PROJECT[0] and {member.name for member in found[1:]} <= {_FORTIFY_PROJECT[1]}:
        return [replace(found[0], name=name, label="", beside=tuple(found[1:]))]
    return found


def _of_one_report(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The entries to read: of a Fortify project, which is one report with the sources in it, its findings and what people say of them."""
    parts = [entry for entry in entries if PurePosixPath(entry.filename).name in _FORTIFY_PROJECT]
    return parts if sum(PurePosixPath(entry.filename).name == _FORTIFY_PROJECT[0] for entry in parts) == 1 else entries


def _allow_open_files(count: int) -> None:
    """Each member is an open file; the usual soft limit of 1,024 would be in the way of a large archive."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _is_noise(entry: str) -> bool:
    return entry.startswith("__MACOSX/") or entry.rsplit("/", 1)[-1].startswith(".")


def _check_entries(entries: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    if len(entries) > limits.archive_members:
        raise ReportError(f"{name} has {len(entries)} members; at most {limits.archive_members} are read")
    seen: set[str] = set()
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename.partition("/")[0]:
            raise ReportError(f"{name} has a member whose name leads out of it: {entry.filename[:80]!r}")
        if (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise ReportError(f"{name} has a symbolic link: {entry.filename[:80]!r}")
        if entry.flag_bits & 1:
            raise ReportError(f"{name} is encrypted; send it without a password")
        if entry.filename in seen:
            raise ReportError(f"{name} has two members named {entry.filename[:80]!r}")
        seen.add(entry.filename)


def _copy_bounded(packed: "IO[bytes] | gzip.GzipFile", out: IO[bytes], ceiling: int, name: str) -> int:
    size = 0
    while block := packed.read(_BLOCK):
        size += len(block)
        if size > ceiling:
            raise ReportError(f"{name} unpacks to more than {ceiling} bytes; it looks like a zip bomb")
        out.write(block)
    return size


def _as_utf8(path: Path, scratch: contextlib.ExitStack) -> Path:
    """The file itself, or a copy: in UTF-8 of one that is or says it is UTF-16 or UTF-32, of a script the document in it."""
    with path.open("rb") as file:
        head = file.read(_SCRIPT_HEAD)
    if script := _SCRIPT.match(head):
        return _document_of(path, script.end(), scratch)
    for mark, encoding in _TEXT_MARKS:
        if head.startswith(mark):
            return _text_of(path, encoding, scratch)
    return _text_of(path, "utf-8", scratch) if _WIDE.match(head) else path


def _text_of(path: Path, encoding: str, scratch: contextlib.ExitStack) -> Path:
    """A copy in UTF-8 that does not say it is something else."""
    out, target = _nameless(scratch)
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        out.write(_WIDE.sub(rb"\1", text.read(_BLOCK).encode("utf-8", "replace"), count=1))
        while block := text.read(_BLOCK):
            out.write(block.encode("utf-8", "replace"))
    return target


def _document_of(path: Path, start: int, scratch: contextlib.ExitStack) -> Path:
    out, target = _nameless(scratch)
    with path.open("rb") as file:
        file.seek(start)
        block = file.read(_BLOCK)
        while block:
            following = file.read(_BLOCK)
            out.write(block if following else block.rstrip().removesuffix(b";"))
            block = following
    return target
