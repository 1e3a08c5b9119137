"""The file that `prodsec backup` writes and `prodsec restore` reads: a tar of the database, the raw reports, the home's formats and a manifest.

The manifest comes last, because it holds the checksum of every member. A reader trusts no name and no content until then:
members go to a folder of their own, and nothing is brought back before all of them were checked.
"""

import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from prodsec.kit.errors import InvalidError

LAYOUT = 1
DATABASE, KEY, MANIFEST = "database.dump", "secret.key", "manifest.json"
_NAMES = re.compile(
    r"database\.dump|secret\.key|manifest\.json|reports/[0-9a-f]{2}/[0-9a-f]{64}|formats/[^/\\\x00-\x1f]{1,200}\.yaml"
)
_BLOCK_BYTES = 1 << 20
_LONGEST_MANIFEST_BYTES = 1 << 30


class Member(msgspec.Struct, frozen=True):
    """One file of the archive."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds.

    version     of Prodsec that made it
    migrations  those applied, as `app.name`; a Prodsec that does not know one of them cannot use the database
    rows        rows of every table at the moment of the dump
    key_check   a keyed hash that tells whether an installation has the key the reports were written with
    """

    layout: int
    version: str
    created_at: str
    migrations: list[str]
    rows: dict[str, int]
    key_check: str
    has_key: bool
    members: list[Member]


class Writer:
    """Writes members one after another, and the manifest at the end."""

    def __init__(self, out: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by `finish`
        self.members: list[Member] = []

    def add(self, name: str, path: Path) -> None:
        """Add a file from disk."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            self._tar.addfile(_entry(name, size), file)
        self.members.append(Member(name, size, digest))

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small file from memory."""
        self._tar.addfile(_entry(name, len(content)), io.BytesIO(content))
        self.members.append(Member(name, len(content), hashlib.sha256(content).hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the end of the archive."""
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._tar.addfile(_entry(MANIFEST, len(content)), io.BytesIO(content))
        self._tar.close()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def unpack(archive: Path, folder: Path) -> Manifest:
    """Put the members into `folder` and check each against the manifest.

    Raises: InvalidError for what is no backup, was cut, changed, or holds a member that no backup has.
    """
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(archive, mode="r|") as tar:
            for entry in tar:
                _refuse_strange(entry, found)
                source = tar.extractfile(entry)
                if source is None:
                    raise InvalidError(f"{entry.name} in {archive.name} is no file")
                if entry.name == MANIFEST:
                    manifest = msgspec.json.decode(source.read(_LONGEST_MANIFEST_BYTES), type=Manifest)
                else:
                    found[entry.name] = _copy(source, entry.name, folder / entry.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InvalidError(
            f"{archive} is not a whole backup ({error}); it may have been cut while it was copied"
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidError(f"the manifest of {archive} cannot be read: {error}") from None
    if manifest is None:
        raise InvalidError(f"{archive} ends before its manifest; it was cut, or the backup was never finished")
    _compare(archive, manifest, found)
    return manifest


def _refuse_strange(entry: tarfile.TarInfo, found: dict[str, Member]) -> None:
    if not entry.isreg() or not _NAMES.fullmatch(entry.name) or entry.name in found:
        raise InvalidError(f"a backup has no member {entry.name[:120]!r} here; this file is none, or was changed")


def _copy(source: IO[bytes], name: str, target: Path) -> Member:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        for block in _blocks(source.read):
            digest.update(block)
            size += out.write(block)
    target.chmod(0o600)
    return Member(name, size, digest.hexdigest())


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while block := read(_BLOCK_BYTES):
        yield block


def _compare(archive: Path, manifest: Manifest, found: dict[str, Member]) -> None:
    if manifest.layout != LAYOUT:
        raise InvalidError(
            f"{archive} has layout {manifest.layout}, this Prodsec reads layout {LAYOUT}; use a newer one"
        )
    told = {member.name: member for member in manifest.members}
    if DATABASE not in told:
        raise InvalidError(f"{archive} holds no database")
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise InvalidError(f"{name} in {archive} is not what its manifest says; the file was changed or cut")
