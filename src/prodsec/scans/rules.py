"""Pure decisions of `scans`: what a scope's target is, and what may still be undone."""

import datetime
import re
from urllib.parse import urlsplit

from prodsec.vocabulary.kinds import Kind

UNDO_DAYS = 10
# What is longer names nothing that a person gave a name to, and would not fit into an index.
LONGEST_TARGET = 500
LONGEST_TOOL = 200

_ON_ONE_MACHINE = re.compile(r"$|[/.~]|[A-Za-z]:[\\/]|.*\.(tar|zip|tgz|gz)$")
_DIGEST, _TAG = re.compile(r"@sha\d+:[0-9a-f]+$"), re.compile(r":[\w][\w.-]{0,127}$")


def scope_target(told: str, analysis: Kind) -> str:
    """What of a report's own target names the thing scanned again and again, without what changes from run to run.

    An image loses its tag and digest, an address keeps its origin, a folder or file of one machine (`/tmp/build/7`, `.`)
    says nothing. Anything else, as a host or a folder inside the repository, is kept.
    """
    told = told.strip()[:LONGEST_TARGET]
    if "://" in told:
        parts = urlsplit(told)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
    if _ON_ONE_MACHINE.match(told):
        return ""
    if analysis in (Kind.CONTAINER, Kind.DEPENDENCY):
        return _TAG.sub("", _DIGEST.sub("", told))
    return told


def writes_record(*, target: str, default_ref: str, dry_run: bool) -> bool:
    """Whether a scan writes the lasting record: it is of the asset's default ref, and it is no rehearsal."""
    return not dry_run and target in ("", default_ref)


def undo_until(finished_at: datetime.datetime) -> datetime.datetime:
    """Until when an import may be undone."""
    return finished_at + datetime.timedelta(days=UNDO_DAYS)
