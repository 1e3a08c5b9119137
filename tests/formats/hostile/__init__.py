"""Files of any size that mean harm, one after another of each kind that is read, made while the tests run.

`documents` are JSON and JSON lines, `markup` XML and HTML, `tables` CSV and XLSX, `texts` plain text, tag-value and YAML,
`archives` gzip and zip. Each has `CASES`: a name that begins with the kind, and what is written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Blocks = Callable[[int], Iterator[bytes]]
BLOCK = 1 << 20


@dataclass(frozen=True)
class Case:
    """A hostile file. `blocks` gives about so many bytes of it, `format` is the hint it is read with (empty: none)."""

    blocks: Blocks
    format: str = ""

    def write(self, path: Path, size: int) -> None:
        """Write about so many bytes."""
        with path.open("wb") as file:
            for block in self.blocks(size):
                file.write(block)


def repeated(unit: bytes, size: int) -> Iterator[bytes]:
    """A unit so often that it fills the size."""
    many = max(BLOCK // len(unit), 1)
    left = max(size // len(unit), 1)
    while left > 0:
        yield unit * min(many, left)
        left -= many


def around(front: bytes, inner: Iterator[bytes], back: bytes) -> Iterator[bytes]:
    """What is inside, between two ends."""
    yield front
    yield from inner
    yield back
