"""Writes of `activity`: deeds, and that somebody looked at the chain or took a copy."""

from prodsec.activity.services.looking import note_export, verify
from prodsec.activity.services.recording import record, record_all

__all__ = ["note_export", "record", "record_all", "verify"]
