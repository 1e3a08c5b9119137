"""Findings pass their due date → their teams, and who works on or watches them, are told at once, each breach once.

policies → inventory → notifications. One notice an asset, team and severity: a hundred findings that pass on one day are a few lines.
"""

from collections.abc import Iterable
from urllib.parse import urlencode

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM
from prodsec.findings import queries as findings
from prodsec.inventory import queries as inventory
from prodsec.notifications import queries as notices
from prodsec.notifications import services as notifications
from prodsec.notifications.types import NoticeKind, Said
from prodsec.policies import services as policies
from prodsec.policies.types import Breach
from prodsec.vocabulary.severity import Severity


def run() -> int:
    """Tell of what passed its due date since the last time. Returns how many findings that were."""
    breaches = policies.take_breaches()
    groups: dict[tuple[int, int | None, Severity], list[Breach]] = {}
    for breach in breaches:
        groups.setdefault((breach.asset_id, breach.team_id, breach.severity), []).append(breach)
    for (asset_id, team_id, severity), group in groups.items():
        _tell(asset_id, team_id, severity, group)
    return len(breaches)


def _tell(asset_id: int, team_id: int | None, severity: Severity, group: list[Breach]) -> None:
    asset = inventory.asset(SYSTEM, asset_id)
    ids = [breach.finding_id for breach in group]
    people = notices.watchers_of_any(ids, asset.ancestors)
    people |= {breach.assignee_id for breach in group if breach.assignee_id is not None}
    people = people.union(*accounts.members_of([] if team_id is None else [team_id]).values())
    first = findings.titles(SYSTEM, ids[:1]).get(ids[0], "")
    said = Said(
        kind=NoticeKind.BREACH,
        title=notifications.breach_title(len(ids), first, severity, asset.path),
        link=f"/findings/{ids[0]}/" if len(ids) == 1 else _list_of(asset.path, severity),
        object_type="finding" if len(ids) == 1 else "asset",
        object_id=str(ids[0] if len(ids) == 1 else asset_id),
        asset_id=asset_id,
        place=asset.path,
        severity=severity,
        count=len(ids),
    )
    notifications.notify(SYSTEM, said, people=people & inventory.readers_of(asset), teams=_named(team_id))


def _list_of(path: str, severity: Severity) -> str:
    return f"/findings/?{urlencode({'asset': path, 'severity': severity.word, 'due': 'overdue'})}"


def _named(team_id: int | None) -> Iterable[int]:
    return [] if team_id is None else [team_id]
