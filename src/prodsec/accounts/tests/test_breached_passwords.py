"""Passwords that others lost, looked up in a sorted file that is never read whole."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.accounts import services
from prodsec.accounts.services.breached_passwords import BreachedPasswordValidator, is_listed
from prodsec.accounts.tests.people import PASSWORD, person
from prodsec.accounts.types import SYSTEM
from prodsec.kit.errors import InvalidError


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().upper()


def listed(passwords: list[str], *, end: str = "\r\n", last: bool = True) -> bytes:
    """A file as the downloader writes it."""
    lines = end.join(f"{digest}:{number * 977 + 1}" for number, digest in enumerate(sorted(map(sha1, passwords))))
    return (lines + (end if last else "")).encode()


@given(
    st.lists(st.text(max_size=8), unique=True, max_size=60),
    st.text(max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_exactly_what_is_in_the_file_is_found(passwords: list[str], other: str, end: str, last: bool) -> None:
    file = io.BytesIO(listed(passwords, end=end, last=last))
    assert all(is_listed(file, password) for password in passwords)
    assert is_listed(file, other) is (other in passwords)


@given(st.binary(max_size=3000))
def test_any_other_file_is_survived(content: bytes) -> None:
    assert is_listed(io.BytesIO(content), "a password") is False


class _Counting(io.BytesIO):
    """A file that counts what is read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        got = super().read(size)
        self.taken += len(got)
        return got


def test_a_large_file_is_hardly_read() -> None:
    file = _Counting(listed([str(number) for number in range(50_000)]))
    assert is_listed(file, "777")
    assert not is_listed(file, "not in there")
    assert file.taken < 8_000


@pytest.mark.django_db
def test_a_lost_password_is_refused_everywhere(settings: Any) -> None:
    amy = person("amy", password=PASSWORD)  # before the file is there, everything passes
    place = Path(settings.PRODSEC_HOME) / "breached-passwords.txt"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(listed([PASSWORD, "another lost sentence"]))
    with pytest.raises(InvalidError, match="was lost by another site"):
        services.set_password(SYSTEM, amy.pk, PASSWORD)
    services.set_password(SYSTEM, amy.pk, "a sentence that nobody lost")
    assert BreachedPasswordValidator().get_help_text()
