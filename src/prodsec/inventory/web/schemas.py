"""What the API of `inventory` takes and gives."""

import datetime
from typing import Literal

from ninja import Schema

from prodsec.kit.fields import Body, Text

KindWord = Literal[
    "group", "project", "image", "package", "host", "workstation", "cluster", "cloud_resource", "website"
]
DataClass = Literal["", "green", "yellow", "orange", "red"]
Boundary = Literal["", "commercial", "fedramp"]


class OwnerRef(Schema):
    """An owner team."""

    id: int
    slug: str
    name: str


class AssetOut(Schema):
    """An asset.

    `ancestors` are ids from the root down to the asset itself. `owner` is set here, `effective_owner` is the nearest on
    the way up, null is unowned. A tier of null, an empty data class or boundary are unknown.
    """

    id: int
    path: str
    name: str
    kind: KindWord
    parent: int | None
    ancestors: list[int]
    tier: int | None
    categories: list[str]
    urls: list[str]
    data_class: DataClass
    boundary: Boundary
    default_ref: str
    owner: OwnerRef | None
    effective_owner: OwnerRef | None
    is_archived: bool
    created_at: datetime.datetime


class AssetPage(Schema):
    """Some assets, by path."""

    items: list[AssetOut]
    next: str | None


class AssetFilter(Schema):
    """Which assets to list: the one at a `path`, those `under` one, with a `text` in the path, of a `kind`, of an owner."""

    path: Text = ""
    under: Text = ""
    text: Text = ""
    kind: KindWord | None = None
    owner: int | None = None
    unowned: bool = False
    archived: bool = False
    cursor: str = ""
    limit: int | None = None


class AssetIn(Body):
    """A new asset. Missing groups above it are made too. `owner` is a team's id."""

    path: Text
    kind: KindWord = "project"
    tier: int | None = None
    categories: list[Text] = []
    urls: list[Text] = []
    data_class: DataClass = ""
    boundary: Boundary = ""
    default_ref: Text = "main"
    owner: int | None = None


class AssetPatch(Body):
    """What to change; what is left out stays. Null means unknown for `tier`, inherited for `owner`, and stays for the rest.

    `path` moves the asset and all below it; `is_archived` archives or restores both.
    """

    path: Text | None = None
    kind: KindWord | None = None
    tier: int | None = None
    categories: list[Text] | None = None
    urls: list[Text] | None = None
    data_class: DataClass | None = None
    boundary: Boundary | None = None
    default_ref: Text | None = None
    owner: int | None = None
    is_archived: bool | None = None


class FactChangeOut(Schema):
    """A fact before and after; empty is unknown."""

    fact: str
    before: str
    after: str


class RowOut(Schema):
    """What becomes of a row of the list."""

    line: int
    path: str
    result: Literal["created", "changed", "unchanged", "rejected"]
    changes: list[FactChangeOut]
    reason: str


class ListOut(Schema):
    """What becomes of a list: counts, and each row in order. With `dry_run` nothing was changed."""

    dry_run: bool
    created: int
    changed: int
    unchanged: int
    rejected: int
    rows: list[RowOut]


class CodeownersIn(Body):
    """The file as it stands in the repository; an empty text removes it."""

    text: Text


class CodeownersOut(Schema):
    """The file, and the lines that could not be used, as `line N: reason`."""

    text: str
    problems: list[str]


class FileOwnerOut(Schema):
    """Who owns a file of the asset; null is unowned."""

    file: str
    owner: OwnerRef | None
