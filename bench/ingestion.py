"""How long an import takes from the accepted upload to the commit, how much it stores, and what happens beside others."""

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Book, Effort, effort, timed
from bench.reports import FORMATS, Reports

SECTION = "Ingestion"
_numbers = itertools.count(1)

# (findings, budgets in seconds for: first, same again, identical file, 10 % churn); 0 is no budget.
SIZES = {
    1_000: (0.25, 0.0, 0.1, 0.0),
    10_000: (0.7, 0.4, 0.1, 0.5),
    50_000: (4.0, 2.0, 0.0, 2.5),
    100_000: (10.0, 0.0, 0.0, 0.0),
}


def fresh_asset() -> str:
    """A path that no run has used."""
    return f"bench.example/run/{next(_numbers)}"


def import_file(path: Path, asset: str) -> Effort:
    """Receive and import a report here. Returns the effort from acceptance to commit; ends the run when it went wrong."""
    from prodsec.accounts.types import SYSTEM
    from prodsec.scans import queries, services, tasks
    from prodsec.scans.types import ScanState

    with path.open("rb") as stream:
        scan_id = services.receive_report(SYSTEM, stream=stream, file_name=path.name, asset_path=asset, queued=False)
    spent = effort(lambda: tasks.import_now(scan_id))
    scan = queries.scan(SYSTEM, scan_id)
    if scan.state is not ScanState.DONE:
        raise SystemExit(f"import of {path.name} ended as {scan.state.word}: {scan.error}")
    return spent


def life_of_a_scope(reports: Reports, kind: str, count: int) -> Iterator[Effort]:
    """Effort of: first import, same findings in new bytes, the identical file, 10 % gone and 10 % new."""
    asset = fresh_asset()
    base = reports.of(kind, count)
    yield import_file(base, asset)
    again = reports.again(base, next(_numbers))
    yield import_file(again, asset)
    yield import_file(again, asset)
    again.unlink()
    yield import_file(reports.of(kind, count, first=count // 10), asset)


def run(book: Book, reports: Reports, *, runs: int, sizes: tuple[int, ...], formats: tuple[str, ...] = FORMATS) -> None:
    """Every size and format."""
    import_file(reports.of("trivy", 1_000), fresh_asset())  # warms caches and plans
    names = ("first", "the same in new bytes", "the identical file", "10 % gone, 10 % new")
    for count in sizes:
        for kind in formats:
            rounds = [list(life_of_a_scope(reports, kind, count)) for _ in range(runs)]
            for name, budget, values in zip(names, SIZES[count], zip(*rounds, strict=True), strict=True):
                add(book, f"{kind}, {count:,} findings: {name}", list(values), budget)


def add(book: Book, work: str, efforts: list[Effort], budget: float) -> None:
    """A line of imports."""
    book.add(SECTION, work, [one.seconds for one in efforts], budget, cpu=[one.cpu for one in efforts])


def growth(book: Book, reports: Reports, *, count: int = 50_000) -> None:
    """Bytes the database grows by, a finding, indexes and events included."""
    for kind in FORMATS:
        before = _bytes_of_tables()
        import_file(reports.of(kind, count), fresh_asset())
        grown = (_bytes_of_tables() - before) / count
        book.add(SECTION, f"{kind}: database growth a finding", [grown / 1000], 1.5, unit="kB")


def _bytes_of_tables() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return int(cursor.fetchone()[0])


def beside_a_million(book: Book, reports: Reports, *, runs: int, empty: dict[str, float]) -> None:
    """The 10,000 case with a million findings stored, as a ratio of computing to the empty case of the same run."""
    for kind, before in empty.items():
        values = [import_file(reports.of(kind, 10_000), fresh_asset()).cpu for _ in range(runs)]
        ratios = [value / before for value in values]
        note = f"{sorted(values)[len(values) // 2]:.2f} s of computing after {before:.2f} s"
        book.add(SECTION, f"{kind}, 10,000 beside 1,000,000 stored", ratios, 1.3, unit="×", note=note)


def memory(book: Book, reports: Reports, *, megabytes: int = 500) -> None:
    """Peak memory of the process that reads a very large report, over the same process when idle."""
    for kind in ("sarif", "trivy"):
        bytes_each = reports.of(kind, 10_000).stat().st_size / 10_000
        report = reports.of(kind, int(megabytes * 1_000_000 / bytes_each))
        size = report.stat().st_size / 1e6
        asset = fresh_asset()
        done = subprocess.run(
            [sys.executable, "-m", "bench.peak", str(report), asset], capture_output=True, text=True, check=False
        )
        report.unlink()
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        idle, peak, seconds = map(float, done.stdout.split())
        note = f"report of {size:,.0f} MB in {seconds:.0f} s, idle {idle:.0f} MB"
        book.add(SECTION, f"{kind}: peak memory over idle", [peak - idle], 350, unit="MB", note=note)


def at_once(book: Book, reports: Reports, *, server: str, token: str, clients: int = 8) -> None:
    """Uploads by several clients at once over HTTP, against the same one after another; until the last is imported."""
    report = reports.of("sarif", 10_000)
    one_by_one = timed(lambda: [_upload(report, server, token, fresh_asset()) for _ in range(clients)])
    failures: list[int] = []

    def together() -> None:
        threads = [
            threading.Thread(target=lambda: failures.append(_upload(report, server, token, fresh_asset())))
            for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    seconds = timed(together)
    failed = sum(1 for code in failures if code)
    note = f"{seconds:.1f} s together, {one_by_one:.1f} s one after another, {failed} failed"
    book.add(SECTION, f"{clients} uploads at once, 10,000 each", [seconds / one_by_one], 1.2, unit="×", note=note)


def _upload(report: Path, server: str, token: str, asset: str) -> int:
    command = [sys.executable, "-m", "prodsec_cli.main", "upload", str(report), "--asset", asset, "--wait", "--json"]
    done = subprocess.run([*command, "--server", server, "--token", token], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip()[-300:], file=sys.stderr)
    return done.returncode
