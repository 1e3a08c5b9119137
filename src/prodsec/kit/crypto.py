"""Keys derived from the installation key, keyed hashes, sealed secrets, and files that are encrypted while they stream.

The installation key lives beside the data (`PRODSEC_HOME/secret.key`) or in the environment, never in the database.
Each purpose has a key of its own (HKDF), so that one leaking says nothing about the others.
"""

import functools
import hashlib
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from prodsec.kit.errors import InvalidError

CHUNK_BYTES = 1 << 20
_TAG_BYTES = 16
_PREFIX_BYTES = 7
_MAGIC = b"PSR1"
_SECRET_MAGIC = b"PSS1"
_NONCE_BYTES = 12


@functools.lru_cache(maxsize=32)
def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"prodsec/{purpose}".encode()).derive(master)


def key_for(purpose: str) -> bytes:
    """32 bytes of key for one purpose, the same for the life of the installation."""
    return _derive(settings.PRODSEC_KEY, purpose)


def keyed_hash(purpose: str, data: bytes) -> bytes:
    """16 bytes that tell equal from different without telling what; blake2b keyed for the purpose."""
    return hashlib.blake2b(data, digest_size=16, key=key_for(purpose)).digest()


def key_check(master: bytes) -> str:
    """A word that tells whether two installation keys are the same, and nothing else about them."""
    return _derive(master, "check").hex()[:32]


def seal(purpose: str, text: str, *, place: str = "") -> bytes:
    """A short secret, encrypted and authenticated, for a column of the database.

    place: where it stands, such as `provider:7`; it opens only there, so that sealed secrets cannot be swapped.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _SECRET_MAGIC + nonce + AESGCM(key_for(purpose)).encrypt(nonce, text.encode(), place.encode())


def unseal(purpose: str, sealed: bytes | memoryview, *, place: str = "") -> str:
    """The secret that `seal` was given.

    Raises: InvalidError when it was changed, moved to another place, or sealed with another key.
    """
    head = len(_SECRET_MAGIC) + _NONCE_BYTES
    data = bytes(sealed)
    try:
        if data[: len(_SECRET_MAGIC)] != _SECRET_MAGIC:
            raise InvalidTag
        plain = AESGCM(key_for(purpose)).decrypt(data[len(_SECRET_MAGIC) : head], data[head:], place.encode())
    except (InvalidTag, ValueError):
        raise InvalidError("a stored secret was changed, moved, or sealed with another key; enter it again") from None
    return plain.decode()


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


class EncryptedWriter:
    """Writes a stream as authenticated chunks: nothing can be cut, swapped or appended unnoticed.

    Shape: magic, 7 bytes of nonce prefix, then chunks of `CHUNK_BYTES` plain bytes sealed with AES-256-GCM, whose nonces
    count up and whose last one is marked (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár).
    """

    def __init__(self, out: BinaryIO, purpose: str) -> None:
        self._out = out
        self._cipher = AESGCM(key_for(purpose))
        self._prefix = os.urandom(_PREFIX_BYTES)
        self._number = 0
        self._pending = bytearray()
        out.write(_MAGIC + self._prefix)

    def write(self, data: bytes) -> None:
        """Take any number of bytes."""
        self._pending += data
        while len(self._pending) > CHUNK_BYTES:
            self._seal(bytes(self._pending[:CHUNK_BYTES]), last=False)
            del self._pending[:CHUNK_BYTES]

    def finish(self) -> None:
        """Write the last chunk; without it the file does not open again."""
        self._seal(bytes(self._pending), last=True)
        self._pending.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), chunk, None))
        self._number += 1


def decrypted_chunks(source: BinaryIO, purpose: str) -> Iterator[bytes]:
    """The plain bytes of what an `EncryptedWriter` wrote, chunk by chunk.

    Raises: InvalidError when the file was changed, cut, or written with another key.
    """
    head = source.read(len(_MAGIC) + _PREFIX_BYTES)
    if head[: len(_MAGIC)] != _MAGIC:
        raise InvalidError("this is not a stored report of this installation")
    cipher, prefix, number = AESGCM(key_for(purpose)), head[len(_MAGIC) :], 0
    sealed = source.read(CHUNK_BYTES + _TAG_BYTES)
    while True:
        following = source.read(CHUNK_BYTES + _TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(prefix, number, last=not following), sealed, None)
        except InvalidTag:
            raise InvalidError("a stored report was changed, cut, or written with another key") from None
        if not following:
            return
        sealed, number = following, number + 1
