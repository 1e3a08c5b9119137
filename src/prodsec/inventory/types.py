"""What crosses the border of `inventory`."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from prodsec.kit.errors import ConflictError, InvalidError, NotFoundError


class AssetKind(enum.IntEnum):
    """What an asset is. Stored as its number; numbers are never reused."""

    GROUP = 1
    PROJECT = 2
    IMAGE = 3
    PACKAGE = 4
    HOST = 5
    WORKSTATION = 6
    CLUSTER = 7
    CLOUD_RESOURCE = 8
    WEBSITE = 9

    @property
    def word(self) -> str:
        """The lower-case word used in JSON, addresses and files."""
        return self.name.lower()


class Lifecycle(enum.IntEnum):
    """Whether an asset is still looked after."""

    ACTIVE = 1
    ARCHIVED = 2


class AssetNotFoundError(NotFoundError):
    """No such asset, or not for this viewer."""


class AssetPathError(InvalidError):
    """The path cannot name an asset; the sentence says why."""


class AssetTreeError(ConflictError):
    """The change would tear the tree or close it into a ring."""


@dataclass(frozen=True)
class AssetFacts:
    """What can be said of an asset. None leaves a fact as it is; 0 as tier and an empty text mean unknown."""

    kind: AssetKind | None = None
    tier: int | None = None
    categories: list[str] | None = None
    urls: list[str] | None = None
    data_class: str | None = None
    boundary: str | None = None
    default_ref: str | None = None


@dataclass(frozen=True)
class ListedAsset:
    """A row of a list of assets: its line (or position, from 1), its texts by column, and why it cannot be used."""

    line: int
    values: dict[str, str]
    problem: str = ""


class Outcome(enum.StrEnum):
    """What becomes of a row of a list."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True)
class FactChange:
    """A fact before and after, as a person reads it; empty is unknown."""

    fact: str
    before: str
    after: str


@dataclass(frozen=True)
class ListOutcome:
    """What became, or would become, of a row; `reason` says why it was rejected."""

    line: int
    path: str
    result: Outcome
    changes: tuple[FactChange, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Placed:
    """An asset as what lies on it tells of it: where it stands, which decides what a viewer may do, and how much it matters."""

    path: str
    ancestors: Sequence[int]
    tier: int | None = None
    data_class: str = ""
    boundary: str = ""
