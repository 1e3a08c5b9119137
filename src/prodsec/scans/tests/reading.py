"""Reads the sample reports of the tests through the one door of the formats."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from prodsec.scans.formats import readings
from prodsec.scans.types import Header, Observation, Rejected

SAMPLES = Path(__file__).parents[4] / "tests" / "samples"


class Run(NamedTuple):
    """One reading, read to its end."""

    header: Header
    components: int
    rows: list[Observation | Rejected]

    @property
    def observations(self) -> list[Observation]:
        """The rows that could be read."""
        return [row for row in self.rows if isinstance(row, Observation)]

    @property
    def rejected(self) -> list[tuple[str, str]]:
        """Place and reason of the others."""
        return [(row.place, row.reason) for row in self.rows if isinstance(row, Rejected)]


def runs_of(path: Path) -> Iterator[Run]:
    """The readings of a file, its format told by its content."""
    for reading in readings(path):
        rows = list(reading)
        yield Run(reading.header, reading.components, rows)


def runs(name: str) -> list[Run]:
    """The readings of a sample, `sarif/rules.sarif`."""
    return list(runs_of(SAMPLES / name))


def only(name: str) -> Run:
    """The one reading of a sample."""
    (run,) = runs(name)
    return run
