"""A look into a report: which format, how many findings, how bad, and what could not be read."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from prodsec.scans.formats.masking import masked
from prodsec.scans.formats.registry import readings
from prodsec.scans.types import Limits, Observation, Rejected, ReportError
from prodsec.vocabulary.severity import Severity

_ORDER = sorted(Severity, reverse=True)


class ToolSummary(msgspec.Struct, frozen=True):
    """The tool of the (first) reading."""

    name: str
    version: str


class SeverityCounts(msgspec.Struct, frozen=True):
    """How many observations of each severity."""

    critical: int
    high: int
    medium: int
    low: int
    info: int
    unknown: int


class Summary(msgspec.Struct, frozen=True):
    """What `prodsec inspect` answers. `rejected` holds at most `Limits.rejected` rows, worst case in the order of the file."""

    format: str
    tool: ToolSummary
    kind: str
    count: int
    severities: SeverityCounts
    components: int
    rejected: list[Rejected]
    warnings: list[str]


def inspect(path: Path, *, format: str | None = None, limits: Limits | None = None) -> Summary:  # noqa: A002
    """Read a whole report and sum it up. Raises: ReportError when it is none, or cannot be read to its end."""
    limits = limits or Limits()
    counts = dict.fromkeys(Severity, 0)
    rejected: list[Rejected] = []
    warnings: dict[str, None] = {}
    components = 0
    first = None
    for reading in readings(path, format=format, limits=limits):
        first = first or reading.header
        for item in reading:
            if isinstance(item, Observation):
                counts[item.severity] += 1
            elif len(rejected) < limits.rejected:
                rejected.append(item)
        components += reading.components
        warnings.update(dict.fromkeys(reading.warnings))
    if first is None:
        raise ReportError(f"{path.name} holds no run of any tool")
    return Summary(
        format=first.format,
        tool=ToolSummary(first.tool, first.tool_version),
        kind=first.analysis.word,
        count=sum(counts.values()),
        severities=SeverityCounts(*(counts[severity] for severity in _ORDER)),
        components=components,
        rejected=rejected,
        warnings=list(warnings),
    )


def observations(path: Path, *, format: str | None = None) -> Iterator[dict[str, object]]:  # noqa: A002
    """The observations of a report as plain objects with words for numbers; secrets are masked everywhere."""
    for reading in readings(path, format=format):
        for item in reading:
            if isinstance(item, Observation):
                plain = msgspec.to_builtins(masked(item))
                yield {"tool": reading.header.tool, **plain, "kind": item.kind.word, "severity": item.severity.word}
