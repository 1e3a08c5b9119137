"""Writes of `findings`: merging reports, taking an import back, and what people decide and say."""

from prodsec.findings.services.deciding import decide, revoke
from prodsec.findings.services.merging.merge import merge
from prodsec.findings.services.owning import Handed, follow_assets, follow_files, hand_over
from prodsec.findings.services.triage import (
    assign,
    comment,
    confirm,
    dismiss,
    mitigate,
    reopen,
    set_owner,
    set_severity,
    start_remediation,
)
from prodsec.findings.services.undoing import undo

__all__ = [
    "Handed",
    "assign",
    "comment",
    "confirm",
    "decide",
    "dismiss",
    "follow_assets",
    "follow_files",
    "hand_over",
    "merge",
    "mitigate",
    "reopen",
    "revoke",
    "set_owner",
    "set_severity",
    "start_remediation",
    "undo",
]
