"""`/api/v1/cluster-words`: what people say of clusters, and what the recipe should learn from it."""

import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.queries import ClusterWordFacts
from prodsec.kit.fields import Body, Text

router = Router(tags=["findings"])


class ClusterWordOut(Schema):
    """What somebody said: that a finding stands `apart`, or `together` with another. `recipe_reason`: what the recipe had seen in it."""

    id: int
    kind: str
    asset: str
    finding_id: int
    tool: str
    rule: str
    other_id: int | None
    other_tool: str
    other_rule: str
    recipe_reason: str
    reason: str
    actor: str
    created_at: datetime.datetime
    withdrawn_at: datetime.datetime | None


class ClusterWordList(Schema):
    """A page. `next` is the cursor of the following one."""

    items: list[ClusterWordOut]
    next: str | None


class Parting(Body):
    """Why it is not the same as the others."""

    reason: Text = ""


class Joining(Body):
    """The other finding of the same asset, and why they are the same."""

    other: int
    reason: Text = ""


class Said(Schema):
    """The word that holds from now on."""

    word: int


@router.get("/cluster-words", response=ClusterWordList, summary="List words on clusters")
def list_words(request: HttpRequest, cursor: str = "", size: int | None = None) -> ClusterWordList:
    """Where people overruled the recipe that puts findings together, newest first, withdrawn words too."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    page = queries.cluster_words(viewer, cursor=cursor, size=size)
    return ClusterWordList(items=[_out(facts) for facts in page.items], next=page.next)


@router.post("/findings/{int:finding_id}/part", response={201: Said}, summary="Part from its cluster")
def part(request: HttpRequest, finding_id: int, body: Parting) -> Status[Said]:
    """Say that a finding is not the same as the others of its cluster."""
    return Status(201, Said(word=findings.part(viewer_asking(request), finding_id, reason=body.reason).pk))


@router.post("/findings/{int:finding_id}/join", response={201: Said}, summary="Join with another")
def join(request: HttpRequest, finding_id: int, body: Joining) -> Status[Said]:
    """Say that a finding is the same as another of its asset."""
    return Status(201, Said(word=findings.join(viewer_asking(request), finding_id, body.other, reason=body.reason).pk))


@router.post("/cluster-words/{int:word_id}/withdraw", response={204: None}, summary="Withdraw a word on a cluster")
def withdraw(request: HttpRequest, word_id: int) -> HttpResponse:
    """Take a word back: the recipe decides again."""
    findings.withdraw(viewer_asking(request), word_id)
    return HttpResponse(status=204)


def _out(facts: ClusterWordFacts) -> ClusterWordOut:
    plain = {name: getattr(facts, name) for name in ClusterWordOut.model_fields if name != "kind"}
    return ClusterWordOut(**plain, kind=facts.kind.word)
