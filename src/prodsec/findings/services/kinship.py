"""What people say of clusters: this one is not the same, that one is. Their word outranks the recipe until they withdraw it."""

import hashlib

import msgspec

from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import Cluster, ClusterWord, Finding, FindingEvent
from prodsec.findings.services.merging.clustering import choose_leads
from prodsec.findings.services.triage import locked
from prodsec.findings.types import ClusterWordKind, ClusterWordNotFoundError, EventKind, KinshipError
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.errors import InvalidError

_PERMISSION = Permission.FINDING_TRIAGE


def part(viewer: Viewer, finding_id: int, *, reason: str = "") -> ClusterWord:
    """Say that a finding is not the same as the others of its cluster: it leaves them, and no later import puts it back.

    Raises: as `triage.locked`; KinshipError when it is in no cluster. Cost: about 15 queries.
    """
    (finding,) = locked(viewer, [finding_id], _PERMISSION)
    others = Finding.objects.filter(cluster=finding.cluster_id or 0).exclude(pk=finding.pk).order_by("pk")
    left = list(others.values_list("pk", flat=True))
    if finding.cluster_id is None or not left:
        raise KinshipError("This finding stands alone; there is nothing to part it from.")
    stands_for_them = others.order_by("-is_lead", "pk")[0]
    word = _say(viewer, finding, ClusterWordKind.APART, stands_for_them, reason)
    Finding.objects.filter(pk=finding.pk).update(cluster=None, is_lead=True)
    choose_leads(finding.asset_id, left)
    _record(viewer, [finding], EventKind.PARTED, reason, {"word": word.pk, "others": left[:50]})
    return word


def join(viewer: Viewer, finding_id: int, other_id: int, *, reason: str = "") -> ClusterWord:
    """Say that a finding is the same as another of its asset: they are one piece of work from now on, whatever tools say.

    Raises: as `triage.locked`; KinshipError when they are together already, InvalidError for itself and for another asset.
    Cost: about 20 queries.
    """
    if finding_id == other_id:
        raise InvalidError("name another finding than this one", place="other")
    found = {one.pk: one for one in locked(viewer, [finding_id, other_id], _PERMISSION)}
    finding, other = found[finding_id], found[other_id]
    if finding.asset_id != other.asset_id:
        raise InvalidError(
            "name a finding of the same asset; a cluster is one piece of work in one place", place="other"
        )
    if finding.cluster_id is not None and finding.cluster_id == other.cluster_id:
        raise KinshipError("These two are together already.")
    cluster_id = other.cluster_id or _cluster_of_hand(other).pk
    before = list(Finding.objects.filter(cluster=finding.cluster_id or 0).values_list("pk", flat=True))
    word = _say(viewer, finding, ClusterWordKind.TOGETHER, other, reason)
    if not _holds(other, ClusterWordKind.TOGETHER):
        _say(viewer, other, ClusterWordKind.TOGETHER, finding, reason)
    Finding.objects.filter(pk__in=(finding.pk, other.pk)).update(cluster=cluster_id)
    choose_leads(finding.asset_id, [finding.pk, other.pk, *before])
    _record(viewer, [finding, other], EventKind.CLUSTERED, reason, {"word": word.pk, "with": [finding.pk, other.pk]})
    return word


def withdraw(viewer: Viewer, word_id: int) -> None:
    """Take a word on a cluster back: the finding is where the recipe had it, and the recipe decides again.

    Raises: ClusterWordNotFoundError; as `triage.locked`. Cost: about 15 queries.
    """
    word = ClusterWord.objects.filter(
        pk=word_id, withdrawn_at__isnull=True, asset__in=inventory.visible_to(viewer)
    ).first()
    if word is None:
        raise ClusterWordNotFoundError(f"There is no word {word_id} on a cluster that still holds.")
    pair = ClusterWord.objects.filter(finding=word.other_id, other=word.finding_id, withdrawn_at__isnull=True)
    words = [word, *pair] if word.kind == ClusterWordKind.TOGETHER else [word]
    findings = locked(viewer, [one.finding_id for one in words], _PERMISSION)
    were = [finding.cluster_id for finding in findings if finding.cluster_id is not None]
    ClusterWord.objects.filter(pk__in=[one.pk for one in words]).update(withdrawn_at=clock.now())
    for one in words:
        Finding.objects.filter(pk=one.finding_id).update(cluster=one.former_cluster_id, is_lead=True)
    touched = list(Finding.objects.filter(cluster__in=were).values_list("pk", flat=True))
    choose_leads(word.asset_id, [*touched, *(one.finding_id for one in words)])
    _record(viewer, findings, EventKind.TAKEN_BACK, "", {"word": word.pk})


def _say(viewer: Viewer, finding: Finding, kind: ClusterWordKind, other: Finding | None, reason: str) -> ClusterWord:
    """The word that holds from now on; an earlier one on the same finding does not any more."""
    ClusterWord.objects.filter(finding=finding, withdrawn_at__isnull=True).update(withdrawn_at=clock.now())
    cluster = finding.cluster
    return ClusterWord.objects.create(
        asset_id=finding.asset_id, finding=finding, other=other, former_cluster=cluster, actor_id=viewer.person_id,
        actor_name=viewer.name, kind=kind, recipe_reason=cluster.reason if cluster else "", reason=_text(reason),
    )  # fmt: skip


def _holds(finding: Finding, kind: ClusterWordKind) -> bool:
    return ClusterWord.objects.filter(finding=finding, kind=kind, withdrawn_at__isnull=True).exists()


def _cluster_of_hand(finding: Finding) -> Cluster:
    """The cluster that a person began with this finding."""
    key = hashlib.blake2b(str(finding.pk).encode(), digest_size=16, person=b"by hand").digest()
    made, _ = Cluster.objects.get_or_create(
        asset_id=finding.asset_id, key=key, defaults={"reason": "put together by hand"}
    )
    return made


def _record(viewer: Viewer, findings: list[Finding], kind: EventKind, reason: str, data: dict[str, object]) -> None:
    now, text = clock.now(), _text(reason)
    FindingEvent.objects.bulk_create(
        [
            FindingEvent(
                asset_id=finding.asset_id, finding=finding, actor_id=viewer.person_id, at=now, kind=kind, reason=text,
                data=msgspec.json.encode(data).decode(),
            )
            for finding in findings
        ]
    )  # fmt: skip
    activity.record(
        viewer, f"finding.{kind.word}", object_type="finding", object_id=findings[0].pk, asset_id=findings[0].asset_id,
        reason=text[:1000], details={"findings": [finding.pk for finding in findings], **data},
    )  # fmt: skip


def _text(reason: str) -> str:
    return reason.replace("\x00", "").strip()[:20_000]
