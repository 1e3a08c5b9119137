"""What people do to findings, one or many at a time. Every change is an event with actor and reason, and one row of `activity`.

Each service takes ids, locks the findings in the order of their ids, checks that the viewer may, and writes by sets.
Returns the ids that changed; those on which the step is already done are left alone. With `seen`, what others changed since raises
ChangedSinceError. Each may be undone for ten minutes: see `bulk`.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import Finding, FindingEvent
from prodsec.findings.queries.bulk import changes_since
from prodsec.findings.rules import deeds, states
from prodsec.findings.services import bulk
from prodsec.findings.services.locking import lock_assets
from prodsec.findings.types import (
    ChangedSinceError,
    Deed,
    DeedKind,
    DismissalReason,
    EventKind,
    FindingNotFoundError,
    State,
)
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError, InvalidError
from prodsec.vocabulary.severity import Severity

# The last event of each finding that the viewer had seen; who gives it is told of what others did since, instead of overruling it.
Seen = Mapping[int, int]
MOST_AT_ONCE = 10_000
LONGEST_TEXT = 20_000


def locked(viewer: Viewer, finding_ids: Sequence[int], permission: Permission) -> list[Finding]:
    """The findings, locked in the order of their ids, if the viewer sees them all and may do this to each.

    Raises: FindingNotFoundError, ForbiddenError, InvalidError for too many. Cost: 4 queries.
    """
    wanted = sorted(set(finding_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidError(f"at most {MOST_AT_ONCE} findings at once; this names {len(wanted)}", place="findings")
    visible = Finding.objects.filter(pk__in=wanted, asset__in=inventory.visible_to(viewer))
    lock_assets(visible.order_by().values_list("asset_id", flat=True).distinct())
    found = list(visible.select_related("asset").order_by("pk").select_for_update(of=("self",)))
    if len(found) < len(wanted):
        missing = min(set(wanted) - {finding.pk for finding in found})
        raise FindingNotFoundError(f"There is no finding {missing}.")
    for finding in found:
        if not inventory.may(viewer, permission, finding.asset):
            raise ForbiddenError(f"Changing findings of {finding.asset.path} is for its owner team or an admin.")
    return found


def confirm(viewer: Viewer, finding_ids: Sequence[int], *, reason: str = "", seen: Seen | None = None) -> list[int]:
    """Say that findings are real: detected becomes triaged. Raises: as `locked`, StateError."""
    return do_all(viewer, finding_ids, Deed(DeedKind.CONFIRM, reason=reason), seen=seen)


def start_remediation(
    viewer: Viewer, finding_ids: Sequence[int], *, reason: str = "", seen: Seen | None = None
) -> list[int]:
    """Say that somebody works on the fix. Raises: as `locked`, StateError."""
    return do_all(viewer, finding_ids, Deed(DeedKind.START, reason=reason), seen=seen)


def mitigate(viewer: Viewer, finding_ids: Sequence[int], *, reason: str, seen: Seen | None = None) -> list[int]:
    """Say that a control lowers the risk meanwhile; the clock of remediation goes on. Raises: as `locked`, StateError."""
    return do_all(viewer, finding_ids, Deed(DeedKind.MITIGATE, reason=reason), seen=seen)


def dismiss(
    viewer: Viewer,
    finding_ids: Sequence[int],
    *,
    kind: DismissalReason,
    reason: str,
    justification: str = "",
    seen: Seen | None = None,
) -> list[int]:
    """Decide that findings are no work; each gets a decision of its own, which later imports respect.

    Raises: as `locked`, StateError, InvalidError without a reason.
    """
    deed = Deed(DeedKind.DISMISS, reason=reason, dismissal=kind, justification=justification)
    return do_all(viewer, finding_ids, deed, seen=seen)


def reopen(viewer: Viewer, finding_ids: Sequence[int], *, reason: str = "", seen: Seen | None = None) -> list[int]:
    """Take a dismissal or a resolution back; this holds against all that was decided before. Raises: as `locked`."""
    return do_all(viewer, finding_ids, Deed(DeedKind.REOPEN, reason=reason), seen=seen)


def set_severity(
    viewer: Viewer, finding_ids: Sequence[int], severity: Severity | None, *, reason: str, seen: Seen | None = None
) -> list[int]:
    """Overrule (None: no longer overrule) what tools say. Raises: as `locked`, InvalidError without a reason."""
    return do_all(viewer, finding_ids, Deed(DeedKind.SEVERITY, reason=reason, severity=severity), seen=seen)


def assign(
    viewer: Viewer, finding_ids: Sequence[int], person_id: int | None, *, reason: str = "", seen: Seen | None = None
) -> list[int]:
    """Give findings to a person (None: to nobody). Raises: as `locked`, PersonNotFoundError."""
    return do_all(viewer, finding_ids, Deed(DeedKind.ASSIGN, reason=reason, person_id=person_id), seen=seen)


def set_owner(viewer: Viewer, finding_ids: Sequence[int], team_id: int | None, *, reason: str = "") -> list[int]:
    """Give findings to a team (None: unowned). Raises: as `locked`, TeamNotFoundError."""
    if team_id is not None:
        accounts.team(viewer, team_id)
    findings = locked(viewer, finding_ids, Permission.FINDING_DECIDE)
    changed = [finding for finding in findings if finding.owner_team_id != team_id]
    Finding.objects.filter(pk__in=[finding.pk for finding in changed]).update(owner_team_id=team_id)
    _record(
        viewer, changed, EventKind.OWNER_CHANGED, reason, lambda finding: {"from": finding.owner_team_id, "to": team_id}
    )
    return [finding.pk for finding in changed]


def do_all(viewer: Viewer, finding_ids: Sequence[int], deed: Deed, *, seen: Seen | None = None) -> list[int]:
    """Do it to all of these or to none. Returns those that changed; the others were so already. Raises: as `locked`, StateError."""
    deed = deeds.checked(deed)
    if not finding_ids:
        return []
    done = deeds.done_states(deed.kind)
    found = locked(viewer, finding_ids, deeds.permission_for(deed.kind))
    if changes := changes_since(viewer, dict(seen or {})):
        raise ChangedSinceError(changes)
    for finding in found:
        if deed.kind in deeds.AFTER and finding.state not in done:
            states.check(State(finding.state), deeds.AFTER[deed.kind])
    change = bulk.begin(viewer, deed, bulk.Meant(named=dict.fromkeys(finding_ids)))
    changed, more = bulk.step(change.pk, viewer=viewer)
    while more:
        following, more = bulk.step(change.pk, viewer=viewer)
        changed += following
    return changed


def _record(
    viewer: Viewer,
    findings: list[Finding],
    kind: EventKind,
    reason: str,
    data: Callable[[Finding], dict[str, object]],
) -> None:
    """One event a finding and one row of activity for all of them."""
    if not findings:
        return
    at = clock.now()
    FindingEvent.objects.bulk_create(
        [
            FindingEvent(
                asset_id=finding.asset_id, finding=finding, actor_id=viewer.person_id, at=at, kind=kind,
                reason=reason.replace("\x00", "")[:LONGEST_TEXT], data=msgspec.json.encode(data(finding)).decode(),
            )
            for finding in findings
        ],
        batch_size=1000,
    )  # fmt: skip
    first = findings[0]
    activity.record(
        viewer, f"finding.{kind.word}", object_type="finding", object_id=first.pk, asset_id=first.asset_id,
        reason=reason[:1000], details={"findings": [finding.pk for finding in findings][:1000], "count": len(findings)},
    )  # fmt: skip
