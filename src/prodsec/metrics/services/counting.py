"""Counting on from where it ended: what new events touch is looked at again, and nothing else.

Locks: one counter at a time (an advisory lock); nobody who imports or judges waits for it. Safe to run twice: what is counted
already changes nothing.
"""

from collections.abc import Iterable, Sequence

from django.db import connection

from prodsec.kit import clock
from prodsec.metrics.models import Progress, Stale
from prodsec.metrics.queries import histories
from prodsec.metrics.services import rolling, scanning
from prodsec.metrics.types import Changed
from prodsec.policies import queries as policies

BATCH = 50_000
_LOCK = 0x6D6574


def catch_up(*, batch: int = BATCH) -> Changed:
    """Count the next events, at most so many, and one stale asset; the caller commits, and calls again until it is done.

    Cost: 15 queries when nothing happened; else as much as what the events touch.
    """
    now = clock.now()
    progress = _locked_progress()
    rolling.begin()
    scanning.follow(progress)
    until = _settled_event(progress)
    _follow_sla(progress)
    ids, last = histories.touched(progress.position, until, batch)
    is_rolled = not progress.is_building
    changed = Changed(looked_at=len(ids))
    changed.assets |= rolling.place([], rolled=is_rolled)
    _recount(ids, changed, is_rolled=is_rolled)
    _count_gone(changed, is_rolled=is_rolled)
    is_stale_left = _count_stale(changed, is_rolled=is_rolled)
    if changed.assets:
        rolling.place(sorted(changed.assets), rolled=is_rolled)
    progress.position = last
    changed.is_done = last == until and not is_stale_left
    if changed.is_done and progress.is_building:
        rolling.roll_all()
        progress.is_building = False
    if changed.is_done and until == progress.seen:
        progress.counted_at = now
    progress.save()
    return changed


def count_anew() -> None:
    """Have every asset counted anew, step by step: for due dates that moved without an event, and to be sure."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO metrics_stale (asset) SELECT id FROM inventory_asset ON CONFLICT DO NOTHING")
    rolling.drop_zeros()


def mark_stale(assets: Iterable[int]) -> None:
    """Have these assets counted anew, since their findings changed as no event tells (an import was undone)."""
    Stale.objects.bulk_create([Stale(asset=asset) for asset in assets], ignore_conflicts=True)


def start_over() -> None:
    """Forget all that was counted; the next `catch_up` begins with the first event."""
    _locked_progress()
    rolling.empty()
    Progress.objects.update(position=0, seen=0, writers=[], counted_at=None, is_building=True, scan_position=0)


def _locked_progress() -> Progress:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    progress = Progress.objects.first()
    return progress if progress is not None else Progress.objects.create()


def _settled_event(progress: Progress) -> int:
    """The last event before which none can still turn up.

    Numbers are taken before the events can be seen, so the last number of some moment counts only when all who were writing
    at that moment have ended.
    """
    running = set(histories.writers())
    settled = progress.position
    if not running & set(progress.writers):
        settled = max(settled, progress.seen)
        progress.seen = histories.last_event()
        progress.writers = histories.writers()
        if not progress.writers:
            settled = max(settled, progress.seen)
    return settled


def _follow_sla(progress: Progress) -> None:
    """When other due dates are in force, all findings are counted anew."""
    active = next((document.pk for document in policies.sla_documents() if document.is_active), 0)
    if active != progress.sla_document:
        if progress.sla_document:
            count_anew()
        progress.sla_document = active


def _recount(ids: Sequence[int], changed: Changed, *, is_rolled: bool) -> None:
    """Replace the spans of findings by what they are now, where these differ."""
    if not ids:
        return
    now = histories.spans_now(ids)
    counted = histories.spans_counted(ids)
    before = {span for _, span in counted}
    after = set(now)
    gone = [pk for pk, span in counted if span not in after]
    come = [span for span in now if span not in before]
    if gone or come:
        rolling.replace(gone, come, rolled=is_rolled)
        changed.assets |= {span.asset for span in come}
        changed.rewritten += len(
            {span.finding_id for span in come} | {s.finding_id for pk, s in counted if s not in after}
        )


def _count_stale(changed: Changed, *, is_rolled: bool) -> bool:
    """Count one stale asset anew. Returns whether more are left."""
    stale = list(Stale.objects.order_by("asset").values_list("asset", flat=True)[:2])
    if not stale:
        return False
    ids = histories.findings_of(stale[0])
    scanning.look_again(stale[:1])
    for at in range(0, len(ids), BATCH):
        _recount(ids[at : at + BATCH], changed, is_rolled=is_rolled)
    Stale.objects.filter(asset=stale[0]).delete()
    return len(stale) > 1


def _count_gone(changed: Changed, *, is_rolled: bool) -> None:
    """Take assets that no longer exist out of all sums."""
    gone = rolling.gone_assets()
    for asset in gone:
        _recount(histories.findings_of(asset), changed, is_rolled=is_rolled)
    if gone:
        rolling.forget(gone)
        scanning.look_again(gone)
