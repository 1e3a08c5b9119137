"""`/api/v1/sign-in/providers`: identity providers, what their groups give, who came through them."""

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router, Status

from prodsec.accounts import queries
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.services import trying
from prodsec.accounts.types import GroupRule
from prodsec.accounts.web import provider_schemas as schemas
from prodsec.accounts.web.provider_views import addresses
from prodsec.accounts.web.schemas import PageOf, PersonRef
from prodsec.flows import manage_providers
from prodsec.kit import querysets

if TYPE_CHECKING:
    from prodsec.accounts.models import Identity, SignInProvider

router = Router(tags=["sign-in"])

_SAME = (
    "id", "slug", "name", "kind", "address", "client_id", "scopes", "groups_claim", "verified_claim", "trusted_domains",
    "required_domains", "admins_keep_password", "lets_in_unknown", "recheck_seconds", "grace_seconds", "session_hours",
    "is_enabled", "people", "created_at",
)  # fmt: skip


@router.get("/providers", response=schemas.ProviderPage, summary="List sign-in providers")
def list_providers(request: HttpRequest, wanted: Annotated[PageOf, Query()]) -> schemas.ProviderPage:
    """Identity providers that people may sign in through, by number."""
    page = querysets.page(queries.providers(viewer_asking(request)), "id", cursor=wanted.cursor, size=wanted.limit)
    return schemas.ProviderPage(items=[_provider(request, row) for row in page.items], next=page.next)


@router.post("/providers", response={201: schemas.ProviderOut}, summary="Add a sign-in provider")
def add_provider(request: HttpRequest, body: schemas.ProviderIn) -> Status[schemas.ProviderOut]:
    """Let people sign in through an identity provider; for admins."""
    made = manage_providers.add(viewer_asking(request), settings=schemas.defaults_of(body), secret=body.secret)
    return Status(201, _one(request, made))


@router.get("/providers/{int:provider_id}", response=schemas.ProviderOut, summary="Read a sign-in provider")
def read_provider(request: HttpRequest, provider_id: int) -> schemas.ProviderOut:
    """One identity provider with what its groups give."""
    return _one(request, provider_id)


@router.patch("/providers/{int:provider_id}", response=schemas.ProviderOut, summary="Change a sign-in provider")
def change_provider(request: HttpRequest, provider_id: int, body: schemas.ProviderPatch) -> schemas.ProviderOut:
    """Change an identity provider; for admins. With another address or client id the secret has to be given again."""
    viewer = viewer_asking(request)
    given = body.dict(exclude_unset=True)
    settings = schemas.changed(queries.settings_of(queries.provider(viewer, provider_id)), body)
    manage_providers.change(viewer, provider_id, settings=settings, secret=given.get("secret"))
    return _one(request, provider_id)


@router.delete("/providers/{int:provider_id}", response={204: None}, summary="Delete a sign-in provider")
def remove_provider(request: HttpRequest, provider_id: int) -> Status[None]:
    """Delete an identity provider; for admins. Sessions that came from it end, what its groups gave is taken away."""
    manage_providers.remove(viewer_asking(request), provider_id)
    return Status(204, None)


@router.post("/providers/{int:provider_id}/try", response=list[schemas.FoundOut], summary="Try a sign-in provider")
def try_provider(request: HttpRequest, provider_id: int) -> list[schemas.FoundOut]:
    """Ask the provider what it publishes, and say what works and what would keep people out; for admins."""
    viewer = viewer_asking(request)
    queries.require_admin_of_sign_in(viewer)
    found = queries.provider(viewer, provider_id)
    tried = trying.tried(found, return_address=addresses(request, found)["return"])
    return [schemas.FoundOut(is_good=each.is_good, sentence=each.sentence) for each in tried]


@router.post("/providers/{int:provider_id}/groups", response={201: schemas.ProviderOut}, summary="Add a group")
def add_provider_group(request: HttpRequest, provider_id: int, body: schemas.GroupIn) -> Status[schemas.ProviderOut]:
    """Let a group of the provider give a team or a role; for admins."""
    rule = GroupRule(body.group, team_id=body.team, role=body.role, asset_id=body.asset)
    manage_providers.add_group(viewer_asking(request), provider_id, rule=rule)
    return Status(201, _one(request, provider_id))


@router.delete("/providers/{int:provider_id}/groups/{int:group_id}", response={204: None}, summary="Remove a group")
def remove_provider_group(request: HttpRequest, provider_id: int, group_id: int) -> Status[None]:
    """Let a group give this no longer; it is taken away at once. For admins."""
    manage_providers.remove_group(viewer_asking(request), provider_id, group_id)
    return Status(204, None)


@router.get("/providers/{int:provider_id}/people", response=schemas.IdentityPage, summary="Who came through it")
def list_identities(request: HttpRequest, provider_id: int, wanted: Annotated[PageOf, Query()]) -> schemas.IdentityPage:
    """Whom the provider's subjects are here, by number."""
    rows = queries.identities(viewer_asking(request), provider_id)
    page = querysets.page(rows, "id", cursor=wanted.cursor, size=wanted.limit)
    return schemas.IdentityPage(items=[_identity(row) for row in page.items], next=page.next)


@router.delete("/providers/{int:provider_id}/people/{int:identity_id}", response={204: None}, summary="Unlink somebody")
def unlink_identity(request: HttpRequest, provider_id: int, identity_id: int) -> Status[None]:
    """Forget whom a subject of the provider is here; their next sign-in is like their first. For admins."""
    manage_providers.unlink(viewer_asking(request), provider_id, identity_id)
    return Status(204, None)


def _one(request: HttpRequest, provider_id: int) -> schemas.ProviderOut:
    return _provider(request, queries.provider(viewer_asking(request), provider_id))


def _provider(request: HttpRequest, row: "SignInProvider") -> schemas.ProviderOut:
    groups = [
        schemas.MappedGroup(id=each.pk, group=each.group, team=each.team_id, role=each.role, asset=each.asset_id)
        for each in row.groups.all()
    ]
    return schemas.ProviderOut(
        **{name: getattr(row, name) for name in _SAME},
        has_secret=row.secret is not None,
        has_metadata=bool(row.metadata),
        groups=groups,
        return_address=addresses(request, row)["return"],
    )


def _identity(row: "Identity") -> schemas.IdentityOut:
    person = PersonRef(id=row.person.pk, name=row.person.name, email=row.person.email)
    same = {name: getattr(row, name) for name in ("id", "subject", "email", "groups", "linked_at", "last_sign_in_at")}
    return schemas.IdentityOut(person=person, **same)
