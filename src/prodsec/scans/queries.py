"""Reads of `scans`. Every one that a person can reach starts at the assets the viewer sees."""

import contextlib
import datetime
import functools
import operator

from django.db.models import Max, OuterRef, Q, QuerySet

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.inventory import queries as inventory
from prodsec.kit import clock, paging
from prodsec.kit.errors import ForbiddenError, NotFoundError
from prodsec.scans import rules
from prodsec.scans.formats import listing, registry
from prodsec.scans.formats.mapping import LazySpec
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.models import Format, FormatVersion, RejectedRow, Scan, Scope
from prodsec.scans.types import (
    Counts,
    FormatState,
    FormatSummary,
    FormatVersionSummary,
    Rejected,
    ScanState,
    ScanSummary,
    ScopeSummary,
)
from prodsec.vocabulary.kinds import Kind

PENDING = (ScanState.RECEIVED.value, ScanState.READING.value)
# A scan whose job was lost is looked for only after this long, so that one just received is left alone.
FORGOTTEN_AFTER = datetime.timedelta(seconds=20)


def visible_scans(viewer: Viewer) -> QuerySet[Scan]:
    """The scans of the assets the viewer sees; for a token that may only import, those its person sent."""
    all_scans = Scan.objects.select_related("asset")
    if accounts.scope_allows(viewer, Permission.SCAN_READ):
        return all_scans.filter(asset__in=inventory.visible_to(viewer, Permission.SCAN_READ))
    own = all_scans.filter(actor_id=viewer.person_id)
    return own.filter(asset__in=inventory.visible_to(viewer, Permission.SCAN_IMPORT))


def scan(viewer: Viewer, scan_id: int) -> ScanSummary:
    """One scan.

    Cost: 1 query.
    Raises: NotFoundError when it does not exist or is of an asset the viewer does not see.
    """
    found = visible_scans(viewer).filter(id=scan_id).first()
    if found is None:
        raise NotFoundError(f"There is no import {scan_id}.")
    return _summary(found)


def scans(
    viewer: Viewer,
    *,
    asset_path: str = "",
    states: frozenset[ScanState] = frozenset(),
    tool: str = "",
    mine: bool = False,
    cursor: str = "",
    size: int | None = None,
) -> paging.Page[ScanSummary]:
    """Scans, newest first, a page at a time.

    Cost: 1 query, by index, whatever the number of scans.
    """
    if "\x00" in asset_path + tool:
        return paging.Page([], None)  # PostgreSQL knows no NUL; a word with one matches nothing
    rows = visible_scans(viewer)
    if asset_path:
        rows = rows.filter(asset__path=asset_path)
    if states:
        rows = rows.filter(state__in=states)
    if tool:
        rows = rows.filter(tool=tool)
    if mine:
        rows = rows.filter(actor_id=viewer.person_id or 0)
    if cursor:
        rows = rows.filter(id__lt=paging.decode_cursor(cursor, length=1)[0])
    size = paging.page_size(size)
    found = list(rows.order_by("-id")[: size + 1])
    following = paging.encode_cursor([found[size - 1].id]) if len(found) > size else None
    return paging.Page([_summary(row) for row in found[:size]], following)


def count_scans(viewer: Viewer, *, states: frozenset[ScanState], mine: bool = False) -> int:
    """How many scans `scans` would show. Cost: 1 query."""
    rows = visible_scans(viewer).filter(state__in=states)
    return (rows.filter(actor_id=viewer.person_id or 0) if mine else rows).count()


def rejected_rows(viewer: Viewer, scan_id: int, *, cursor: str = "", size: int | None = None) -> paging.Page[Rejected]:
    """The rows of a report that could not be read, in its order; at most `Limits.rejected` are kept.

    Cost: 2 queries.
    Raises: NotFoundError as `scan`.
    """
    scan(viewer, scan_id)
    after = paging.decode_cursor(cursor, length=1)[0] if cursor else -1
    size = paging.page_size(size)
    found = list(RejectedRow.objects.filter(scan_id=scan_id, ordinal__gt=after).order_by("ordinal")[: size + 1])
    following = paging.encode_cursor([found[size - 1].ordinal]) if len(found) > size else None
    return paging.Page([Rejected(place=row.place, reason=row.reason) for row in found[:size]], following)


def scan_to_change(viewer: Viewer, scan_id: int, permission: Permission) -> Scan:
    """The scan's row, locked until the caller's transaction ends, after the viewer was found to be allowed to change it.

    Raises: NotFoundError, ForbiddenError.
    """
    scan(viewer, scan_id)
    found = Scan.objects.select_for_update(no_key=True).get(id=scan_id)
    if not inventory.may(viewer, permission, found.asset):
        raise ForbiddenError(f"You may not change imports of {found.asset.path}; ask its owner or an admin.")
    return found


def pending_twin(*, asset_id: int, sha256: bytes, target: str, told: str, partial: bool, dry_run: bool) -> int | None:
    """The scan that waits or is read for the very same wish; `told` is the format the caller told, if any."""
    same = Scan.objects.filter(asset_id=asset_id, report_sha256=sha256, target=target, format=told, partial=partial)
    return same.filter(dry_run=dry_run, state__in=PENDING, cancel_requested=False).values_list("id", flat=True).first()


def repeated_by(wanted: Scan) -> int | None:
    """The scan that this one repeats: the same bytes, and still the last word on every scope it touched.

    A scan of another ref and a rehearsal are always read: they are compared with a record that moves on.
    Cost: 4 queries by index.
    """
    if not wanted.is_record:
        return None
    done = Scan.objects.filter(asset_id=wanted.asset_id, is_record=True, id__lt=wanted.id)
    done = done.exclude(state__in=(*PENDING, ScanState.FAILED.value, ScanState.CANCELLED.value))
    same = done.filter(report_sha256=wanted.report_sha256, partial=wanted.partial, same_as=None)
    # A name may decide what a report with nothing in it is of; `[]` is written by many tools.
    same = same.filter(format=wanted.format) if wanted.format else same.filter(file_name=wanted.file_name)
    last = same.order_by("-finished_at").first()
    if last is None or last.state != ScanState.DONE:
        return None
    if last.finished_at is None or _reads_otherwise_now(last.format, last.format_version, last.finished_at):
        return None
    later = done.filter(finished_at__gt=last.finished_at, same_as=None, scope_ids__overlap=last.scope_ids)
    return None if later.exists() else last.id


def _reads_otherwise_now(name: str, version: str, since: datetime.datetime) -> bool:
    """Whether the report of then would be read by another version now, or perhaps by a format that came since."""
    known = known_formats()
    return version not in ("", known.version_of(name)) or Format.objects.filter(changed_at__gt=since).exists()


def attempts(scan_id: int) -> int:
    """How often a worker began to read a scan."""
    return Scan.objects.filter(id=scan_id).values_list("attempts", flat=True).first() or 0


def forgotten() -> QuerySet[Scan]:
    """Scans that wait or are read and showed no sign of life for a while; their job may be lost."""
    oldest = clock.now() - FORGOTTEN_AFTER
    silent = Q(progress_at=None, created_at__lt=oldest) | Q(progress_at__lt=oldest)
    return Scan.objects.filter(silent, state__in=PENDING)


def is_report_needed(sha256: bytes, since: datetime.datetime) -> bool:
    """Whether a scan that is not over, or that began since, still has this raw report, or a format was made with it."""
    scans = Scan.objects.filter(Q(state__in=PENDING) | Q(created_at__gte=since), report_sha256=sha256)
    return scans.exists() or FormatVersion.objects.filter(sample_sha256=sha256).exists()


def known_formats() -> registry.Known:
    """All formats that read reports in this installation now, also those put to use a moment ago.

    Cost: 1 query that reads one small row a shared format; 1 more when one of them is another than before.
    """
    in_use = Format.objects.filter(state=FormatState.ACTIVE).order_by("slug")
    return registry.everywhere(_shared_specs(tuple(in_use.values_list("id", "active_version"))))


def shared_specs() -> tuple[registry.SharedSpec, ...]:
    """The specs that the installation shares, as `known_formats`."""
    in_use = Format.objects.filter(state=FormatState.ACTIVE).order_by("slug")
    return _shared_specs(tuple(in_use.values_list("id", "active_version")))


@functools.lru_cache(maxsize=4)
def _shared_specs(in_use: tuple[tuple[int, int | None], ...]) -> tuple[registry.SharedSpec, ...]:
    """A version is never changed, so what was read once stays true."""
    texts = _texts_of(in_use)
    return tuple(registry.SharedSpec(texts[key], version or 0) for key, version in in_use)


def _texts_of(wanted: tuple[tuple[int, int | None], ...]) -> dict[int, str]:
    """The specs of these versions, by the keys of their formats. Cost: 1 query, none for none."""
    if not wanted:
        return {}
    these = functools.reduce(operator.or_, (Q(format_id=key, version=version) for key, version in wanted))
    return dict(FormatVersion.objects.filter(these).values_list("format_id", "text"))


def formats(viewer: Viewer) -> list[FormatSummary]:
    """All formats, those of the installation first, in the order of their ids.

    Formats are no secret: whoever may sign in sees them. Cost: 2 queries.
    """
    return formats_and_faults(viewer)[0]


def formats_and_faults(viewer: Viewer) -> tuple[list[FormatSummary], tuple[str, ...]]:
    """All formats, and why others of this installation cannot be used. Cost: 2 queries."""
    accounts.require_scope(viewer, Permission.SCAN_READ)
    rows = list(Format.objects.annotate(newest=Max("versions__version")).order_by("slug"))
    texts = _texts_of(tuple((row.pk, row.active_version or row.newest) for row in rows))
    shared = [registry.SharedSpec(texts[row.pk], row.active_version) for row in rows if row.active_version]
    known = registry.everywhere(tuple(shared))
    summaries = {row.slug: _format_summary(row, row.newest, texts[row.pk]) for row in rows}
    for name, entry in known.entries.items():
        if name not in summaries:
            summaries[name] = listing.summary(name, entry)
    return listing.ordered(list(summaries.values())), known.faults()


def format_named(viewer: Viewer, name: str) -> FormatSummary:
    """One format. Raises: NotFoundError. Cost: 2 queries."""
    found = next((one for one in formats(viewer) if one.id == name), None)
    if found is None:
        raise NotFoundError(f"There is no format {name[:60]}.")
    return found


def format_versions(viewer: Viewer, name: str) -> list[FormatVersionSummary]:
    """The versions of a shared format, newest first; none of another. Cost: 1 query."""
    accounts.require_scope(viewer, Permission.SCAN_READ)
    rows = FormatVersion.objects.filter(format__slug=name).select_related("format").order_by("-version")
    return [
        FormatVersionSummary(
            version=row.version,
            text=row.text,
            note=row.note,
            is_active=row.format.active_version == row.version,
            sample=bytes(row.sample_sha256) if row.sample_sha256 else None,
            sample_name=row.sample_name,
            created_at=row.created_at,
            created_by_name=row.created_by_name,
        )
        for row in rows
    ]


def format_text(viewer: Viewer, name: str) -> str:
    """The spec of a format as YAML: of a shared one the version in use, else the newest; empty of one whose reader is code.

    Raises: NotFoundError. Cost: 4 queries.
    """
    versions = format_versions(viewer, name)
    if versions:
        return next((one.text for one in versions if one.is_active), versions[0].text)
    entry = known_formats().entries.get(name)
    if entry is None:
        raise NotFoundError(f"There is no format {name[:60]}.")
    return entry.spec_text


def _format_summary(row: Format, newest: int, text: str) -> FormatSummary:
    """A shared format; its title and tool as the version in use says them, else as the newest does.

    A spec that was good once may be refused by a later Prodsec: it is listed by its id, and the faults say why.
    """
    spec: LazySpec | None = None
    with contextlib.suppress(SpecError):
        spec = registry.spec_of(text, row.slug)
    delivered = registry.here().entries.get(row.slug)
    return FormatSummary(
        id=row.slug,
        title=spec.title if spec else row.slug,
        tool=spec.tool if spec else "",
        kind=spec.kind if spec else Kind.MANUAL,
        origin=registry.Origin.SHARED,
        state=FormatState(row.state),
        version=str(row.active_version or ""),
        newest=newest,
        replaces=delivered.origin if delivered else "",
        changed_at=row.changed_at,
    )


def scopes_of(asset_id: int) -> QuerySet[Scope]:
    """What is scanned again and again on an asset."""
    return Scope.objects.filter(asset_id=asset_id).order_by("tool", "analysis", "target")


def scopes_with_last_scan(viewer: Viewer, asset_id: int) -> list[ScopeSummary]:
    """The scopes of an asset, each with the last scan of it that still counts.

    Cost: 1 query.
    """
    done = visible_scans(viewer).filter(asset_id=asset_id, state=ScanState.DONE, is_record=True)
    last = done.filter(scope_ids__contains=[OuterRef("pk")]).order_by("-finished_at")
    rows = scopes_of(asset_id).annotate(last_id=last.values("id")[:1], last_at=last.values("finished_at")[:1])
    return [
        ScopeSummary(
            id=row.pk,
            tool=row.tool,
            analysis=Kind(row.analysis),
            target=row.target,
            scan_id=row.last_id,
            scanned_at=row.last_at,
        )
        for row in rows
    ]


def later_record_of_scopes(scan_id: int) -> int | None:
    """The first later import that wrote the record of a scope of this one; None when this one is the last word."""
    scan = Scan.objects.get(id=scan_id)
    later = Scan.objects.filter(
        asset_id=scan.asset_id, id__gt=scan_id, state=ScanState.DONE, is_record=True, scope_ids__overlap=scan.scope_ids
    )
    return later.exclude(same_as__isnull=False).order_by("id").values_list("id", flat=True).first()


def _summary(row: Scan) -> ScanSummary:
    state = ScanState(row.state)
    undoable = state is ScanState.DONE and row.is_record and row.finished_at is not None
    return ScanSummary(
        id=row.id,
        asset_id=row.asset_id,
        asset_path=row.asset.path,
        state=state,
        file_name=row.file_name,
        report_sha256=bytes(row.report_sha256).hex(),
        report_bytes=row.report_bytes,
        format=row.format,
        format_version=row.format_version,
        tool=row.tool,
        tool_version=row.tool_version,
        analysis=None if row.analysis is None else Kind(row.analysis),
        target=row.target,
        is_record=row.is_record,
        dry_run=row.dry_run,
        partial=row.partial,
        complete=row.complete,
        incomplete_reason=row.incomplete_reason,
        warnings=tuple(row.warnings.splitlines()),
        same_as=row.same_as_id,
        actor_name=row.actor_name,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        seconds=row.seconds,
        rows_read=row.rows_read,
        rate=_rate(row),
        counts=counts_of(row),
        error=row.error,
        may_be_undone_until=rules.undo_until(row.finished_at) if undoable and row.finished_at else None,
    )


def counts_of(row: Scan) -> Counts:
    """What a scan changed, as one value."""
    return Counts(
        new=row.new_count,
        reopened=row.reopened_count,
        fixed=row.fixed_count,
        moved=row.moved_count,
        changed=row.changed_count,
        unchanged=row.unchanged_count,
        suppressed=row.suppressed_count,
        rejected=row.rejected_count,
    )


def _rate(row: Scan) -> float | None:
    seconds = row.seconds
    if seconds is None and row.started_at and row.progress_at:
        seconds = (row.progress_at - row.started_at).total_seconds()
    return round(row.rows_read / seconds, 1) if seconds else None
