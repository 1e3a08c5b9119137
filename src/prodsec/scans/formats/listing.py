"""Formats as lists show them."""

from prodsec.scans.formats.registry import Entry, Known, Origin
from prodsec.scans.types import FormatState, FormatSummary

_ORDER = {Origin.SHARED: 0, Origin.FOLDER: 1, Origin.PACKAGE: 2}


def summary(name: str, entry: Entry) -> FormatSummary:
    """A format that is in use."""
    return FormatSummary(
        id=name,
        title=entry.format.title,
        tool=entry.format.tool,
        kind=entry.format.kind,
        origin=entry.origin,
        state=FormatState.ACTIVE,
        version=entry.version,
        replaces=entry.replaces or "",
        place=entry.place,
    )


def summaries(known: Known) -> list[FormatSummary]:
    """All that are known, as `ordered`."""
    return ordered([summary(name, entry) for name, entry in known.entries.items()])


def ordered(found: list[FormatSummary]) -> list[FormatSummary]:
    """The installation's own first, those that came with the program last, each by their ids."""
    return sorted(found, key=lambda one: (_ORDER.get(Origin(one.origin), 3), one.id))
