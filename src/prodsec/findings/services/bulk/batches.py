"""A bulk change done a batch at a time: each batch is whole or not at all, and none is done twice.

Locks: the change itself, then as in `services.locking`. Two workers that were given the same change take turns; what one has done
is not waiting any more for the other.
"""

from django.db import connection

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM, PersonNotFoundError, Viewer
from prodsec.findings.models import BulkChange
from prodsec.findings.rules import deeds
from prodsec.findings.services.bulk import doing, ending, judging, taking_back
from prodsec.findings.services.locking import lock_assets
from prodsec.findings.types import BulkState, DeedKind, Outcome
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.sql import Parameter

BATCH = 2_000


def step(bulk_id: int, *, viewer: Viewer | None = None) -> tuple[list[int], bool]:
    """Do, or take back, the next 2,000 of a bulk change. Returns the ids that changed, and whether there is more to do.

    viewer: who asked, while they wait; None in a job: then what its person may do by now.
    Cost: about 12 queries, 1 an asset with clusters.
    """
    bulk = BulkChange.objects.select_for_update().filter(pk=bulk_id).first()
    if bulk is None or not BulkState(bulk.state).is_under_way:
        return [], False
    is_back = bulk.state == BulkState.UNDOING
    taken = _take(bulk, Outcome.DONE if is_back else Outcome.WAITING)
    lock_assets(taken.values())
    with connection.cursor() as cursor:
        cursor.execute(judging.LOCK, {"ids": list(taken)})
    facts = judging.facts_of(bulk, list(taken))
    allowed = _allowed(viewer or _viewer_now(bulk), bulk, set(taken.values()))
    changed = _back(bulk, facts, allowed, taken) if is_back else _forth(bulk, facts, allowed, taken)
    bulk.last_id = max(taken, default=bulk.last_id)
    if len(taken) < BATCH:
        ending.finish(bulk)
    bulk.save()
    return changed, len(taken) == BATCH


def _take(bulk: BulkChange, outcome: Outcome) -> dict[int, int]:
    """The next findings, each with its asset."""
    with connection.cursor() as cursor:
        cursor.execute(judging.TAKE, {"bulk": bulk.pk, "last": bulk.last_id, "outcome": outcome.value, "batch": BATCH})
        return dict(cursor.fetchall())


def _forth(bulk: BulkChange, facts: dict[str, Parameter], allowed: list[int], taken: dict[int, int]) -> list[int]:
    found = judging.judge(bulk, facts, allowed)
    changed = sorted(found[Outcome.DONE])
    doing.do(bulk, facts, changed, clock.now())
    gone = len(taken) - sum(map(len, found.values()))
    bulk.done += len(changed)
    bulk.already += len(found[Outcome.ALREADY])
    bulk.refused += len(found[Outcome.REFUSED])
    bulk.not_yours += len(found[Outcome.NOT_YOURS]) + gone
    bulk.total -= len(found[Outcome.NOT_YOURS]) + gone
    bulk.changed_since += len(found[Outcome.CHANGED_SINCE])
    return changed


def _back(bulk: BulkChange, facts: dict[str, Parameter], allowed: list[int], taken: dict[int, int]) -> list[int]:
    changed = taking_back.take_back(bulk, facts, allowed, clock.now(), bulk.actor_id)
    bulk.undone += len(changed)
    bulk.kept += len(taken) - len(changed)
    return changed


def _allowed(viewer: Viewer | None, bulk: BulkChange, asset_ids: set[int]) -> list[int]:
    if viewer is None:
        return []
    permission = deeds.permission_for(DeedKind(bulk.deed))
    return list(inventory.visible_to(viewer, permission).filter(pk__in=sorted(asset_ids)).values_list("pk", flat=True))


def _viewer_now(bulk: BulkChange) -> Viewer | None:
    """What the person may do by now; None when they may not sign in any more."""
    if bulk.actor_id is None:
        return SYSTEM
    try:
        person = accounts.person(SYSTEM, bulk.actor_id)
    except PersonNotFoundError:
        return None
    return accounts.viewer_of(person) if person.is_active else None
