"""What the objects of deeds are called, and where they are shown; what is gone or not the viewer's keeps its number."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Viewer
from prodsec.findings import queries as findings
from prodsec.inventory import queries as inventory
from prodsec.scans import queries as scans

if TYPE_CHECKING:
    from prodsec.activity.models import Activity

Key = tuple[str, str]


@dataclass(frozen=True)
class Shown:
    """An object by its name, and the address of its page."""

    name: str
    address: str


def shown(viewer: Viewer, rows: Iterable["Activity"]) -> Mapping[Key, Shown]:
    """The objects of these rows, and the assets that they were on, as far as they are still there.

    Cost: 1 query for each kind of object.
    """
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.object_type in _NAMES and row.object_id.isdigit():
            wanted.setdefault(row.object_type, set()).add(int(row.object_id))
        if row.asset_id is not None:
            wanted.setdefault("asset", set()).add(row.asset_id)
    return {
        (kind, str(key)): Shown(name, _ADDRESSES[kind].format(key))
        for kind, ids in wanted.items()
        for key, name in _NAMES[kind](viewer, ids).items()
    }


def _assets(viewer: Viewer, ids: Collection[int]) -> dict[int, str]:
    return dict(inventory.visible_to(viewer).filter(pk__in=ids).values_list("pk", "path"))


def _findings(viewer: Viewer, ids: Collection[int]) -> dict[int, str]:
    rows = findings.visible(viewer).filter(pk__in=ids).values_list("pk", "title", "definition__title")
    return {key: own or of_definition for key, own, of_definition in rows}


def _people(viewer: Viewer, ids: Collection[int]) -> dict[int, str]:
    return dict(accounts.people(viewer).prefetch_related(None).filter(pk__in=ids).values_list("pk", "name"))


def _scans(viewer: Viewer, ids: Collection[int]) -> dict[int, str]:
    return dict(scans.visible_scans(viewer).filter(pk__in=ids).values_list("pk", "file_name"))


def _teams(viewer: Viewer, ids: Collection[int]) -> dict[int, str]:
    return dict(accounts.teams(viewer).filter(pk__in=ids).values_list("pk", "name"))


_NAMES: dict[str, Callable[[Viewer, Collection[int]], dict[int, str]]] = {
    "asset": _assets, "finding": _findings, "person": _people, "scan": _scans, "team": _teams,
}  # fmt: skip
_ADDRESSES = {
    "asset": "/assets/{}/", "finding": "/findings/{}/", "person": "/admin/people/{}/", "scan": "/imports/{}/",
    "team": "/admin/teams/{}/",
}  # fmt: skip
# What has no page of its own, and the page on which it stands.
PLACES = {"policy": "/admin/sla/", "token": "/admin/tokens/"}
