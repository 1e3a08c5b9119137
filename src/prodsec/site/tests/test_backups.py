"""The archive itself: nothing that was cut, changed or made up is taken for a backup."""

import io
import os
import tarfile
from pathlib import Path

import msgspec
import pytest

from prodsec.kit.errors import InvalidError
from prodsec.site.backups import DATABASE, LAYOUT, MANIFEST, Manifest, Member, Writer, unpack

REPORT = f"reports/ab/{'ab' * 32}"


def manifest_of(written: list[Member], **changed: object) -> Manifest:
    fields = {
        "layout": LAYOUT,
        "version": "0.1.0",
        "created_at": "2026-01-01T00:00:00+00:00",
        "migrations": [],
        "rows": {},
    }
    return Manifest(**{**fields, "key_check": "", "has_key": False, "members": written, **changed})  # type: ignore[arg-type]


def backup_in(folder: Path, **changed: object) -> Path:
    path, content = folder / "backup.tar", folder / "content"
    content.write_bytes(os.urandom(3_000_000))
    with path.open("wb") as out:
        writer = Writer(out)
        writer.add(DATABASE, content)
        writer.add_bytes(REPORT, b"sealed")
        writer.finish(manifest_of(writer.members, **changed))
    return path


def test_a_whole_backup_comes_back_as_it_was(tmp_path: Path) -> None:
    archive = backup_in(tmp_path)
    manifest = unpack(archive, tmp_path / "out")
    assert [member.name for member in manifest.members] == [DATABASE, REPORT]
    assert (tmp_path / "out" / DATABASE).read_bytes() == (tmp_path / "content").read_bytes()
    assert (tmp_path / "out" / REPORT).read_bytes() == b"sealed"


@pytest.mark.parametrize("share", [0.0, 0.001, 0.4, 0.97, 0.9995])
def test_a_cut_backup_is_refused(tmp_path: Path, share: float) -> None:
    archive = backup_in(tmp_path)
    size = archive.stat().st_size - 10_240
    os.truncate(archive, int(size * share))
    with pytest.raises(InvalidError, match="backup"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("at", [600, 1_500_000, 3_000_400])
def test_a_changed_byte_is_noticed(tmp_path: Path, at: int) -> None:
    archive = backup_in(tmp_path)
    content = bytearray(archive.read_bytes())
    content[at] ^= 1
    archive.write_bytes(content)
    with pytest.raises(InvalidError, match=r"database\.dump .* changed or cut"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "reports/ab/../../x", "other.txt", "reports/ab/zz", "formats/../a.yaml"]
)
def test_a_member_with_another_name_is_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "backup.tar"
    with tarfile.open(archive, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(InvalidError, match="no member"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_a_member_that_is_no_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    archive = tmp_path / "backup.tar"
    with tarfile.open(archive, "w") as tar:
        entry = tarfile.TarInfo(DATABASE)
        entry.type, entry.linkname = kind, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(InvalidError, match="no member"):
        unpack(archive, tmp_path / "out")


def test_a_member_the_manifest_does_not_know_is_refused(tmp_path: Path) -> None:
    archive = backup_in(tmp_path, members=[])
    with pytest.raises(InvalidError, match="holds no database"):
        unpack(archive, tmp_path / "out")


def test_another_layout_is_refused(tmp_path: Path) -> None:
    archive = backup_in(tmp_path, layout=LAYOUT + 1)
    with pytest.raises(InvalidError, match="use a newer one"):
        unpack(archive, tmp_path / "out")


def test_a_manifest_that_is_no_json_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    with tarfile.open(archive, "w") as tar:
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"no\xff"))
    with pytest.raises(InvalidError, match="manifest"):
        unpack(archive, tmp_path / "out")
    assert msgspec.json.encode(manifest_of([]))
