"""`prodsec export`: what is recorded, as files for others."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    kinds = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    findings = kinds.add_parser("findings", help="findings as CSV or XLSX")
    findings.add_argument(
        "--filter",
        default="",
        metavar="QUERY",
        help="what stands behind the ? in the list's address, or what is typed into its filter bar",
    )
    findings.add_argument("--form", choices=("csv", "xlsx"), help="csv, unless the file's name ends with .xlsx")
    findings.add_argument("--output", metavar="FILE", help="where to write it; standard output when not given")


def run(args: argparse.Namespace) -> int:
    """Write the file. Exit 3 when the filter is refused, 4 when there is no database."""
    from prodsec.site import django_ready, migrate_command

    with django_ready.database():
        from django.db import transaction

        migrate_command.ensure_tables()
        form = args.form or ("xlsx" if (args.output or "").endswith(".xlsx") else "csv")
        with transaction.atomic():
            _write(_content(args.filter, form), args.output)
    return 0


def _content(asked: str, form: str) -> Iterator[bytes]:
    from prodsec.accounts.types import SYSTEM
    from prodsec.findings import queries, services
    from prodsec.kit import sheets

    # An address has = behind its first name; what people type has a colon there, or is words.
    is_address = re.match(r"\??[a-z_]+=", asked) is not None
    filters = queries.filters_in(asked) if is_address else queries.filters_from({"q": [asked]})
    services.note_export(SYSTEM, filters, form=form)
    head = [column.name for column in queries.EXPORT_COLUMNS]
    rows = queries.export_rows(SYSTEM, filters)
    return sheets.csv_file(head, rows) if form == "csv" else sheets.xlsx_file(head, rows, title="Findings")


def _write(content: Iterator[bytes], output: str | None) -> None:
    if output is None:
        for piece in content:
            sys.stdout.buffer.write(piece)
        return
    with Path(output).open("wb") as file:
        for piece in content:
            file.write(piece)
