"""Formats that people describe: saved as versions, put to use for the whole installation, changed, switched off."""

from dataclasses import dataclass

import structlog
from django.db import connection

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.kit import clock
from prodsec.kit.errors import ConflictError, InvalidError, NotFoundError
from prodsec.scans.formats import registry
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.models import Format, FormatVersion
from prodsec.scans.types import BadSpecError, FormatState

log = structlog.get_logger()

_LONGEST_NOTE = 500


@dataclass(frozen=True)
class Sample:
    """The sample a format was made with: the sum of a kept raw report, and what it was called."""

    sha256: bytes
    name: str


@dataclass(frozen=True)
class Saved:
    """What was saved: the format's id, the version, and whether it reads reports now."""

    id: str
    version: int
    is_active: bool


def save_format(
    viewer: Viewer,
    *,
    text: str,
    based_on: int | None = None,
    share: bool = False,
    note: str = "",
    sample: Sample | None = None,
) -> Saved:
    """Check a spec and save it as the next version of its format; `share` puts it to use at once.

    The text of the newest version again makes no new one. `based_on` is the newest version that the writer saw, 0 for
    none; without it the text goes on top of whatever there is.
    Raises: NotPermittedError; BadSpecError with the line; ConflictError when somebody saved another version meanwhile.
    """
    accounts.require(viewer, Permission.FORMAT_MANAGE)
    slug = checked(text)
    if "\x00" in note or len(note) > _LONGEST_NOTE:
        raise InvalidError(f"give at most {_LONGEST_NOTE} characters", place="note")
    _one_at_a_time(slug)
    row, _ = Format.objects.get_or_create(slug=slug)
    newest = FormatVersion.objects.filter(format=row).order_by("-version").first()
    last = newest.version if newest else 0
    if based_on is not None and based_on != last:
        who = f"{newest.created_by_name} saved version {last}" if newest else "it was removed"
        raise ConflictError(
            f"Somebody was faster: {who} of the format {slug}. Look at it, then save yours on top of it."
        )
    if newest is None or newest.text != text:
        last += 1
        _keep(viewer, row, version=last, text=text, note=note, sample=sample)
    if share:
        _put_to_use(row, last)
    action = "format.shared" if share else "format.saved"
    activity.record(viewer, action, object_type="format", object_id=slug, reason=note, details={"version": last})
    log.info("format_saved", format=slug, version=last, shared=share)
    return Saved(slug, last, row.active_version == last)


def _keep(viewer: Viewer, row: Format, *, version: int, text: str, note: str, sample: Sample | None) -> None:
    FormatVersion.objects.create(
        format=row,
        version=version,
        text=text,
        note=note,
        sample_sha256=sample.sha256 if sample else None,
        sample_name=sample.name if sample else "",
        created_at=clock.now(),
        created_by_id=viewer.person_id,
        created_by_name=viewer.name,
    )


def use_version(viewer: Viewer, slug: str, *, version: int) -> Saved:
    """Put a version to use, be it an older one. Raises: NotPermittedError, NotFoundError, BadSpecError."""
    row = _to_change(viewer, slug)
    found = FormatVersion.objects.filter(format=row, version=version).first()
    if found is None:
        raise NotFoundError(f"The format {slug} has no version {version}.")
    checked(found.text)
    _put_to_use(row, version)
    activity.record(viewer, "format.shared", object_type="format", object_id=slug, details={"version": version})
    return Saved(slug, version, True)


def switch_off(viewer: Viewer, slug: str) -> None:
    """Let a format read no reports any more; its versions stay. What it replaced is used again.

    Raises: NotPermittedError, NotFoundError.
    """
    row = _to_change(viewer, slug)
    before = row.active_version
    row.state, row.active_version, row.changed_at = FormatState.OFF.value, None, clock.now()
    row.save(update_fields=["state", "active_version", "changed_at"])
    activity.record(viewer, "format.switched_off", object_type="format", object_id=slug, details={"version": before})


def checked(text: str) -> str:
    """The id of a spec that can be used. Raises: BadSpecError with the line, the place and the reason."""
    try:
        spec = registry.spec_of(text, "spec")
        _ = spec.spec
        registry.refuse_shadow(spec, registry.here().entries.get(spec.id), "spec")
    except SpecError as error:
        raise bad_spec(error) from None
    return spec.id


def bad_spec(error: SpecError) -> BadSpecError:
    """The error of the spec language as one that every door tells."""
    inner = error.place.partition(": ")[2]
    place = f"line {error.line}{': ' if inner else ''}{inner}" if error.line else inner
    return BadSpecError(error.reason, place=place, line=error.line)


def _to_change(viewer: Viewer, slug: str) -> Format:
    accounts.require(viewer, Permission.FORMAT_MANAGE)
    row = Format.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if row is None:
        raise NotFoundError(f"There is no format {slug[:60]} of this installation.")
    return row


def _put_to_use(row: Format, version: int) -> None:
    if (row.state, row.active_version) == (FormatState.ACTIVE, version):
        return
    row.state, row.active_version, row.changed_at = FormatState.ACTIVE.value, version, clock.now()
    row.save(update_fields=["state", "active_version", "changed_at"])


def _one_at_a_time(slug: str) -> None:
    """Two people who save at the same moment: the second sees the first one's version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"scans.format/{slug}"])
