"""`prodsec restore FILE`: bring back an installation from a backup, all of it or nothing."""

import argparse
import base64
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prodsec.kit.errors import ConflictError, InvalidError

if TYPE_CHECKING:
    from prodsec.site.backups import Manifest

_FRESH_SCHEMA = "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="an archive made by `prodsec backup`")
    parser.add_argument("--replace", action="store_true", help="throw away what is in this installation now")


def run(args: argparse.Namespace) -> int:
    """Check the archive, bring the database and the reports back, migrate, then let `doctor` look at it."""
    from prodsec.site import django_ready
    from prodsec.site.backups import unpack

    if not args.file.is_file():
        raise InvalidError("there is no such file", place=str(args.file))
    with django_ready.database(), _staging() as staged:
        _say("Checking the archive …")
        manifest = unpack(args.file, staged)
        _refuse(manifest, staged, replace=args.replace)
        _say(f"Restoring {sum(manifest.rows.values()):,} rows of a backup made at {manifest.created_at} …")
        _bring_back_database(staged, manifest)
        _bring_back_files(staged, manifest)
        _migrate()
        return _doctor()


@contextlib.contextmanager
def _staging() -> Iterator[Path]:
    """A folder inside the home, so that files move into place by a rename."""
    from django.conf import settings

    with tempfile.TemporaryDirectory(dir=settings.PRODSEC_HOME, prefix=".restore-") as name:
        yield Path(name)


def _refuse(manifest: "Manifest", staged: Path, *, replace: bool) -> None:
    """Say no before anything is changed.

    Raises: ConflictError naming what is in the way.
    """
    from prodsec.site import soundness

    if unknown := soundness.unknown_migrations(manifest.migrations):
        raise ConflictError(
            f"This backup was made by Prodsec {manifest.version}, which is newer ({unknown[0]} is not known here); "
            "install that version first."
        )
    if others := soundness.other_sessions():
        raise ConflictError(f"{others} other sessions use this database; stop `prodsec up`, web and workers first.")
    if not replace and soundness.holds_anything():
        raise ConflictError(
            "This installation is not empty. Restore into an empty PRODSEC_HOME, or throw away what is here with --replace."
        )
    _refuse_other_key(manifest, staged)


def _refuse_other_key(manifest: "Manifest", staged: Path) -> None:
    from django.conf import settings

    from prodsec.site import soundness
    from prodsec.site.backups import KEY

    if soundness.key_check() == manifest.key_check:
        return
    if not manifest.has_key:
        raise ConflictError(
            "The raw reports in this backup were written with another installation key, and the key is not in it. "
            f"Put that key into {settings.PRODSEC_HOME / KEY} or PRODSEC_SECRET_KEY, then restore again."
        )
    if soundness.key_is_from_environment():
        raise ConflictError("This backup holds another key than PRODSEC_SECRET_KEY; unset it, or set it to that key.")
    if soundness.key_check(base64.urlsafe_b64decode((staged / KEY).read_bytes())) != manifest.key_check:
        raise InvalidError("the key in this backup is not the one its reports were written with")


def _bring_back_database(staged: Path, manifest: "Manifest") -> None:
    """Replace the whole schema in one transaction; a failure leaves what was there."""
    from django.db import connections

    from prodsec.site import database_programs, soundness
    from prodsec.site.backups import DATABASE

    connections.close_all()
    reader = ["pg_restore", "--no-owner", "--no-acl", "--file=-", str(staged / DATABASE)]
    writer = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
    database_programs.pipe(reader, [*writer, f"--command={_FRESH_SCHEMA}", "--file=-"])
    if (now := soundness.rows_of_tables()) != manifest.rows:
        differing = sorted(name for name in manifest.rows if now.get(name) != manifest.rows[name])
        raise InvalidError(f"the restored tables {differing[:5]} have other numbers of rows than the backup says")


def _bring_back_files(staged: Path, manifest: "Manifest") -> None:
    """Swap the reports and the formats in, and the key when the backup brought one."""
    from django.conf import settings

    from prodsec.site import soundness
    from prodsec.site.backups import KEY

    home = settings.PRODSEC_HOME
    (staged / "reports").mkdir(exist_ok=True, mode=0o700)
    # Specs that somebody put into the home stay where the backup brings none, as one made before they were in it.
    for folder in [name for name in ("reports", "formats") if (staged / name).exists()]:
        if (home / folder).exists():
            (home / folder).rename(staged / f"{folder}.before")
        (staged / folder).rename(home / folder)
    if manifest.has_key and not soundness.key_is_from_environment():
        shutil.copyfile(staged / KEY, staged / "key")
        (staged / "key").chmod(0o600)
        (staged / "key").rename(home / KEY)


def _migrate() -> None:
    from django.db import connections

    from prodsec.site.migrate_command import migrate

    migrate()
    connections.close_all()


def _doctor() -> int:
    """Look at the result with fresh eyes: a process of its own, which reads the key that now lies in the home."""
    _say("Restored. Looking it over …")
    return subprocess.run([sys.executable, "-m", "prodsec_cli.main", "doctor"], check=False).returncode


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
