"""Lines of a benchmark: what was done, how long it took, and what it should have taken."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Line:
    """One measurement: the median of `values` against `budget` (0: none), both in `unit`; `note` says what else was seen.

    `cpu` is what our process and its database session computed meanwhile, in the same unit: on a machine that others
    use too it says what `values` would be without them.
    """

    section: str
    work: str
    values: list[float]
    budget: float
    unit: str = "s"
    note: str = ""
    at_least: bool = False
    cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The value that counts."""
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Largest minus smallest."""
        return max(self.values) - min(self.values)

    @property
    def computing(self) -> str:
        """The median of `cpu`, as a person reads it; empty when it was not measured."""
        return f"{number(statistics.median(self.cpu), self.unit)} computing" if self.cpu else ""

    @property
    def verdict(self) -> str:
        """Whether the median is within the budget; empty without one."""
        if not self.budget:
            return ""
        met = self.median >= self.budget if self.at_least else self.median <= self.budget
        return "met" if met else "MISSED"


@dataclass
class Book:
    """All lines of a run; each is printed as soon as it is known."""

    lines: list[Line] = field(default_factory=list)

    def add(self, section: str, work: str, values: list[float], budget: float = 0.0, **more: object) -> Line:
        """Note a line and print it."""
        line = Line(section, work, values, budget, **more)  # type: ignore[arg-type]
        self.lines.append(line)
        print(row_of(line), flush=True)
        return line

    def save(self, folder: Path) -> Path:
        """Write the run as JSON."""
        folder.mkdir(exist_ok=True)
        path = folder / f"bench-{time.strftime('%Y%m%d-%H%M%S')}.json"
        lines = [{**asdict(line), "median": line.median, "verdict": line.verdict} for line in self.lines]
        path.write_text(json.dumps({"machine": machine(), "lines": lines}, indent=1))
        return path

    def table(self) -> str:
        """The run as a Markdown table."""
        head = "| Work | Median | Spread | Runs | Budget | |\n|---|---|---|---|---|---|"
        parts = []
        for section in dict.fromkeys(line.section for line in self.lines):
            rows = "\n".join(_markdown(line) for line in self.lines if line.section == section)
            parts.append(f"## {section}\n\n{head}\n{rows}")
        return "\n\n".join(parts)


def number(value: float, unit: str) -> str:
    """A value as a person reads it."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 3 if unit == "s" else 2
    return f"{value:,.{digits}f} {unit}".strip()


def row_of(line: Line) -> str:
    """A line as the terminal shows it."""
    sign = "≥" if line.at_least else "≤"
    budget = f"{sign} {number(line.budget, line.unit)}" if line.budget else ""
    shown = f"{line.work:<62} {number(line.median, line.unit):>12}  ±{number(line.spread, ''):>7}  {budget:<12} {line.verdict}"
    return f"{shown}  {about(line)}".rstrip()


def about(line: Line) -> str:
    """What else there is to say of a line."""
    return ", ".join(filter(None, (line.computing, line.note)))


def _markdown(line: Line) -> str:
    sign = "≥" if line.at_least else "≤"
    budget = f"{sign} {number(line.budget, line.unit)}" if line.budget else ""
    work = f"{line.work} ({about(line)})" if about(line) else line.work
    cells = (
        work,
        number(line.median, line.unit),
        number(line.spread, line.unit),
        str(len(line.values)),
        budget,
        line.verdict,
    )
    return f"| {' | '.join(cells)} |"


def machine() -> dict[str, str]:
    """What it was measured on."""
    model = next(
        (row.split(":")[1].strip() for row in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in row),
        "?",
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "processor": f"{len(os.sched_getaffinity(0))} × {model}",
        "memory": f"{memory:,} MB",
        "python": platform.python_version(),
        "load before": load,
    }


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Effort:
    """How long some work took, and how much of it was computing, in seconds."""

    seconds: float
    cpu: float


def effort(work: Callable[[], object]) -> Effort:
    """Do some work in this process and its database session."""
    from django.db import connection

    connection.ensure_connection()
    session = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    before = time.process_time(), _on_cpu(session)
    seconds = timed(work)
    return Effort(seconds, time.process_time() - before[0] + _on_cpu(session) - before[1])


def _on_cpu(statistics_of_process: Path) -> float:
    """Seconds a process was on a processor; 0 for a database of another machine."""
    try:
        return int(statistics_of_process.read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
