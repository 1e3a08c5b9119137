"""Raw reports on disk: whole, private, found again, refused and dropped as promised."""

import datetime
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from prodsec.kit import clock
from prodsec.kit.errors import InvalidError
from prodsec.scans import storage
from prodsec.scans.types import ReportError, ReportTooLargeError

SECRET = b"AKIA-THE-SECRET-IN-THE-REPORT"


def _files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and path.name != ".lock"]


@given(blocks=st.lists(st.binary(min_size=1, max_size=5_000), min_size=1, max_size=20))
def test_what_is_kept_comes_back(blocks: list[bytes]) -> None:
    class Trickle:
        """Gives the bytes in the pieces they arrived in."""

        def __init__(self) -> None:
            self._rest = list(blocks)

        def read(self, _: int, /) -> bytes:
            return self._rest.pop(0) if self._rest else b""

    stored = storage.keep(Trickle())
    assert stored.size_bytes == sum(map(len, blocks))
    with storage.opened(stored.sha256) as path:
        assert path.read_bytes() == b"".join(blocks)


def test_a_large_report_comes_back_in_order() -> None:
    content = b"".join(b"%09d\n" % number for number in range(500_000))
    stored = storage.keep(io.BytesIO(content))
    assert b"".join(storage.blocks(stored.sha256)) == content


def test_a_report_is_not_readable_on_disk_and_open_to_nobody_else(settings: Settings) -> None:
    home: Path = settings.PRODSEC_HOME
    stored = storage.keep(io.BytesIO(SECRET * 1_000))
    with storage.opened(stored.sha256) as plain:
        assert SECRET in plain.read_bytes()
        assert all(SECRET not in path.read_bytes() for path in _files(home))
    for path in _files(home):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


def test_the_same_bytes_are_one_file(settings: Settings) -> None:
    first, second = storage.keep(io.BytesIO(b"same")), storage.keep(io.BytesIO(b"same"))
    assert first == second
    assert len(_files(settings.PRODSEC_HOME)) == 1


@pytest.mark.parametrize(("content", "error"), [(b"", ReportError), (b"x" * 101, ReportTooLargeError)])
def test_what_is_refused_leaves_nothing(content: bytes, error: type[Exception], settings: Settings) -> None:
    with pytest.raises(error):
        storage.keep(io.BytesIO(content), limit_bytes=100)
    assert _files(settings.PRODSEC_HOME) == []


def test_the_refusal_names_the_limit() -> None:
    with pytest.raises(ReportTooLargeError, match="larger than the limit of 1 GB"):
        raise ReportTooLargeError(1_000_000_000)


def test_a_broken_upload_leaves_nothing(settings: Settings) -> None:
    class Broken:
        """Breaks off after some bytes."""

        def __init__(self) -> None:
            self._left = 3

        def read(self, size: int, /) -> bytes:
            self._left -= 1
            if not self._left:
                raise ConnectionResetError
            return os.urandom(size)

    with pytest.raises(ConnectionResetError):
        storage.keep(Broken())
    assert _files(settings.PRODSEC_HOME) == []


def test_a_changed_file_is_noticed(settings: Settings) -> None:
    stored = storage.keep(io.BytesIO(b"content" * 100))
    (path,) = _files(settings.PRODSEC_HOME)
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(InvalidError, match="changed"), storage.opened(stored.sha256):
        pass


def test_a_missing_file_is_told() -> None:
    with pytest.raises(ReportError, match="no longer kept"), storage.opened(b"\x00" * 32):
        pass


def test_old_reports_that_nobody_needs_are_dropped(settings: Settings) -> None:
    home: Path = settings.PRODSEC_HOME
    old, needed, young = (storage.keep(io.BytesIO(word)).sha256 for word in (b"old", b"needed", b"young"))
    before = clock.now() - datetime.timedelta(days=100)
    for path in _files(home):
        if path.name != young.hex():
            os.utime(path, (before.timestamp(), before.timestamp()))
    dropped = storage.drop_older_than(clock.now() - datetime.timedelta(days=90), needed=lambda sum_: sum_ == needed)
    assert dropped == 1
    assert set(storage.kept_reports()) == {needed, young}
    assert not storage.is_kept(old)


def test_what_a_killed_upload_left_is_dropped(settings: Settings) -> None:
    left = settings.PRODSEC_HOME / "reports" / "incoming" / "left"
    storage.keep(io.BytesIO(b"something"))
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    storage.drop_older_than(clock.now() - datetime.timedelta(days=90), needed=lambda _: True)
    assert not left.exists()
