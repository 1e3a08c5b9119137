"""What crosses the border of `activity`."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """A deed as its doer tells it: what was done to which object, why, and with which plain values."""

    action: str
    object_type: str
    object_id: int | str
    asset_id: int | None = None
    reason: str = ""
    details: dict[str, object] = field(default_factory=dict)
