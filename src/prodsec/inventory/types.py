"""What crosses the border of `inventory`."""

import enum

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
