"""`prodsec inspect`: what is in a report, without any database and without Django."""

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the report; may be packed with gzip or zip")
    parser.add_argument("--format", default="", help="format of the report (default: told from its content)")
    parser.add_argument("--jsonl", action="store_true", help="print the observations, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Print a summary as JSON, or the observations. Raises: ReportError (exit 3) for what is no report."""
    import msgspec

    from prodsec.kit.errors import InvalidError
    from prodsec.scans.formats.inspecting import inspect, observations

    if not args.file.is_file():
        raise InvalidError(f"There is no file {args.file}.")
    out = sys.stdout.buffer
    if args.jsonl:
        for observation in observations(args.file, format=args.format or None):
            out.write(msgspec.json.encode(observation) + b"\n")
        return 0
    summary = inspect(args.file, format=args.format or None)
    out.write(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")
    return 0
