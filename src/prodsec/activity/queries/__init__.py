"""Reads of `activity`: searching the record, and whether its chain fits."""

from prodsec.activity.queries.chain import end_of_record, last_verification, verify_chain
from prodsec.activity.queries.searching import found, in_pieces, known_actions, newest_id
from prodsec.activity.types import ChainState

__all__ = [
    "ChainState",
    "end_of_record",
    "found",
    "in_pieces",
    "known_actions",
    "last_verification",
    "newest_id",
    "verify_chain",
]
