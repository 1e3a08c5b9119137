"""`prodsec backup FILE`: everything in one file, consistent, while Prodsec runs."""

import argparse
import base64
import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from prodsec.kit.errors import InvalidError

if TYPE_CHECKING:
    from prodsec.site.backups import Manifest, Writer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="where to write it; an existing file is replaced at the end"
    )
    parser.add_argument(
        "--with-key", action="store_true", help="put the installation key in as well; keep such a file safe"
    )
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")


def run(args: argparse.Namespace) -> int:
    """Write the archive beside its place, make sure it is on disk, then give it its name."""
    from prodsec.site import django_ready

    target = args.file.absolute()
    if not target.parent.is_dir():
        raise InvalidError(f"the folder {target.parent} does not exist", place=str(args.file))
    with django_ready.database(), tempfile.TemporaryDirectory(dir=target.parent, prefix=".prodsec-backup-") as scratch:
        archive = Path(scratch) / target.name
        manifest = _write(archive, Path(scratch), with_key=args.with_key)
        archive.replace(target)
        _sync_folder(target.parent)
    _tell(target, manifest, as_json=args.json)
    return 0


def _write(archive: Path, scratch: Path, *, with_key: bool) -> "Manifest":
    from django.conf import settings

    from prodsec.scans import storage
    from prodsec.site.backups import DATABASE, KEY, Writer

    with os.fdopen(os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        writer = Writer(out)
        dump = scratch / DATABASE
        rows, migrations = _dump(dump)
        writer.add(DATABASE, dump)
        dump.unlink()
        # A report is on disk before its scan commits, so what is here now covers all that the dump speaks of.
        for sha256 in storage.kept_reports():
            _add_report(writer, settings.PRODSEC_HOME / "reports", sha256.hex())
        for spec in sorted((settings.PRODSEC_HOME / "formats").glob("*.yaml")):
            writer.add(f"formats/{spec.name}", spec)
        if with_key:
            writer.add_bytes(KEY, base64.urlsafe_b64encode(settings.PRODSEC_KEY) + b"\n")
        manifest = _manifest(writer, rows, migrations, has_key=with_key)
        writer.finish(manifest)
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _dump(target: Path) -> tuple[dict[str, int], list[str]]:
    """Dump the database and count its rows, both as of the same moment."""
    from django.db import connection, transaction

    from prodsec.site import database_programs, soundness

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        rows, migrations = soundness.rows_of_tables(), soundness.applied_migrations()
        options = ("--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={target}")
        database_programs.run("pg_dump", *options)
    return rows, migrations


def _add_report(writer: "Writer", root: Path, name: str) -> None:
    """Add one stored report as it lies on disk, encrypted."""
    # One that was deleted since the folder was listed was needed by nobody.
    with contextlib.suppress(FileNotFoundError):
        writer.add(f"reports/{name[:2]}/{name}", root / name[:2] / name)


def _manifest(writer: "Writer", rows: dict[str, int], migrations: list[str], *, has_key: bool) -> "Manifest":
    from importlib.metadata import version

    from prodsec.kit import clock
    from prodsec.site import soundness
    from prodsec.site.backups import LAYOUT, Manifest

    return Manifest(
        layout=LAYOUT,
        version=version("prodsec"),
        created_at=clock.now().isoformat(timespec="seconds"),
        migrations=migrations,
        rows=rows,
        key_check=soundness.key_check(),
        has_key=has_key,
        members=writer.members,
    )


def _tell(target: Path, manifest: "Manifest", *, as_json: bool) -> None:
    import msgspec

    reports = sum(member.name.startswith("reports/") for member in manifest.members)
    size = target.stat().st_size
    if as_json:
        answer = {"file": str(target), "bytes": size, "reports": reports, "rows": sum(manifest.rows.values())}
        print(msgspec.json.encode({**answer, "has_key": manifest.has_key}).decode())
    else:
        print(f"{target}: {size:,} bytes, {sum(manifest.rows.values()):,} rows, {reports:,} raw reports.")
    if manifest.has_key:
        print("It holds the installation key: whoever has this file can read every report in it.", file=sys.stderr)
    else:
        print(
            "The installation key is NOT in it. Keep PRODSEC_HOME/secret.key (or PRODSEC_SECRET_KEY) somewhere else: "
            "without it the raw reports cannot be read again. --with-key puts it in.",
            file=sys.stderr,
        )


def _sync_folder(folder: Path) -> None:
    """Make the rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
