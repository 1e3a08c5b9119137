"""`make bench`: the sections of the budgets, as a table here and as JSON in bench-results/.

    python -m bench.run                         everything (about half an hour on two cores)
    python -m bench.run --section ingestion     one section; may be given several times
    python -m bench.run --runs 5 --write-docs   more runs; write docs/reference/benchmarks.md

Everything happens in a PRODSEC_HOME of its own in a temporary folder, with the embedded PostgreSQL as users get it.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import costs, ingestion, inspecting, interaction, starting
from bench.measure import Book, machine
from bench.reports import FORMATS, GENERATOR, ROOT, Reports

SECTIONS = (
    "starting",
    "inspect",
    "formats",
    "ingestion",
    "large",
    "growth",
    "memory",
    "together",
    "reading",
    "beside",
    "interaction",
)
DOCUMENT = ROOT / "docs" / "reference" / "benchmarks.md"


def main() -> None:
    """Run the sections that were asked for."""
    args = _arguments()
    chosen = args.section or list(SECTIONS)
    folder = Path(tempfile.mkdtemp(prefix="prodsec-bench-"))
    os.environ["PRODSEC_HOME"] = str(folder / "home")
    os.environ.pop("DATABASE_URL", None)
    book, reports = Book(), Reports(folder / "reports")
    for name, value in machine().items():
        print(f"{name}: {value}")
    try:
        if not GENERATOR.exists():
            raise SystemExit(
                f"{GENERATOR} is not there; set PRODSEC_SHARED to the folder that holds bench/generate_reports.py."
            )
        _outside(book, folder, reports, chosen, args.runs)
        _inside(book, reports, chosen, args)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{book.save(ROOT / 'bench-results')}")
    if args.write_docs:
        DOCUMENT.write_text(_document(book))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Speed and size against budgets.")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="only this one")
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default 3)")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument(
        "--findings", type=int, default=1_000_000, help="stored findings for reading (default 1,000,000)"
    )
    parser.add_argument("--write-docs", action="store_true", help="write docs/reference/benchmarks.md")
    return parser.parse_args()


def _outside(book: Book, folder: Path, reports: Reports, chosen: list[str], runs: int) -> None:
    """What runs as processes of its own."""
    if "starting" in chosen:
        starting.run(book, folder, runs=runs)
    if "inspect" in chosen:
        inspecting.run(book, folder, reports, runs=runs)
    if "formats" in chosen:
        costs.run(book, runs=runs)
    if "together" in chosen:
        _together(book, folder / "together", reports)
    if "interaction" in chosen:
        interaction.run(book, folder / "interaction")


def _together(book: Book, home: Path, reports: Reports) -> None:
    import subprocess
    import sys

    with starting.serving(home) as (address, _):
        environment = {**os.environ, "PRODSEC_HOME": str(home)}

        def prodsec(*words: str) -> str:
            command = [sys.executable, "-m", "prodsec_cli.main", *words]
            return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

        prodsec("user", "create", "bench@example.org", "--admin", "--no-password")
        scopes = ("--scope", "import", "--scope", "read")
        said = prodsec("token", "create", "bench", "--for", "bench@example.org", *scopes)
        token = next(word for word in said.split() if word.startswith("pst_"))
        ingestion.at_once(book, reports, server=address, token=token)


def _inside(book: Book, reports: Reports, chosen: list[str], args: argparse.Namespace) -> None:
    """What runs in this process, on a database of its own."""
    from prodsec.site import django_ready

    steps: dict[str, Callable[[], None]] = {
        "ingestion": lambda: ingestion.run(book, reports, runs=args.runs, sizes=(1_000, 10_000), formats=args.formats),
        "large": lambda: ingestion.run(book, reports, runs=args.runs, sizes=(50_000, 100_000), formats=args.formats),
        "growth": lambda: ingestion.growth(book, reports),
        "memory": lambda: ingestion.memory(book, reports),
        "reading": lambda: _reading(book, args.findings),
        "beside": lambda: _beside(book, reports, args),
    }
    if not set(chosen) & set(steps):
        return
    with django_ready.database():
        from prodsec.site.migrate_command import migrate

        migrate()
        for name, step in steps.items():
            if name in chosen:
                step()


def _reading(book: Book, findings: int) -> None:
    from bench import reading, seed

    seed.fill(findings=findings)
    reading.run(book)


def _beside(book: Book, reports: Reports, args: argparse.Namespace) -> None:
    """The 10,000 case before and after a million findings are stored, in the same database and run."""
    from bench import seed

    seed.clear()
    empty = {}
    for kind in args.formats:
        values = sorted(
            ingestion.import_file(reports.of(kind, 10_000), ingestion.fresh_asset()).cpu for _ in range(args.runs)
        )
        empty[kind] = values[len(values) // 2]
    seed.fill(findings=args.findings)
    ingestion.beside_a_million(book, reports, runs=args.runs, empty=empty)


def _document(book: Book) -> str:
    about = "\n".join(f"* {name}: {value}" for name, value in machine().items())
    return (
        "# Benchmarks\n\nWritten by `make bench` with `--write-docs`. Medians; the budget is what we hold ourselves to. "
        f"PostgreSQL is the embedded one as users get it.\n\n{about}\n\n{book.table()}\n"
    )


if __name__ == "__main__":
    main()
