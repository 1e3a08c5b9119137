"""`prodsec import`: reads a report and merges it here and now, without the queue."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from prodsec.kit.errors import InvalidError

if TYPE_CHECKING:
    from prodsec.scans.types import ScanSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the report")
    parser.add_argument(
        "--asset", required=True, metavar="PATH", help="what was scanned, as gitlab.com/acme/payments/api"
    )
    parser.add_argument("--target", default="", help="branch, tag or ref that was scanned (default: the asset's own)")
    parser.add_argument("--format", default="", help="format of the report (default: told from its content)")
    parser.add_argument("--partial", action="store_true", help="the report does not show everything: close nothing")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, change nothing")
    parser.add_argument("--json", action="store_true", help="print what changed as JSON")


def run(args: argparse.Namespace) -> int:
    """Import the file. Exit 3 when it is refused, 4 when there is no database."""
    from prodsec.site import django_ready, migrate_command

    if not args.file.is_file():
        raise InvalidError(f"There is no file {args.file}.")
    with django_ready.database():
        migrate_command.ensure_tables()
        scan = _import(args)
    counts = _counts(scan)
    seconds = scan.seconds or 0.0
    if args.json:
        answer = {
            "scan": scan.id,
            "asset": scan.asset_path,
            "format": scan.format,
            **counts,
            "seconds": round(seconds, 4),
        }
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        told = ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing in it"
        sys.stdout.write(f"Import {scan.id} of {scan.format} into {scan.asset_path}: {told} ({seconds:.2f} s).\n")
    if scan.incomplete_reason:
        sys.stderr.write(f"prodsec: nothing was closed by this report: {scan.incomplete_reason}.\n")
    for warning in scan.warnings:
        sys.stderr.write(f"prodsec: {warning}.\n")
    return 0


def _import(args: argparse.Namespace) -> "ScanSummary":
    """Store, read, merge, commit.

    Raises: InvalidError with the reason when the report could not be imported.
    """
    from prodsec.accounts.types import SYSTEM
    from prodsec.scans import queries, tasks
    from prodsec.scans import services as scans
    from prodsec.scans.types import ScanState

    with args.file.open("rb") as stream:
        scan_id = scans.receive_report(
            SYSTEM,
            stream=stream,
            file_name=args.file.name,
            asset_path=args.asset,
            target=args.target,
            format=args.format or None,
            partial=args.partial,
            dry_run=args.dry_run,
            queued=False,
        )
    tasks.import_now(scan_id)
    scan = queries.scan(SYSTEM, scan_id)
    if scan.state is not ScanState.DONE:
        raise InvalidError(f"{args.file.name}: {scan.error or scan.state.word}")
    return scan


def _counts(scan: "ScanSummary") -> dict[str, int]:
    """What changed, in the words that the command promises."""
    return {
        "new": scan.counts.new,
        "reopened": scan.counts.reopened,
        "fixed": scan.counts.fixed,
        "moved": scan.counts.moved,
        "changed": scan.counts.changed,
        "unchanged": scan.counts.unchanged,
        "suppressed": scan.counts.suppressed,
        "rejected": scan.counts.rejected,
    }
