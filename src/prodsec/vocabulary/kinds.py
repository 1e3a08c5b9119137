"""Kinds of finding: what sort of thing is wrong, which decides how its identity is built."""

import enum


class Kind(enum.IntEnum):
    """What sort of thing a finding is about. Stored as its number; numbers are never reused.

    Source: design.md §5, the identity table.
    """

    DEPENDENCY = 1
    CONTAINER = 2
    CODE = 3
    IAC = 4
    SECRET = 5
    WEB = 6
    CLOUD = 7
    CLUSTER = 8
    HOST = 9
    NETWORK = 10
    MANUAL = 11

    @property
    def word(self) -> str:
        """The lower-case word used in JSON, addresses and files."""
        return self.name.lower()
