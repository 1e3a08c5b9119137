"""Writes of `findings`: merging reports, taking an import back, and what people decide and say."""

from prodsec.findings.services import bulk, recipes
from prodsec.findings.services.deciding import decide, revoke
from prodsec.findings.services.discussing import comment, edit_comment, remove_comment
from prodsec.findings.services.exporting import note_export
from prodsec.findings.services.kinship import join, part, withdraw
from prodsec.findings.services.merging.merge import merge
from prodsec.findings.services.owning import Handed, follow_assets, follow_files, hand_over
from prodsec.findings.services.subscriptions import subscribe, take_entered
from prodsec.findings.services.triage import (
    assign,
    confirm,
    dismiss,
    do_all,
    mitigate,
    reopen,
    set_owner,
    set_severity,
    start_remediation,
)
from prodsec.findings.services.undoing import undo
from prodsec.findings.services.views import change_view, choose_columns, pin_view, remove_view, save_view

__all__ = [
    "Handed",
    "assign",
    "bulk",
    "change_view",
    "choose_columns",
    "comment",
    "confirm",
    "decide",
    "dismiss",
    "do_all",
    "edit_comment",
    "follow_assets",
    "follow_files",
    "hand_over",
    "join",
    "merge",
    "mitigate",
    "note_export",
    "part",
    "pin_view",
    "recipes",
    "remove_comment",
    "remove_view",
    "reopen",
    "revoke",
    "save_view",
    "set_owner",
    "set_severity",
    "start_remediation",
    "subscribe",
    "take_entered",
    "undo",
    "withdraw",
]
