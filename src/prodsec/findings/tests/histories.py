"""Hand-made reports put through the import as a worker would, and the whole record as plain values to compare."""

import contextlib
import datetime
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from unittest import mock

from django.db import connection
from hypothesis import strategies as st

from prodsec.accounts.types import SYSTEM
from prodsec.flows import report_to_issue, undo_import
from prodsec.inventory import services as inventory
from prodsec.scans import services as scans
from prodsec.scans.models import Scan
from prodsec.scans.services.progress import Progress
from prodsec.scans.types import Header, Observation, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity

ASSET = "histories.example/asset"


@dataclass
class HandMade:
    """A reading out of a list."""

    header: Header
    rows: Sequence[Observation]
    components: int = 0

    def __iter__(self) -> Iterator[Observation]:
        return iter(self.rows)


@dataclass(frozen=True)
class Told:
    """One report: what a tool says, and whether it says everything."""

    rows: tuple[Observation, ...]
    tool: str = "Tool"
    analysis: Kind = Kind.CODE
    partial: bool = False
    target: str = ""
    dry_run: bool = False

    def __repr__(self) -> str:
        """Short enough to be read in a failing example."""
        how = "partial " if self.partial else ""
        return f"<{how}{self.tool}: {', '.join(map(_short, self.rows))}>"

    def reading(self) -> HandMade:
        """As the reader would give it."""
        return HandMade(Header(format="hand", tool=self.tool, analysis=self.analysis), self.rows)


def _short(row: Observation) -> str:
    what = f"{row.component.name}@{row.component.version}" if row.component else row.snippet
    return f"{row.rule} {row.place.label()} {what!r} {row.severity.word} {row.status}"


@dataclass
class Imports:
    """Imports reports into one asset, one after another."""

    asset_path: str = ASSET
    done: list[int] = field(default_factory=list)

    def take(self, *told: Told) -> Scan:
        """Import one report with these readings; returns its scan as stored."""
        first = told[0]
        asset = inventory.ensure_asset(SYSTEM, self.asset_path)
        scan = Scan.objects.create(
            asset=asset,
            file_name="hand.json",
            report_sha256=hashlib.sha256(str(len(self.done)).encode()).digest(),
            report_bytes=1,
            target=first.target,
            is_record=not first.target and not first.dry_run,
            dry_run=first.dry_run,
            partial=first.partial,
            actor_name="test",
        )
        work = scans.begin(scan.pk)
        assert work is not None
        with mock.patch.object(scans, "reading", lambda work: _report([one.reading() for one in told], work)):
            report_to_issue.run(work)
        self.done.append(scan.pk)
        scan.refresh_from_db()
        return scan

    def undo_last(self) -> None:
        """Take the last import back."""
        undo_import.run(SYSTEM, self.done.pop())


@contextlib.contextmanager
def _report(readings: "list[HandMade]", work: "scans.reading.Work") -> "Iterator[scans.Report]":  # type: ignore[name-defined]
    yield scans.Report(iter(readings), Progress(work.scan_id), partial=work.partial)


def code(rule: str, file: str, line: int, snippet: str = "", **more: object) -> Observation:
    """A row of a scanner of code."""
    place = Place(file=file, line=line)
    given: dict[str, object] = {"severity": Severity.MEDIUM, "message": f"{rule} is bad", **more}
    return Observation(kind=Kind.CODE, rule=rule, title=rule, pointer="", place=place, snippet=snippet, **given)  # type: ignore[arg-type]


def package(name: str, vulnerability: str, version: str = "1", **more: object) -> Observation:
    """A row of a scanner of dependencies."""
    given: dict[str, object] = {"severity": Severity.HIGH, "place": Place(file="poetry.lock"), **more}
    return Observation(
        kind=Kind.DEPENDENCY,
        rule=vulnerability,
        title=f"{vulnerability} in {name}",
        pointer="",
        ids=(vulnerability,),
        component=Component(name=name, version=version, type="pypi"),
        **given,  # type: ignore[arg-type]
    )


_severities = st.sampled_from([Severity.LOW, Severity.MEDIUM, Severity.HIGH])
_statuses = st.sampled_from([Status.OPEN] * 8 + [Status.SUPPRESSED, Status.FIXED])
_code = st.builds(
    code,
    st.sampled_from(["r1", "r2"]),
    st.sampled_from(["a.py", "b.py"]),
    st.integers(1, 40),
    st.sampled_from(["", "run(x)", "run(x, y)", "load(z)"]),
    severity=_severities,
    status=_statuses,
    cwes=st.sampled_from([(), (89,), (564,)]),
)
_packages = st.builds(
    package,
    st.sampled_from(["one", "two"]),
    st.sampled_from(["CVE-2024-0001", "CVE-2024-0002"]),
    st.sampled_from(["1", "2"]),
    severity=_severities,
    status=_statuses,
    fix_available_at=st.sampled_from([None, datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)]),
)
rows = st.lists(st.one_of(_code, _packages), max_size=7).map(tuple)
reports = st.builds(
    Told,
    rows,
    tool=st.sampled_from(["Tool", "Other"]),
    partial=st.sampled_from([False, False, False, True]),
)


# Ids, and times that only tell when the test ran, differ between two tellings of the same story. A dismissed finding may keep
# the stopped clock of a time when it was open, also when that time was undone.
_RECORD = {
    "findings": """
        SELECT encode(f.identity, 'hex'), f.ordinal, d.tool, d.rule, coalesce(nullif(f.title, ''), d.title), f.file, f.line, f.severity, f.severity_scanner,
            f.state, f.detected, f.is_lead, f.component_version, f.vulnerability_id, f.fix_available_at, f.resolved_at IS NULL,
            encode(c.key, 'hex'), f.place_label
        FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id LEFT JOIN findings_cluster c ON c.id = f.cluster_id""",
    "attributions": """
        SELECT encode(f.identity, 'hex'), f.ordinal, s.tool, s.analysis, a.closed_by_id IS NULL, a.severity, a.digest
        FROM findings_attribution a JOIN findings_finding f ON f.id = a.finding_id JOIN scans_scope s ON s.id = a.scope_id""",
    "clocks": """
        SELECT encode(f.identity, 'hex'), f.ordinal, c.kind, c.severity, c.allowed_hours, c.stopped_at IS NULL,
            c.due_at - c.started_at, f.due_at = c.due_at
        FROM policies_clock c JOIN findings_finding f ON f.id = c.finding_id WHERE f.state <> 6""",
}
_EVENTS = """
    SELECT encode(f.identity, 'hex'), f.ordinal, e.kind, e.reason
    FROM findings_findingevent e JOIN findings_finding f ON f.id = e.finding_id"""


def record(*, events: bool = True) -> dict[str, list[str]]:
    """The record without ids and times, sorted; equal for equal histories."""
    statements = {**_RECORD, **({"events": _EVENTS} if events else {})}
    return {name: sorted(map(repr, _fetch(statement))) for name, statement in statements.items()}


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, tuple[list[str], list[str]]]:
    """What only one of two records says, by table; empty when they are equal."""
    found = {name: (_beyond(one[name], other[name]), _beyond(other[name], one[name])) for name in one}
    return {name: pair for name, pair in found.items() if any(pair)}


def _beyond(rows: list[str], others: list[str]) -> list[str]:
    return sorted((Counter(rows) - Counter(others)).elements())


_TABLES = [
    "findings_finding",
    "findings_attribution",
    "findings_findingevent",
    "findings_definition",
    "findings_detailblock",
    "findings_cluster",
    "findings_decision",
    "policies_clock",
    "activity_activity",
    "scans_scope",
    "inventory_asset",
]


def row_versions() -> dict[str, list[str]]:
    """Every row of the record with the transaction-local version that a write would change, table by table."""
    return {name: sorted(map(repr, _fetch(f"SELECT ctid, t.* FROM {name} t"))) for name in _TABLES}


def _fetch(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[object, ...]] = cursor.fetchall()
        return found
