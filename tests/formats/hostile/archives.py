"""Hostile archives: what unpacks to far more than it is, has more members than anybody looks at, or lies about itself."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator

from tests.formats.hostile import Case, around, repeated

_REPORT = b'{"findings": [{"title": "One", "severity": "high"}]}'
Members = Callable[[int], Iterator[tuple[str, Iterator[bytes]]]]


def _zipped(members: Members) -> Callable[[int], Iterator[bytes]]:
    def blocks(size: int) -> Iterator[bytes]:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, inner in members(size):
                with archive.open(name, "w", force_zip64=True) as file:
                    for block in inner:
                        file.write(block)
        yield out.getvalue()

    return blocks


def _packed(inner: Callable[[int], Iterator[bytes]]) -> Callable[[int], Iterator[bytes]]:
    def blocks(size: int) -> Iterator[bytes]:
        packer = zlib.compressobj(1, wbits=31)
        for block in inner(size):
            yield packer.compress(block)
        yield packer.flush()

    return blocks


def _many(size: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    for number in range(size // 130):
        yield f"{number}.json", iter([b"{}"])


def _thousand(size: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    for number in range(1_000):
        yield f"{number}.json", around(b'{"findings": [', repeated(b"{},", size // 1_000), b"{}]}")


CASES: dict[str, Case] = {
    "gzip: empty objects": Case(_packed(lambda size: around(b'{"findings": [', repeated(b"{},", size), b"{}]}"))),
    "gzip: white space": Case(_packed(lambda size: around(b'{"findings": [', repeated(b" ", 20 * size), b"]}"))),
    "gzip: one after another": Case(lambda size: repeated(gzip.compress(b"{}"), size)),
    "gzip: nothing, one after another": Case(lambda size: repeated(gzip.compress(b""), size)),
    "gzip: a comment without end": Case(
        lambda size: around(b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff", repeated(b"a", size), b"")
    ),
    "gzip: rubbish behind": Case(lambda size: around(gzip.compress(_REPORT), repeated(b"rubbish", size), b"")),
    "zip: members": Case(_zipped(_many)),
    "zip: a thousand members of empty objects": Case(_zipped(_thousand)),
    "zip: one member of white space": Case(
        _zipped(lambda size: iter([("a.json", around(b'{"findings": [', repeated(b" ", 20 * size), b"]}"))]))
    ),
    "zip: rubbish before": Case(
        lambda size: around(b"PK\x03\x04", repeated(b"rubbish", size), b"".join(_zipped(lambda _: iter([("a.json", iter([_REPORT]))]))(0)))
    ),
    "zip: beginnings of members": Case(lambda size: repeated(b"PK\x03\x04" + b"\x00" * 26, size)),
    "zip: ends": Case(lambda size: around(b"PK\x03\x04", repeated(b"PK\x05\x06" + b"\x00" * 18, size), b"")),
}  # fmt: skip
