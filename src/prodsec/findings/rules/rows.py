"""What matching pairs: findings as they were last seen, and the rows of a new scan."""

from dataclasses import dataclass
from typing import TypeVar

from prodsec.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Known:
    """A finding as it was last seen.

    code    the hash of its normalised snippet (empty: none); `text` is the code itself when at hand
    shape   first and last column and the count of lines, where the tool tells columns
    order   what tells equal ones on one line apart, whatever the order of rows
    """

    id: int
    identity: bytes
    rule: str
    file: str
    line: int
    code: bytes = b""
    text: str = ""
    order: int = 0
    kind: int = Kind.CODE
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of the new scan, by its number in the staged rows."""

    number: int
    identity: bytes
    rule: str
    file: str
    line: int
    code: bytes = b""
    text: str = ""
    order: int = 0
    kind: int = Kind.CODE
    shape: tuple[int, ...] = ()


Row = TypeVar("Row", Known, Seen)


@dataclass(frozen=True, slots=True)
class Join:
    """A row and the finding it is; `how` is `same`, `moved` or `renamed`."""

    number: int
    id: int
    how: str


def left_over(known: list[Known], seen: list[Seen], joins: list[Join]) -> tuple[list[Known], list[Seen]]:
    """What the joins leave unpaired."""
    ids = {join.id for join in joins}
    numbers = {join.number for join in joins}
    return [one for one in known if one.id not in ids], [one for one in seen if one.number not in numbers]
