"""A report becomes part of the record: read, stage, join, change, close. All in the caller's one transaction.

Locks: the asset, from the first look at what is known to the commit. A lock a scope would be enough for attributions, but findings of packages
are shared by scopes of one asset (identity names no tool), and two scopes that insert the same one must not meet.

Cost: about 25 statements for a scan that changes something (plus up to 5 a batch of 5,000 changed rows), 4 and 1 a scope for one
that changes nothing; independent of what else is stored.
"""

from django.db import connection, transaction

from prodsec.findings.models import PreviewChange
from prodsec.findings.services.merging import aliases, clustering, deciding, join
from prodsec.findings.services.merging.preview import preview_rows
from prodsec.findings.services.merging.stage import Stage
from prodsec.findings.services.merging.steps import Steps
from prodsec.findings.types import Changes, DueTimes
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.scans import services as scans
from prodsec.scans.services.reading import Report
from prodsec.scans.types import Work


class _PreviewOver(Exception):  # noqa: N818 - not an error: it takes a preview's savepoint back
    """Ends the savepoint of a scan that must not write the record."""


def merge(work: Work, report: Report, due: DueTimes) -> Changes:
    """Merge a report into the record, or only tell what that would do (dry runs, other refs): the same steps, taken back.

    The order of rows, and how many are handled at a time, change nothing; the same report twice writes nothing the second time.
    Raises: what the report raises while it is read; then nothing may commit.
    """
    if work.is_record:
        return _merge(work, report, due)
    changes = Changes()
    rows: list[PreviewChange] = []
    try:
        with transaction.atomic():
            changes = _merge(work, report, due)
            rows = preview_rows(work.scan_id, changes)
            raise _PreviewOver
    except _PreviewOver:
        PreviewChange.objects.bulk_create(rows, batch_size=1000)
    return changes


def _merge(work: Work, report: Report, due: DueTimes) -> Changes:
    _lock(work.asset_id)
    now = clock.now()
    stage = Stage(work.asset_id, now, inventory.owners_of(work.asset_id), writes_details=work.is_record)
    stage.open()
    for reading in report.readings:
        scope_id = scans.scope_of(work, reading.header)
        stage.add(reading, stage.scope(scope_id, reading.header.tool))
    stage.flush()
    closes = not report.incomplete_reason
    left_open = {
        finding: scope.scope_id
        for scope in stage.scopes.values()
        for digest, finding in scope.known.items()
        if digest not in scope.seen
    }
    changes = Changes(scope_ids=set(stage.scopes))
    changes.unchanged = sum(len(scope.seen & scope.known.keys()) for scope in stage.scopes.values())
    if not stage.number and not (left_open and closes):
        return changes
    steps = Steps(asset_id=work.asset_id, scan_id=work.scan_id, now=now, scope_ids=list(stage.scopes), due=due)
    if stage.number:
        _take_rows(stage, steps, left_open, changes, work.scan_id)
    gone = sorted(left_open)
    if closes and gone:
        changes.closed, reweighed = steps.close(gone)
        changes.reweighed += reweighed
    _lead(work.asset_id, changes)
    return changes


def _take_rows(stage: Stage, steps: Steps, left_open: dict[int, int], changes: Changes, scan_id: int) -> None:
    """The staged rows become findings, or change those they are joined with; joined ones leave `left_open`."""
    joined = join.join(stage, left_open)
    joins = joined.joins
    changes.unchanged -= joined.retold
    steps.number_equal()
    if joined.met:
        steps.analyze()
    opened = steps.insert_findings()
    changes.opened = [found for found in opened if found is not None]
    changes.suppressed = len(opened) - len(changes.opened)
    steps.record_new()
    if joins:
        reopened = set(steps.reopen())
        suppressed = set(steps.suppress())
        changed = steps.record_changed()
        changes.reweighed = steps.see_again()
        steps.update_findings()
        changes.reopened = sorted(reopened)
        changes.suppressed += len(suppressed)
        changes.dismissed = sorted(suppressed)
        counted = reopened | suppressed
        changes.moved = sorted(-found for found in changed if found < 0 and -found not in counted)
        changes.changed = sorted(found for found in changed if found > 0 and found not in counted)
        changes.unchanged += len({pair.id for pair in joins}) - len(changes.moved) - len(changes.changed) - len(counted)
    steps.attribute()
    aliases.learn(stage.asset_id, stage.aliases)
    changes.clustered = clustering.cluster_staged(stage.asset_id, stage.files, has_secrets=stage.has_secrets)
    dismissed = set(deciding.replay(stage.asset_id, [*changes.opened, *changes.reopened], stage.now, scan_id=scan_id))
    changes.suppressed += len(dismissed)
    changes.dismissed = sorted({*changes.dismissed, *dismissed})
    changes.opened = [found for found in changes.opened if found not in dismissed]
    changes.reopened = [found for found in changes.reopened if found not in dismissed]


def _lead(asset_id: int, changes: Changes) -> None:
    clustering.choose_leads(asset_id, [*changes.clustered, *changes.known()])


def _lock(asset_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"findings.asset/{asset_id}"])
