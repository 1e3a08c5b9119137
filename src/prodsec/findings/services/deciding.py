"""Decisions: one judgement over a finding, cluster, rule, component or vulnerability, now and on every later import."""

import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import Decision, Finding, FindingEvent
from prodsec.findings.services.locking import lock_assets
from prodsec.findings.services.merging import deciding as replaying
from prodsec.findings.services.merging.clustering import choose_leads
from prodsec.findings.types import OPEN_STATES, DecisionScope, DecisionState, DismissalReason, EventKind, State
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError, InvalidError, NotFoundError

if TYPE_CHECKING:
    from prodsec.inventory.models import Asset


def decide(
    viewer: Viewer,
    *,
    scope: DecisionScope,
    value: str,
    asset: "Asset",
    kind: DismissalReason,
    reason: str,
    justification: str = "",
    valid_until: datetime.datetime | None = None,
) -> Decision:
    """Decide, and dismiss at once every open finding of the asset's subtree that it covers.

    value: see `Decision.scope_value`. Raises: ForbiddenError, InvalidError. Cost: 3 queries an asset touched, 8 more.
    """
    permission = Permission.FINDING_TRIAGE if scope is DecisionScope.FINDING else Permission.FINDING_DECIDE
    if not inventory.may(viewer, permission, asset):
        raise ForbiddenError(f"Deciding about {asset.path} is for its owner team or an admin.")
    if not reason.strip() or not value:
        raise InvalidError("say what is decided, and why", place="reason")
    now = clock.now()
    if valid_until is not None and valid_until <= now:
        raise InvalidError("this lies in the past", place="valid_until")
    decision = Decision.objects.create(
        scope_kind=scope, scope_value=value, asset=asset, kind=kind, justification=justification[:1000],
        reason=reason.replace("\x00", "")[:20_000], asked_by_id=viewer.person_id, approved_by_id=viewer.person_id, valid_until=valid_until, created_at=now,
    )  # fmt: skip
    dismissed = 0
    for asset_id, ids in _open_below(asset, scope, value).items():
        covered = replaying.replay(asset_id, ids, now, actor_id=viewer.person_id, decision_id=decision.pk)
        choose_leads(asset_id, covered)
        dismissed += len(covered)
    activity.record(
        viewer, "finding.dismissed", object_type="decision", object_id=decision.pk, asset_id=asset.pk, reason=reason[:1000],
        details={"scope": scope.name.lower(), "value": value[:200], "kind": kind.word, "findings": dismissed},
    )  # fmt: skip
    return decision


def revoke(viewer: Viewer, decision_id: int, *, reason: str = "") -> int:
    """Take a decision back; what it dismissed and is still detected is open again. Returns how many.

    Raises: NotFoundError, ForbiddenError.
    """
    decision = _revocable(viewer, decision_id)
    decision.state = DecisionState.REVOKED.value
    decision.save(update_fields=["state"])
    lock_assets(Finding.objects.filter(decision=decision).values_list("asset_id", flat=True).distinct())
    back = list(Finding.objects.filter(decision=decision).order_by("pk").select_for_update())
    seen = [finding for finding in back if finding.detected]
    gone = [finding for finding in back if not finding.detected]
    now = clock.now()
    Finding.objects.filter(pk__in=[finding.pk for finding in seen]).update(state=State.DETECTED, decision=None)
    Finding.objects.filter(pk__in=[finding.pk for finding in gone]).update(
        state=State.RESOLVED, resolved_at=now, decision=None
    )
    why = f"decision {decision_id} was revoked: {reason}"[:2000]
    told = [(finding, EventKind.REOPENED_BY_PERSON, why) for finding in back]
    told += [(finding, EventKind.RESOLVED, "no longer reported") for finding in gone]
    FindingEvent.objects.bulk_create(
        [
            FindingEvent(asset_id=of.asset_id, finding=of, actor_id=viewer.person_id, at=now, kind=kind, reason=text)
            for of, kind, text in told
        ],
        batch_size=1000,
    )
    for asset_id in {finding.asset_id for finding in back}:
        choose_leads(asset_id, [finding.pk for finding in back if finding.asset_id == asset_id])
    activity.record(viewer, "decision.revoked", object_type="decision", object_id=decision_id, asset_id=decision.asset_id,
                    reason=reason[:1000], details={"findings": len(back)})  # fmt: skip
    return len(back)


def _revocable(viewer: Viewer, decision_id: int) -> Decision:
    decision = Decision.objects.select_related("asset").select_for_update(of=("self",)).filter(pk=decision_id).first()
    seen = decision is not None and inventory.visible_to(viewer).filter(pk=decision.asset_id or 0).exists()
    if decision is None or not seen or decision.asset is None:
        raise NotFoundError(f"There is no decision {decision_id}.")
    if not inventory.may(viewer, Permission.FINDING_DECIDE, decision.asset):
        raise ForbiddenError(f"Deciding about {decision.asset.path} is for its owner team or an admin.")
    return decision


def _open_below(asset: "Asset", scope: DecisionScope, value: str) -> dict[int, list[int]]:
    """Open findings of the subtree that the decision covers, by asset, locked: their assets first."""
    covered = _covered(asset, scope, value)
    assets = sorted(set(covered.values_list("asset_id", flat=True).distinct()))
    lock_assets(assets)
    by_asset: dict[int, list[int]] = {}
    rows = covered.filter(asset__in=assets).order_by("pk").select_for_update(of=("self",))
    for finding, asset_id in rows.values_list("pk", "asset_id"):
        by_asset.setdefault(asset_id, []).append(finding)
    return by_asset


def _covered(asset: "Asset", scope: DecisionScope, value: str) -> QuerySet[Finding]:
    found = Finding.objects.filter(state__in=OPEN_STATES)
    if scope is DecisionScope.FINDING:
        found = found.filter(pk=int(value))
    elif scope is DecisionScope.CLUSTER:
        found = found.filter(cluster_id=int(value), asset=asset)
    else:
        found = found.filter(asset__ancestors__contains=[asset.pk])
        if scope is DecisionScope.VULNERABILITY:
            found = found.filter(vulnerability_id=value)
        elif scope is DecisionScope.COMPONENT:
            package_type, _, name = value.partition("/")
            found = found.filter(component_type=package_type, component_name=name)
        else:
            tool, _, rule = value.partition(" ")
            found = found.filter(definition__tool=tool, definition__rule=rule) if rule else found.none()
    return found
