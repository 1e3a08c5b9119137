"""Writes of `inventory`: the tree, what assets are, who owns them, and imports of lists of assets."""

from prodsec.inventory.services.importing import import_assets
from prodsec.inventory.services.owning import hand_over, set_codeowners, set_owner, team_was_made
from prodsec.inventory.services.tree import (
    archive_asset,
    change_asset,
    create_asset,
    ensure_asset,
    move_asset,
    require_editable,
    restore_asset,
)

__all__ = [
    "archive_asset",
    "change_asset",
    "create_asset",
    "ensure_asset",
    "hand_over",
    "import_assets",
    "move_asset",
    "require_editable",
    "restore_asset",
    "set_codeowners",
    "set_owner",
    "team_was_made",
]
