"""The shape of a token."""

import hashlib
import zlib

PREFIX = "pst_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY, _CHECK = 40, 6
SHOWN = 10


def token_text(random_bytes: bytes) -> str:
    """A token: `pst_`, 40 characters of base 62, and 6 that let a secret scanner tell a real one from a look-alike.

    random_bytes: at least 32 of them.
    """
    body = _base62(int.from_bytes(random_bytes, "big"), _BODY)
    return PREFIX + body + _checksum(body)


def is_well_formed(text: str) -> bool:
    """Whether the text can be a token of ours; most typing errors end here, before the database is asked."""
    body, check = text[len(PREFIX) : -_CHECK], text[-_CHECK:]
    return text.startswith(PREFIX) and len(body) == _BODY and text.isascii() and check == _checksum(body)


def digest_of(text: str) -> bytes:
    """What is stored of a token: SHA-256. A token has 238 bits of chance, so no slow hash is needed."""
    return hashlib.sha256(text.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        digits.append(_ALPHABET[rest])
    return "".join(digits)
