"""`make bench-identity`: how well findings keep their identity over real releases, measured against the diffs of the code; and before
that, how well findings of different tools are joined (`bench.joins`: seconds, and no network).

Consecutive releases of real packages are downloaded, scanned with real scanners, and the reports imported one after another
into one asset, as a pipeline would. `line_truth` says which line of a release is which of the one before; a finding survives when
its line does and the new report names the same rule there. Counted are the survivors that kept their finding, and the findings
that were carried over to a line that is not theirs.

    python -m bench.identity                          the packages below (about ten minutes, most of it scanning)
    python -m bench.identity --package NAME V1 V2 …   other ones; may be given several times
    python -m bench.identity --work FOLDER            keep downloads and reports there, and use them again
    python -m bench.identity --joins-only             only what different tools say of one source
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bench import joins
from bench.line_truth import Place, Tree, Truth
from bench.measure import Book

SECTION = "Identity"
TOOLS = ("bandit==1.9.4", "semgrep==1.185.0")
RULES = Path(__file__).with_name("identity_rules.yaml")
PACKAGES: dict[str, tuple[str, ...]] = {
    "celery": ("5.2.7", "5.3.0", "5.3.6", "5.4.0", "5.5.0"),
    "django": ("4.0", "4.1", "4.2", "5.0", "5.1"),
    "paramiko": ("2.12.0", "3.0.0", "3.2.0", "3.4.0", "3.5.0"),
    "pip": ("22.0", "22.3", "23.1", "23.3", "24.2"),
    "scrapy": ("2.8.0", "2.9.0", "2.10.0", "2.11.0", "2.12.0"),
}

# (rule, file, line): what a finding can be told by from outside.
Spot = tuple[str, str, int]


@dataclass
class Tally:
    """What was counted over all steps from one release to the next.

    survived    findings whose line and rule are in the next release too
    kept        of those, the ones that are the same finding there
    carried     findings that are open before and after
    wrong       of those, the ones that the diff says are something else: their own line lives elsewhere, or this one is another's
    unproven    of those, the ones whose line the diff calls gone and whose new line it calls new (code moved or rewritten)
    """

    survived: int = 0
    kept: int = 0
    carried: int = 0
    wrong: int = 0
    unproven: int = 0
    lost: list[str] = field(default_factory=list)
    mistaken: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Sum up."""
        self.survived += other.survived
        self.kept += other.kept
        self.carried += other.carried
        self.wrong += other.wrong
        self.unproven += other.unproven
        self.lost += other.lost
        self.mistaken += other.mistaken
        self.doubtful += other.doubtful


def main() -> None:
    """Download, scan, import, compare, print."""
    args = _arguments()
    work = args.work or Path(tempfile.mkdtemp(prefix="prodsec-identity-"))
    work.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="prodsec-identity-home-"))
    os.environ["PRODSEC_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)
    packages = {name: tuple(versions) for name, *versions in args.package or ()} or PACKAGES
    try:
        _measure_joins(show=args.show)
        if args.joins_only:
            return
        scanners = Scanners(work.resolve())
        for name, versions in packages.items():
            for version in versions:
                scanners.scan(name, version)
        _measure(scanners, packages, show=args.show)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        if args.work is None:
            shutil.rmtree(work, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description="Identity over real releases.")
    parser.add_argument(
        "--package", action="append", nargs="+", metavar="NAME VERSION", help="a package and its releases"
    )
    parser.add_argument("--joins-only", action="store_true", help="measure no releases, use no network")
    parser.add_argument("--work", type=Path, help="folder for downloads and reports, kept")
    parser.add_argument("--show", type=int, default=0, help="print so many lost and mistaken ones of each kind")
    return parser.parse_args()


class Scanners:
    """Real scanners in an environment of their own, and what they said of each release."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._bin = work / "tools" / "bin"
        if not (self._bin / "semgrep").exists():
            print(f"installing {' and '.join(TOOLS)} …", flush=True)
            venv.create(work / "tools", with_pip=True)
            _run(self._bin / "python", "-m", "pip", "install", "-q", *TOOLS)

    def tree(self, name: str, version: str) -> Path:
        """The unpacked release."""
        return self._work / name / version

    def report(self, name: str, version: str, kind: str) -> Path:
        """The report of one kind on a release."""
        return self._work / name / f"{version}.{kind}"

    def scan(self, name: str, version: str) -> None:
        """Download a release (a wheel: nothing of it is run) and write its reports, unless they are there."""
        tree = self.tree(name, version)
        if not tree.exists():
            with tempfile.TemporaryDirectory(dir=self._work) as folder:
                wheel = ("--no-deps", "--only-binary", ":all:", "-d", folder, f"{name}=={version}")
                _run(sys.executable, "-m", "pip", "download", "-q", *wheel)
                with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as archive:
                    archive.extractall(tree)
        for kind, command in self._commands().items():
            report = self.report(name, version, kind)
            if not report.exists():
                print(f"scanning {name} {version}: {kind}", flush=True)
                done = _run(*command, cwd=tree, codes=(0, 1))
                report.write_bytes(done)

    def _commands(self) -> dict[str, tuple[str | Path, ...]]:
        quiet = ("--metrics=off", "--disable-version-check", "-q", "--no-git-ignore")
        semgrep = (self._bin / "semgrep", "scan", "--config", RULES, *quiet, ".")
        return {
            "bandit.json": (self._bin / "bandit", "-q", "-r", ".", "-f", "json"),
            "semgrep.json": (*semgrep, "--json"),
            "semgrep.sarif": (*semgrep, "--sarif"),
        }


KINDS = ("bandit.json", "semgrep.json", "semgrep.sarif")


def _run(*command: str | Path, cwd: Path | None = None, codes: tuple[int, ...] = (0,)) -> bytes:
    environment = {**os.environ, "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False)
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def _measure_joins(*, show: int) -> None:
    from bench.ingestion import import_file
    from prodsec.site import django_ready

    asset = "identity.example/joins"
    book = Book()
    with django_ready.database():
        from prodsec.site.migrate_command import migrate

        migrate()
        joins.run(book, lambda report: import_file(report, asset), asset, show=show)
    print(book.save(Path("bench-results")))


def _measure(scanners: Scanners, packages: dict[str, tuple[str, ...]], *, show: int) -> None:
    from prodsec.site import django_ready

    book = Book()
    with django_ready.database():
        from prodsec.site.migrate_command import migrate

        migrate()
        totals: dict[str, Tally] = defaultdict(Tally)
        for name, versions in packages.items():
            trees = [Tree(scanners.tree(name, version)) for version in versions]
            truths = [Truth(old, new) for old, new in pairwise(trees)]
            for kind in KINDS:
                tally = _follow(name, kind, [scanners.report(name, version, kind) for version in versions], truths)
                _print(book, f"{name} {versions[0]}…{versions[-1]}, {kind}", tally)
                totals[kind].add(tally)
    for kind, tally in totals.items():
        _print(book, f"{kind}: every package", tally)
        for title, spots in (("lost", tally.lost), ("mistaken", tally.mistaken), ("doubtful", tally.doubtful)):
            for spot in spots[:show]:
                print(f"    {title}: {spot}")
    print(book.save(Path("bench-results")))


def _print(book: Book, work: str, tally: Tally) -> None:
    kept = 100 * tally.kept / (tally.survived or 1)
    wrong = 100 * tally.wrong / (tally.carried or 1)
    note = f"{tally.kept:,} of {tally.survived:,}"
    book.add(SECTION, f"{work}: kept", [kept], 98, unit="%", at_least=True, note=note)
    note = f"{tally.wrong:,} of {tally.carried:,}; {tally.unproven:,} more that the diff cannot tell"
    book.add(SECTION, f"{work}: joined wrongly", [wrong], 0.5, unit="%", note=note)


def _follow(name: str, kind: str, reports: list[Path], truths: list[Truth]) -> Tally:
    """Import the reports in order and compare each step with its truth."""
    from bench.ingestion import import_file

    asset = f"identity.example/{name}/{kind.replace('.', '-')}"
    tally, before = Tally(), None
    for number, report in enumerate(reports):
        import_file(report, asset)
        now = _open_findings(asset)
        if before is not None:
            label = f"{name} {report.name}"
            tally.add(compare(before, now, truths[number - 1].of, label))
        before = now
    return tally


def compare(
    before: dict[int, Spot], now: dict[int, Spot], truth: Callable[[str, int], Iterable[Place]], label: str
) -> Tally:
    """Count one step. Findings of one rule on one line are told apart by nothing outside, so they are counted together."""
    tally = Tally()
    old_of, new_of = _by_spot(before), _by_spot(now)
    there = {spot: {(spot[0], *place) for place in truth(spot[1], spot[2])} & new_of.keys() for spot in old_of}
    theirs = {target for targets in there.values() for target in targets}
    for spot, ids in old_of.items():
        arrived = {found for target in there[spot] for found in new_of[target]}
        survived, kept = min(len(ids), len(arrived)), len(ids & arrived)
        tally.survived += survived
        tally.kept += min(kept, survived)
        if kept < survived:
            tally.lost.append(f"{label}: {spot} is {_words(there[spot])}")
    for finding in before.keys() & now.keys():
        tally.carried += 1
        spot, place = before[finding], now[finding]
        if place in there[spot]:
            continue
        if not there[spot] and place not in theirs:
            tally.unproven += 1
            tally.doubtful.append(f"{label}: {spot} is gone, was joined with {place}")
            continue
        tally.wrong += 1
        tally.mistaken.append(f"{label}: {spot} is {_words(there[spot])}, was joined with {place}")
    return tally


def _words(spots: set[Spot]) -> str:
    return " or ".join(map(str, sorted(spots))) or "gone"


def _by_spot(findings: dict[int, Spot]) -> dict[Spot, set[int]]:
    found: dict[Spot, set[int]] = defaultdict(set)
    for finding, spot in findings.items():
        found[spot].add(finding)
    return found


def _open_findings(asset: str) -> dict[int, Spot]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT f.id, d.rule, f.file, coalesce(f.line, 0) FROM findings_finding f
               JOIN findings_definition d ON d.id = f.definition_id JOIN inventory_asset a ON a.id = f.asset_id
               WHERE a.path = %s AND f.detected""",
            [asset],
        )
        return {found: (rule, _plain(file), line) for found, rule, file, line in cursor.fetchall()}


def _plain(file: str) -> str:
    return file.removeprefix("./")


if __name__ == "__main__":
    main()
