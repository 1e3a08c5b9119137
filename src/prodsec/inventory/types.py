"""What crosses the border of `inventory`."""

import enum
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
class ImportRow:
    """A row of a list of assets: its line (or position, from 1) and its texts by column."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class ImportOutcome:
    """What became, or would become, of a row: `created`, `changed`, `unchanged` or `rejected` with the reason."""

    line: int
    path: str
    result: str
    changed: tuple[str, ...] = ()
    reason: str = ""
