"""Assets change hands: findings that had the owner of their asset, or of their file, go along at once."""

from collections.abc import Callable
from typing import TypeVar

from prodsec.accounts.types import Viewer
from prodsec.findings import services as findings
from prodsec.findings.services import Handed
from prodsec.inventory import queries, services

Result = TypeVar("Result")


def followed(viewer: Viewer, deed: Callable[[], Result]) -> Result:
    """Carry out a deed that may change who owns which assets; their findings follow. Returns what the deed returns.

    Cost: 2 queries over all assets, and 1 statement where owners changed. Raises: what the deed raises.
    """
    before = queries.effective_owners()
    result = deed()
    after = queries.effective_owners()
    findings.follow_assets(
        viewer,
        [
            Handed(asset_id, before[asset_id], owner)
            for asset_id, owner in after.items()
            if asset_id in before and before[asset_id] != owner
        ],
    )
    return result


def give_codeowners(viewer: Viewer, asset_id: int, text: str) -> tuple[str, ...]:
    """Keep a CODEOWNERS file; findings follow it. Returns the lines that could not be used.

    Raises: AssetNotFoundError, ForbiddenError, InvalidError.
    """
    queries.asset(viewer, asset_id)
    before = queries.owners_of(asset_id)
    problems = services.set_codeowners(viewer, asset_id, text)
    findings.follow_files(viewer, asset_id, before, queries.owners_of(asset_id))
    return problems
