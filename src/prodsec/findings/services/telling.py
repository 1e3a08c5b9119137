"""Who is told of changes to many findings: whom they were given to, and who had asked for them and went on meanwhile."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.findings.models import BulkChange, BulkItem, Finding
from prodsec.findings.types import DeedKind, Outcome
from prodsec.inventory import queries as inventory
from prodsec.notifications import services as notifications
from prodsec.notifications.types import NoticeKind, Said
from prodsec.vocabulary.severity import Severity


def bulk_done(bulk: BulkChange) -> None:
    """A change of findings is done. Cost: none for most; 1 query and those of a notice for what was assigned."""
    if bulk.deed == DeedKind.ASSIGN and bulk.person_id is not None and bulk.done:
        _assigned(bulk)
    if bulk.job_id is not None and bulk.actor_id is not None:
        _finished(bulk)


def _assigned(bulk: BulkChange) -> None:
    actor = Viewer(person_id=bulk.actor_id, name=bulk.actor_name, is_admin=False)
    items = BulkItem.objects.filter(bulk=bulk, outcome=Outcome.DONE)
    first = Finding.objects.select_related("asset", "definition").filter(pk__in=items.values("finding_id")[:1]).first()
    if first is None:
        return
    if bulk.done == 1 and bulk.person_id not in inventory.readers_of(first.asset):
        return
    told = ngettext("{name} assigns “{title}” to you", "{name} assigns {number} findings to you", bulk.done)
    said = Said(
        kind=NoticeKind.ASSIGNED,
        title=told.format(name=bulk.actor_name, number=bulk.done, title=first.title or first.definition.title),
        link=f"/findings/{first.pk}/" if bulk.done == 1 else f"/findings/?assignee={bulk.person_id}",
        object_type="finding" if bulk.done == 1 else "bulk_change",
        object_id=str(first.pk if bulk.done == 1 else bulk.pk),
        asset_id=first.asset_id if bulk.done == 1 else None,
        body=bulk.reason,
        place=first.asset.path if bulk.done == 1 else "",
        severity=Severity(first.severity) if bulk.done == 1 else None,
        count=bulk.done,
        key=f"assigned:{bulk.pk}",
    )
    notifications.notify(actor, said, people=[bulk.person_id])


def _finished(bulk: BulkChange) -> None:
    changed = ngettext("{number} finding was changed", "{number} findings were changed", bulk.done)
    left = bulk.refused + bulk.not_yours + bulk.changed_since
    said = Said(
        kind=NoticeKind.BULK_DONE,
        title=changed.format(number=bulk.done),
        link=f"/findings/bulk/{bulk.pk}/",
        object_type="bulk_change",
        object_id=str(bulk.pk),
        body=_("{number} were left as they are: refused, not yours, or changed by others since.").format(number=left)
        if left
        else "",
        count=bulk.done,
        key=f"bulk:{bulk.pk}",
    )
    notifications.notify(SYSTEM, said, people=[bulk.actor_id])
