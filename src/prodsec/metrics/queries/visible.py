"""What a viewer sees, as part of a hand-written statement: the condition of `visible_to`, in the same statement as what it guards."""

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from prodsec.accounts.types import Permission, Viewer
from prodsec.inventory import queries as inventory
from prodsec.inventory.models import Asset
from prodsec.kit.sql import Parameter

NOTHING = "SELECT NULL::bigint WHERE false"


def assets_below(viewer: Viewer, permission: Permission, under: str) -> QuerySet[Asset]:
    """The assets of a subtree (empty: of all) on which the viewer may do this."""
    found = inventory.visible_to(viewer, permission)
    return found.filter(Q(path=under) | Q(path__startswith=f"{under}/")) if under else found


def ids_of(assets: QuerySet[Asset]) -> tuple[str, dict[str, Parameter]]:
    """A query of their ids and its parameters, by names that no other statement uses."""
    try:
        statement, given = assets.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return NOTHING, {}
    # Django numbers its parameters by place; statements written here name theirs.
    named = {f"visible_{number}": value for number, value in enumerate(given)}
    return statement % tuple(f"%({name})s" for name in named), named
