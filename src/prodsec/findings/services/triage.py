"""What people do to findings, one or many at a time. Every change is an event with actor and reason, and one row of `activity`.

Each service takes ids, locks the findings in the order of their ids, checks that the viewer may, and writes by sets.
Returns the ids that changed; those on which the step is already done are left alone.
"""

import datetime
from collections.abc import Callable, Sequence

import msgspec

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import Comment, Decision, Finding, FindingEvent
from prodsec.findings.queries.opinions import opinions_of
from prodsec.findings.rules import severity as severity_rules
from prodsec.findings.rules import states
from prodsec.findings.services.deciding import decide
from prodsec.findings.services.merging.clustering import choose_leads
from prodsec.findings.types import (
    DecisionScope,
    DecisionState,
    DismissalReason,
    EventKind,
    FindingNotFoundError,
    State,
)
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError, InvalidError
from prodsec.vocabulary.severity import Severity

MOST_AT_ONCE = 10_000
LONGEST_TEXT = 20_000


def locked(viewer: Viewer, finding_ids: Sequence[int], permission: Permission) -> list[Finding]:
    """The findings, locked in the order of their ids, if the viewer sees them all and may do this to each.

    Raises: FindingNotFoundError, ForbiddenError, InvalidError for too many. Cost: 2 queries.
    """
    wanted = sorted(set(finding_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidError(f"at most {MOST_AT_ONCE} findings at once; this names {len(wanted)}", place="findings")
    found = list(
        Finding.objects.select_related("asset")
        .filter(pk__in=wanted, asset__in=inventory.visible_to(viewer))
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if len(found) < len(wanted):
        missing = min(set(wanted) - {finding.pk for finding in found})
        raise FindingNotFoundError(f"There is no finding {missing}.")
    for finding in found:
        if not inventory.may(viewer, permission, finding.asset):
            raise ForbiddenError(f"Changing findings of {finding.asset.path} is for its owner team or an admin.")
    return found


def confirm(viewer: Viewer, finding_ids: Sequence[int], *, reason: str = "") -> list[int]:
    """Say that findings are real: detected becomes triaged. Raises: as `locked`, StateError."""
    return _step(viewer, finding_ids, State.TRIAGED, EventKind.TRIAGED, reason)


def start_remediation(viewer: Viewer, finding_ids: Sequence[int], *, reason: str = "") -> list[int]:
    """Say that somebody works on the fix. Raises: as `locked`, StateError."""
    return _step(viewer, finding_ids, State.IN_REMEDIATION, EventKind.REMEDIATION_STARTED, reason)


def mitigate(viewer: Viewer, finding_ids: Sequence[int], *, reason: str) -> list[int]:
    """Say that a control lowers the risk meanwhile; the clock of remediation goes on. Raises: as `locked`, StateError."""
    if not reason.strip():
        raise InvalidError("say which control is in place", place="reason")
    now = clock.now()
    changed = _step(viewer, finding_ids, State.MITIGATED, EventKind.MITIGATED, reason, now=now)
    Finding.objects.filter(pk__in=changed).update(mitigated_at=now)
    return changed


def dismiss(
    viewer: Viewer, finding_ids: Sequence[int], *, kind: DismissalReason, reason: str, justification: str = ""
) -> list[int]:
    """Decide that findings are no work; each gets a decision of its own, which later imports respect.

    Raises: as `locked`, StateError, InvalidError without a reason.
    """
    if not reason.strip():
        raise InvalidError("say why; the next person will ask", place="reason")
    findings = locked(viewer, finding_ids, Permission.FINDING_TRIAGE)
    for finding in findings:
        if finding.state != State.DISMISSED:
            states.check(State(finding.state), State.DISMISSED)
    changed = []
    for finding in findings:
        if finding.state == State.DISMISSED:
            continue
        decide(
            viewer, scope=DecisionScope.FINDING, value=str(finding.pk), asset=finding.asset, kind=kind, reason=reason,
            justification=justification,
        )  # fmt: skip
        changed.append(finding.pk)
    return changed


def reopen(viewer: Viewer, finding_ids: Sequence[int], *, reason: str = "") -> list[int]:
    """Take a dismissal or a resolution back; this holds against all that was decided before. Raises: as `locked`, StateError."""
    findings = locked(viewer, finding_ids, Permission.FINDING_TRIAGE)
    changed = [finding for finding in findings if not State(finding.state).is_open]
    Finding.objects.filter(pk__in=[finding.pk for finding in changed]).update(
        state=State.DETECTED, decision=None, resolved_at=None
    )
    Decision.objects.filter(
        scope_kind=DecisionScope.FINDING,
        scope_value__in=[str(finding.pk) for finding in changed],
        state=DecisionState.ACTIVE,
    ).update(state=DecisionState.REVOKED)
    _record(viewer, changed, EventKind.REOPENED_BY_PERSON, reason, lambda finding: {"state": finding.state})
    _lead_again(changed)
    return [finding.pk for finding in changed]


def set_severity(viewer: Viewer, finding_ids: Sequence[int], severity: Severity | None, *, reason: str) -> list[int]:
    """Overrule (None: no longer overrule) what tools say. Raises: as `locked`, InvalidError without a reason."""
    if not reason.strip():
        raise InvalidError("say why the severity should be another", place="reason")
    findings = locked(viewer, finding_ids, Permission.FINDING_DECIDE)
    changed = [finding for finding in findings if finding.severity_person != severity]
    before = {finding.pk: (finding.severity_person, finding.severity) for finding in changed}
    for finding in changed:
        finding.severity_person = severity
        finding.severity = severity_rules.resolve(opinions_of(finding))
    Finding.objects.bulk_update(changed, ["severity_person", "severity"], batch_size=1000)
    _record(
        viewer, changed, EventKind.SEVERITY_SET, reason,
        lambda finding: {"before": {"severity_person": before[finding.pk][0], "severity": before[finding.pk][1]},
                         "severity": severity.word if severity is not None else None},
    )  # fmt: skip
    _lead_again(changed)
    return [finding.pk for finding in changed]


def assign(viewer: Viewer, finding_ids: Sequence[int], person_id: int | None, *, reason: str = "") -> list[int]:
    """Give findings to a person (None: to nobody). Raises: as `locked`, PersonNotFoundError."""
    if person_id is not None:
        accounts.person(viewer, person_id)
    findings = locked(viewer, finding_ids, Permission.FINDING_TRIAGE)
    changed = [finding for finding in findings if finding.assignee_id != person_id]
    Finding.objects.filter(pk__in=[finding.pk for finding in changed]).update(assignee_id=person_id)
    _record(viewer, changed, EventKind.ASSIGNED, reason, lambda finding: {"from": finding.assignee_id, "to": person_id})
    return [finding.pk for finding in changed]


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


def comment(viewer: Viewer, finding_id: int, body: str) -> int:
    """Say something about a finding, in Markdown. Returns the comment's id. Raises: FindingNotFoundError, InvalidError."""
    text = body.replace("\x00", "").strip()
    if not text or len(text) > LONGEST_TEXT:
        raise InvalidError(f"write 1 to {LONGEST_TEXT} characters", place="body")
    finding = (
        Finding.objects.select_related("asset").filter(pk=finding_id, asset__in=inventory.visible_to(viewer)).first()
    )
    if finding is None:
        raise FindingNotFoundError(f"There is no finding {finding_id}.")
    if not inventory.may(viewer, Permission.FINDING_COMMENT, finding.asset):
        raise ForbiddenError(f"Your role on {finding.asset.path} does not let you comment.")
    made = Comment.objects.create(
        asset_id=finding.asset_id, finding=finding, author_id=viewer.person_id, author_name=viewer.name, body=text
    )
    _record(viewer, [finding], EventKind.COMMENTED, "", lambda _: {"comment": made.pk})
    return made.pk


def _step(
    viewer: Viewer,
    finding_ids: Sequence[int],
    after: State,
    kind: EventKind,
    reason: str,
    *,
    now: datetime.datetime | None = None,
) -> list[int]:
    findings = locked(viewer, finding_ids, Permission.FINDING_TRIAGE)
    changed = [finding for finding in findings if finding.state != after]
    for finding in changed:
        states.check(State(finding.state), after)
    Finding.objects.filter(pk__in=[finding.pk for finding in changed]).update(state=after)
    _record(viewer, changed, kind, reason, lambda finding: {"state": finding.state}, now=now)
    return [finding.pk for finding in changed]


def _record(
    viewer: Viewer,
    findings: list[Finding],
    kind: EventKind,
    reason: str,
    data: Callable[[Finding], dict[str, object]],
    *,
    now: datetime.datetime | None = None,
) -> None:
    """One event a finding and one row of activity for all of them."""
    if not findings:
        return
    at = now or clock.now()
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


def _lead_again(findings: list[Finding]) -> None:
    for asset_id in {finding.asset_id for finding in findings}:
        choose_leads(asset_id, [finding.pk for finding in findings if finding.asset_id == asset_id])
