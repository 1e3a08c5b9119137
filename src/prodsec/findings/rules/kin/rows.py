"""What grouping knows of a finding, and what it makes of them."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A finding of code, configuration, or a secret.

    file        as its tool gives it
    cwes        the finding's own first, then those of its rule
    first, last the lines; 0 and 0 where the report tells none
    secret      the keyed hash of the secret
    """

    id: int
    tool: str
    rule: str
    title: str
    file: str
    kind: int
    cwes: tuple[int, ...]
    first: int
    last: int
    secret: bytes | None = None
    resource: str = ""


@dataclass(frozen=True)
class Package:
    """A finding of a known vulnerability in a package. `vulnerability`: the id that stands for all its aliases."""

    id: int
    vulnerability: str
    name: str
    label: str


@dataclass(frozen=True)
class Group:
    """Findings that are one piece of work: the key of their cluster, why, and their ids."""

    key: bytes
    reason: str
    members: tuple[int, ...]


def hashed(*parts: str) -> bytes:
    """The key of a cluster, out of what its findings have in common."""
    return hashlib.blake2b(
        "\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16, person=b"cluster1"
    ).digest()
