"""`/api/v1/assets`: the tree, what assets are, who owns them."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission
from prodsec.flows import own_assets
from prodsec.inventory import queries
from prodsec.inventory import services as inventory
from prodsec.inventory.rules import lists
from prodsec.inventory.types import AssetFacts, AssetKind, Lifecycle, ListOutcome
from prodsec.inventory.web import schemas
from prodsec.kit import querysets
from prodsec.kit.fields import Text

if TYPE_CHECKING:
    from prodsec.accounts.models import Team
    from prodsec.inventory.models import Asset

router = Router(tags=["assets"])

_LIST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["path"],
                        "properties": {
                            name: {"type": "array", "items": {"type": "string"}}
                            if name in ("categories", "urls")
                            else {"type": "string"}
                            for name in lists.COLUMNS
                        },
                    },
                }
            },
        },
    }
}


@router.get("", response=schemas.AssetPage, summary="List assets")
def list_assets(request: HttpRequest, wanted: Annotated[schemas.AssetFilter, Query()]) -> schemas.AssetPage:
    """The assets you see, by path; archived ones only when asked for."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    rows = queries.assets(
        viewer,
        path=wanted.path,
        under=wanted.under,
        text=wanted.text,
        kinds=[AssetKind[wanted.kind.upper()]] if wanted.kind else [],
        owner_id=wanted.owner,
        unowned=wanted.unowned,
        archived=wanted.archived,
    )
    page = querysets.page(rows, "path", cursor=wanted.cursor, size=wanted.limit, kind=str)
    return schemas.AssetPage(items=[_asset(asset) for asset in page.items], next=page.next)


@router.post("", response={201: schemas.AssetOut}, summary="Add an asset")
def add_asset(request: HttpRequest, response: HttpResponse, body: schemas.AssetIn) -> Status[schemas.AssetOut]:
    """Make an asset: admins anywhere, others below what their team owns."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    facts = AssetFacts(
        tier=body.tier,
        categories=body.categories,
        urls=body.urls,
        data_class=body.data_class,
        boundary=body.boundary,
        default_ref=body.default_ref,
    )
    kind = AssetKind[body.kind.upper()]
    made = inventory.create_asset(viewer, body.path, kind=kind, given=facts, owner_id=body.owner)
    response["Location"] = f"/api/v1/assets/{made.pk}"
    return Status(201, _asset(queries.asset(viewer, made.pk)))


@router.post("/import", response=schemas.ListOut, openapi_extra=_LIST_BODY, summary="Import a list of assets")
def import_list(request: HttpRequest, dry_run: Annotated[bool, Query()] = False) -> schemas.ListOut:
    """Create and change assets from CSV with a header or from JSON; `dry_run=true` shows what would change.

    A row that cannot be used is rejected with its line and the reason, and stops no other.
    """
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_EDIT)
    rows = lists.read_rows(request.body)
    outcomes = own_assets.followed(viewer, lambda: inventory.import_assets(viewer, rows, dry_run=dry_run))
    counts = Counter(outcome.result.value for outcome in outcomes)
    return schemas.ListOut(
        dry_run=dry_run,
        created=counts["created"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        rejected=counts["rejected"],
        rows=[_row(outcome) for outcome in outcomes],
    )


@router.get("/{int:asset_id}", response=schemas.AssetOut, summary="Read an asset")
def read_asset(request: HttpRequest, asset_id: int) -> schemas.AssetOut:
    """One asset."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    return _asset(queries.asset(viewer, asset_id))


@router.patch("/{int:asset_id}", response=schemas.AssetOut, summary="Change an asset")
def change_asset(request: HttpRequest, asset_id: int, body: schemas.AssetPatch) -> schemas.AssetOut:
    """Describe, move, hand over, archive or restore an asset: its owner team, or an admin."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    if body.is_archived is False:
        inventory.restore_asset(viewer, asset_id)
    if body.path is not None:
        path = body.path
        own_assets.followed(viewer, lambda: inventory.move_asset(viewer, asset_id, path))
    inventory.change_asset(viewer, asset_id, _facts(body))
    if "owner" in body.model_fields_set:
        own_assets.followed(viewer, lambda: inventory.set_owner(viewer, asset_id, body.owner))
    if body.is_archived:
        inventory.archive_asset(viewer, asset_id)
    return _asset(queries.asset(viewer, asset_id))


@router.delete("/{int:asset_id}", response={204: None}, summary="Archive an asset")
def archive_asset(request: HttpRequest, asset_id: int) -> Status[None]:
    """Stop looking after an asset and all below it. Nothing is deleted; `is_archived: false` brings it back."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    inventory.archive_asset(viewer, asset_id)
    return Status(204, None)


@router.get("/{int:asset_id}/codeowners", response=schemas.CodeownersOut, summary="Read the CODEOWNERS file")
def read_codeowners(request: HttpRequest, asset_id: int) -> schemas.CodeownersOut:
    """The file given for the asset; empty when none was."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    text, problems = queries.codeowners_of(viewer, asset_id)
    return schemas.CodeownersOut(text=text, problems=list(problems))


@router.put("/{int:asset_id}/codeowners", response=schemas.CodeownersOut, summary="Give the CODEOWNERS file")
def set_codeowners(request: HttpRequest, asset_id: int, body: schemas.CodeownersIn) -> schemas.CodeownersOut:
    """Keep the file; owners it names are teams here by slug (`@acme/payments` is `acme-payments` or `payments`)."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    problems = own_assets.give_codeowners(viewer, asset_id, body.text)
    return schemas.CodeownersOut(text=body.text, problems=list(problems))


@router.get("/{int:asset_id}/owner", response=schemas.FileOwnerOut, summary="Who owns a file?")
def read_file_owner(request: HttpRequest, asset_id: int, file: Text = "") -> schemas.FileOwnerOut:
    """The owner of a file of the asset by its CODEOWNERS, else the asset's own."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.ASSET_READ)
    team_id = queries.owners_of(queries.asset(viewer, asset_id).pk).of(file)
    team = None if team_id is None else accounts.team(viewer, team_id)
    return schemas.FileOwnerOut(file=file, owner=_owner(team))


def _facts(body: schemas.AssetPatch) -> AssetFacts:
    return AssetFacts(
        kind=AssetKind[body.kind.upper()] if body.kind else None,
        tier=(body.tier or 0) if "tier" in body.model_fields_set else None,
        categories=body.categories,
        urls=body.urls,
        data_class=body.data_class,
        boundary=body.boundary,
        default_ref=body.default_ref,
    )


def _asset(asset: "Asset") -> schemas.AssetOut:
    return schemas.AssetOut.model_validate(
        {
            "id": asset.pk,
            "path": asset.path,
            "name": asset.name,
            "kind": AssetKind(asset.kind).word,
            "parent": asset.parent_id,
            "ancestors": asset.ancestors,
            "tier": asset.tier,
            "categories": asset.categories,
            "urls": asset.urls,
            "data_class": asset.data_class,
            "boundary": asset.boundary,
            "default_ref": asset.default_ref,
            "owner": _owner(asset.owner_team),
            "effective_owner": _owner(asset.effective_owner_team),
            "is_archived": asset.lifecycle == Lifecycle.ARCHIVED,
            "created_at": asset.created_at,
        }
    )


def _owner(team: "Team | None") -> schemas.OwnerRef | None:
    return None if team is None else schemas.OwnerRef(id=team.pk, slug=team.slug, name=team.name)


def _row(outcome: ListOutcome) -> schemas.RowOut:
    changes = [
        schemas.FactChangeOut(fact=change.fact, before=change.before, after=change.after) for change in outcome.changes
    ]
    return schemas.RowOut(
        line=outcome.line,
        path=outcome.path,
        result=outcome.result.value,
        changes=changes,
        reason=outcome.reason,
    )
