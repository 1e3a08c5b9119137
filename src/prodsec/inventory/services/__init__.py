"""Writes of `inventory`: the tree, what assets are, who owns them, and imports of lists of assets."""

from prodsec.inventory.services.importing import apply_import, preview_import, read_rows
from prodsec.inventory.services.owning import set_codeowners, set_owner
from prodsec.inventory.services.tree import archive_asset, change_asset, create_asset, ensure_asset, move_asset

__all__ = [
    "apply_import",
    "archive_asset",
    "change_asset",
    "create_asset",
    "ensure_asset",
    "move_asset",
    "preview_import",
    "read_rows",
    "set_codeowners",
    "set_owner",
]
