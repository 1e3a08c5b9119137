"""Whether findings of different tools about one thing become one cluster, and no others: real reports against labelled pairs.

`tests/clusters/source` is a small unsafe project, `tests/clusters/reports` what nineteen tools say of it, and `tests/clusters/pairs.csv`
pairs of their findings with whether they are one, as read from the code and from what each rule means. All reports are imported
into one asset, as pipelines would; a pair is joined when its findings share a cluster.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Book

SECTION = "Joins across tools"
FOLDER = Path(__file__).parent.parent / "tests" / "clusters"
PRECISION, RECALL = 98, 85

# (tool, rule, place): what a finding can be told by from outside. The place is `file:line`, or the name of a package.
Spot = tuple[str, str, str]


@dataclass(frozen=True)
class Pair:
    """Two findings of two tools, whether they are one thing, and what they are."""

    same: bool
    one: Spot
    other: Spot
    why: str


@dataclass
class Score:
    """Pairs by (are one, were joined), with those that went wrong, and spots that no report has."""

    counts: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    wrong: list[Pair] = field(default_factory=list)
    lost: list[Pair] = field(default_factory=list)
    unknown: list[Spot] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of the pairs that were joined, how many are one; in percent."""
        joined = self.counts[True, True] + self.counts[False, True]
        return 100 * self.counts[True, True] / (joined or 1)

    @property
    def recall(self) -> float:
        """Of the pairs that are one, how many were joined; in percent."""
        return 100 * self.counts[True, True] / (self.counts[True, True] + self.counts[True, False] or 1)


def reports() -> list[Path]:
    """The reports, in the order of their names."""
    return sorted((FOLDER / "reports").iterdir())


def pairs() -> Iterator[Pair]:
    """The labelled pairs."""
    with (FOLDER / "pairs.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            one = (row["tool"], row["rule"], row["place"])
            other = (row["other_tool"], row["other_rule"], row["other_place"])
            yield Pair(row["same"] == "yes", one, other, row["why"])


def score(clusters: dict[Spot, set[int]], labelled: list[Pair]) -> Score:
    """Count which pairs were joined. clusters: of each spot, those of its findings that are in one."""
    found = Score()
    for pair in labelled:
        found.unknown += [spot for spot in (pair.one, pair.other) if spot not in clusters]
        joined = not clusters.get(pair.one, set()).isdisjoint(clusters.get(pair.other, set()))
        found.counts[pair.same, joined] += 1
        if joined and not pair.same:
            found.wrong.append(pair)
        if pair.same and not joined:
            found.lost.append(pair)
    return found


def clusters_of(asset: str) -> dict[Spot, set[int]]:
    """What each spot of the reports became: its findings (negative) and their clusters. Two tools may tell of one finding."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.tool, a.digest, f.id, f.cluster_id FROM findings_attribution a JOIN scans_scope s ON s.id = a.scope_id
               JOIN findings_finding f ON f.id = a.finding_id JOIN inventory_asset i ON i.id = f.asset_id
               WHERE i.path = %s AND a.closed_by_id IS NULL""",
            [asset],
        )
        known = {(tool, digest): (finding, cluster) for tool, digest, finding, cluster in cursor.fetchall()}
    found: dict[Spot, set[int]] = defaultdict(set)
    for report in reports():
        for spot, digest in _told(report):
            if (row := known.get((spot[0], digest))) is not None:
                found[spot].update([-row[0], *([row[1]] if row[1] else [])])
    return found


def _told(report: Path) -> Iterator[tuple[Spot, int]]:
    """The spots of a report, with what their rows are known by in the record."""
    from prodsec.findings.services.merging.stage import SECRET_PURPOSE, digest_of
    from prodsec.kit import crypto
    from prodsec.scans.formats.masking import masked, tells_secrets
    from prodsec.scans.formats.registry import readings
    from prodsec.scans.types import Observation

    for reading in readings(report):
        for row in reading:
            if isinstance(row, Observation):
                component, place = row.component, row.place
                where = f"{place.file}:{place.line or 0}"
                if component is not None:
                    where = f"{component.namespace}/{component.name}" if component.namespace else component.name
                secret = crypto.keyed_hash(SECRET_PURPOSE, row.secret.encode()) if row.secret else None
                plain = masked(row) if tells_secrets(row) else row
                yield (reading.header.tool, row.rule, where), digest_of(plain, secret)


def run(book: Book, import_report: Callable[[Path], object], asset: str, *, show: int = 0) -> None:
    """Import all reports, in order, and add the lines: all pairs, then by the kind of source."""
    for report in reports():
        import_report(report)
    clusters, labelled = clusters_of(asset), list(pairs())
    groups: dict[str, list[Pair]] = {"every pair": labelled}
    for pair in labelled:
        groups.setdefault(_area(pair), []).append(pair)
    for name, members in groups.items():
        found = score(clusters, members)
        note = f"{found.counts[True, True]:,} of {found.counts[True, True] + found.counts[True, False]:,}"
        book.add(
            SECTION, f"{name}: joined of those that are one", [found.recall], RECALL, unit="%", at_least=True, note=note
        )
        note = f"{found.counts[False, True]:,} wrong of {found.counts[False, True] + found.counts[False, False]:,} that are not one"
        book.add(
            SECTION,
            f"{name}: one of those that were joined",
            [found.precision],
            PRECISION,
            unit="%",
            at_least=True,
            note=note,
        )
    everything = score(clusters, labelled)
    for title, missed in (("joined wrongly", everything.wrong), ("not joined", everything.lost)):
        for pair in missed[:show]:
            print(f"    {title}: {pair.one} and {pair.other}: {pair.why}")


_AREAS = {
    "shop": "Python", "tools": "Python", "web": "JavaScript", "native": "C", "infra": "Terraform and Kubernetes",
    "images": "Dockerfiles", "settings": "secrets",
}  # fmt: skip


def _area(pair: Pair) -> str:
    place = pair.one[2].removeprefix("/builds/demo/shop/").removeprefix("infra/infra/")
    folder, slash, _ = place.partition("/")
    return _AREAS.get(folder, "packages") if slash and ":" in place else "packages"
