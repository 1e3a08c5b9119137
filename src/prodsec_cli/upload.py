"""`prodsec upload`: sends a report to a server and, if asked, waits for what it changed."""

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from prodsec_cli.client import Answer, Client, Json, ProdsecError

if TYPE_CHECKING:
    from _typeshed import SupportsRead

_DONE, _REFUSED, _WRONG_USE = 0, 3, 2
_ENDED = frozenset({"done", "failed", "cancelled", "undone"})
_COUNTS = ("new", "reopened", "fixed", "moved", "changed", "unchanged", "suppressed", "rejected")
_LONGEST_POLL_SECONDS = 3.0


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
    parser.add_argument("--wait", action="store_true", help="wait until it is imported")
    parser.add_argument("--json", action="store_true", help="print the server's answer as JSON")
    parser.add_argument("--server", default=os.environ.get("PRODSEC_URL", ""), help="default: $PRODSEC_URL")
    parser.add_argument("--token", default=os.environ.get("PRODSEC_TOKEN", ""), help="default: $PRODSEC_TOKEN")


def run(args: argparse.Namespace) -> int:
    """Send the file. Exit 3 when it is refused or its import fails."""
    if not args.server or not args.token:
        missing = "PRODSEC_URL (or --server)" if not args.server else "PRODSEC_TOKEN (or --token)"
        sys.stderr.write(f"prodsec upload: set {missing}.\n")
        return _WRONG_USE
    client = Client(args.server, args.token)
    answer = _send(client, args)
    if args.wait:
        answer = _wait(client, answer)
    return _tell(answer.body, as_json=args.json)


def _send(client: Client, args: argparse.Namespace) -> Answer:
    query = {"asset": args.asset, "file_name": args.file.name, "target": args.target, "format": args.format}
    query |= {name: "true" for name in ("partial", "dry_run") if getattr(args, name)}
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": secrets.token_hex(16)}
    try:
        body = _ReportFile(args.file)
    except OSError as error:
        raise ProdsecError(f"{args.file} cannot be read: {error.strerror}.") from None
    with body:
        answer = client.post("/api/v1/imports", {key: value for key, value in query.items() if value}, body, headers)
    if answer.status not in (200, 202):
        raise ProdsecError(f"{args.file.name} was refused: {answer.body.get('detail', answer.status)}")
    return answer


def _wait(client: Client, answer: Answer) -> Answer:
    pause, location = 0.1, answer.location
    while answer.body.get("state") not in _ENDED:
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_POLL_SECONDS)
        answer = client.get(location)
        if answer.status != 200:
            raise ProdsecError(f"the import cannot be followed: {answer.body.get('detail', answer.status)}")
    return answer


def _tell(body: Mapping[str, Json], *, as_json: bool) -> int:
    state = body.get("state")
    if as_json:
        sys.stdout.write(json.dumps(body) + "\n")
    elif state == "done":
        counts = ", ".join(f"{body[name]} {name}" for name in _COUNTS if body.get(name)) or "nothing changed"
        sys.stdout.write(f"Import {body.get('scan')} is done: {counts}.\n")
    elif state not in ("failed", "cancelled"):
        sys.stdout.write(f"Import {body.get('scan')} was received.\n")
    if reason := body.get("incomplete_reason"):
        sys.stderr.write(f"prodsec: nothing was closed by this report: {reason}.\n")
    if state in ("failed", "cancelled"):
        sys.stderr.write(
            f"prodsec: import {body.get('scan')} {state}: {body.get('error') or 'somebody cancelled it'}\n"
        )
        return _REFUSED
    return _DONE


class _ReportFile:
    """The report as bytes to send, with a bar on a terminal."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size = os.fstat(self._file.fileno()).st_size
        self._bar = sys.stderr if sys.stderr.isatty() else None

    def __enter__(self) -> "_ReportFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self._bar:
            self._bar.write("\n")

    def rewind(self) -> "SupportsRead[bytes]":
        """The file, from its first byte."""
        self._file.seek(0)
        return self

    def read(self, size: int = -1) -> bytes:
        """The next bytes, drawn on the bar."""
        data = self._file.read(size)
        if self._bar and self.size:
            percent = 100 * self._file.tell() // self.size
            self._bar.write(f"\r{'█' * (percent // 4):<25} {percent:3d} %")
            self._bar.flush()
        return data
