"""Who is told that an import failed: who sent it, the team that owns the asset, who watches it; if they may see it."""

from django.utils.translation import gettext as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM
from prodsec.inventory import queries as inventory
from prodsec.notifications import queries as notices
from prodsec.notifications import services as notifications
from prodsec.notifications.types import NoticeKind, Said
from prodsec.scans.models import Scan
from prodsec.scans.types import ScanState


def tell_failed(scan_id: int) -> None:
    """Tell of an import that failed; of one that ended otherwise nothing. Cost: 4 queries, and those of a notice."""
    scan = Scan.objects.select_related("asset").filter(pk=scan_id, state=ScanState.FAILED).first()
    if scan is None:
        return
    asset = scan.asset
    teams = {asset.effective_owner_team_id} - {None}
    people = notices.watchers(None, asset.ancestors) | {scan.actor_id or 0}
    people = people.union(*accounts.members_of(team_id for team_id in teams if team_id is not None).values())
    said = Said(
        kind=NoticeKind.IMPORT_FAILED,
        title=_("The import of {file} into {asset} failed").format(file=scan.file_name, asset=asset.path),
        link=f"/imports/{scan_id}/",
        object_type="scan",
        object_id=str(scan_id),
        asset_id=asset.pk,
        body=scan.error,
        place=asset.path,
        key=f"import_failed:{scan_id}",
    )
    notifications.notify(SYSTEM, said, people=people & inventory.readers_of(asset), teams=teams)
