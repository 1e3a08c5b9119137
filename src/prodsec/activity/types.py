"""What crosses the border of `activity`."""

import datetime
import enum
from dataclasses import dataclass, field

from prodsec.kit.errors import NotFoundError


@dataclass(frozen=True)
class Told:
    """A deed as its doer tells it: what was done to which object, why, and with which plain values."""

    action: str
    object_type: str
    object_id: int | str
    asset_id: int | None = None
    reason: str = ""
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Search:
    """Which deeds are wanted; everything given has to fit.

    by_system   done by nobody who signs in, but by the program
    action      a whole action (`finding.dismissed`) or its first part (`finding`)
    asset_ids   on one of these assets; None: on any, or on none
    words       each of them begins a word of the reason, in any case of letters
    newest_id   nothing that was written down after this row
    """

    actor_id: int | None = None
    by_system: bool = False
    token_id: int | None = None
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    asset_ids: tuple[int, ...] | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    words: str = ""
    newest_id: int | None = None


class Fault(enum.StrEnum):
    """What is wrong with the chain."""

    ROW = "row"
    END = "end"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class ChainState:
    """What a look at the whole chain found.

    rows       how many rows fit, from the first on
    broken_at  the id of the first row that does not fit (it, or one before it, was edited, deleted, inserted or moved);
               None if all fit
    head       the seal of the last row that fits, in hex
    fault      None when all is well. END: rows were cut off, or added, at the end. CHECKPOINT: the signed note of how many
               rows there are is gone or forged
    """

    rows: int
    broken_at: int | None
    head: str
    fault: Fault | None = None


@dataclass(frozen=True)
class Verification:
    """A look at the chain that somebody had: when, who, and what was found. `by_id` is None for the program itself."""

    at: datetime.datetime
    by_id: int | None
    by: str
    state: ChainState


class Layout(enum.StrEnum):
    """How a deed is told to another system."""

    OCSF = "ocsf"
    CEF = "cef"


@dataclass(frozen=True)
class Facts:
    """What a person says of a destination. `secret` is None to keep the one there is, empty for none."""

    name: str
    address: str
    layout: Layout
    header: str = ""
    secret: str | None = None
    is_active: bool = True


class DestinationNotFoundError(NotFoundError):
    """The record is not forwarded there."""
