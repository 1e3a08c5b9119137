"""Stored files: what comes out is what went in, or nothing."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.kit import crypto
from prodsec.kit.errors import InvalidError


def sealed(data: bytes, purpose: str = "test") -> bytes:
    out = io.BytesIO()
    writer = crypto.EncryptedWriter(out, purpose)
    for start in range(0, len(data), 700_001):
        writer.write(data[start : start + 700_001])
    writer.finish()
    return out.getvalue()


def opened(data: bytes, purpose: str = "test") -> bytes:
    return b"".join(crypto.decrypted_chunks(io.BytesIO(data), purpose))


@given(
    st.binary(max_size=300),
    st.sampled_from([0, 1, crypto.CHUNK_BYTES - 300, crypto.CHUNK_BYTES, 2 * crypto.CHUNK_BYTES]),
)
def test_round_trip(tail: bytes, padding: int) -> None:
    data = b"\x00" * padding + tail
    assert opened(sealed(data)) == data


@pytest.mark.parametrize("size", [0, 10, crypto.CHUNK_BYTES, 2 * crypto.CHUNK_BYTES + 5])
def test_cut_changed_or_foreign_files_do_not_open(size: int) -> None:
    whole = sealed(b"s" * size)
    changed = bytearray(whole)
    changed[-1] ^= 1
    for broken in (whole[:-1], whole[: -size // 2 - 20], bytes(changed), whole + b"x"):
        with pytest.raises(InvalidError):
            opened(broken)
    with pytest.raises(InvalidError):
        opened(whole, purpose="another")


def test_chunks_cannot_be_swapped() -> None:
    whole = sealed(b"a" * crypto.CHUNK_BYTES + b"b" * crypto.CHUNK_BYTES + b"c")
    head, chunk = 11, crypto.CHUNK_BYTES + 16
    swapped = (
        whole[:head] + whole[head + chunk : head + 2 * chunk] + whole[head : head + chunk] + whole[head + 2 * chunk :]
    )
    with pytest.raises(InvalidError):
        opened(swapped)


def test_keyed_hash_differs_by_purpose_and_hides_the_text() -> None:
    secret = b"pst_marker"
    assert crypto.keyed_hash("a", secret) == crypto.keyed_hash("a", secret)
    assert crypto.keyed_hash("a", secret) != crypto.keyed_hash("b", secret)
    assert secret not in crypto.keyed_hash("a", secret)


@given(st.text(max_size=300), st.text(max_size=20))
def test_a_sealed_secret_opens_in_its_place_only(text: str, place: str) -> None:
    sealed_secret = crypto.seal("test", text, place=place)
    assert crypto.unseal("test", sealed_secret, place=place) == text
    assert crypto.seal("test", text, place=place) != sealed_secret
    for other in (("test", place + "1"), ("another", place)):
        with pytest.raises(InvalidError):
            crypto.unseal(other[0], sealed_secret, place=other[1])


def test_a_secret_that_was_touched_does_not_open() -> None:
    sealed_secret = bytearray(crypto.seal("test", "a secret"))
    sealed_secret[-1] ^= 1
    for broken in (bytes(sealed_secret), b"", b"PSS1", b"plain text"):
        with pytest.raises(InvalidError):
            crypto.unseal("test", broken)
