"""Identity providers, whom their subjects are here, and the sessions that came from them."""

from django.db.models import Count, Prefetch, Q, QuerySet

from prodsec.accounts.models import Identity, Person, ProviderGroup, ProviderSession, SignInProvider
from prodsec.accounts.queries.viewers import require
from prodsec.accounts.rules import claims
from prodsec.accounts.types import (
    GroupRule,
    NotPermittedError,
    Permission,
    ProviderKind,
    ProviderNotFoundError,
    ProviderSettings,
    Viewer,
)


def require_admin_of_sign_in(viewer: Viewer) -> None:
    """Pass for an admin. A provider says who people are, admins too, so nobody else may choose one.

    Raises: NotPermittedError.
    """
    require(viewer, Permission.PROVIDER_MANAGE)
    if not viewer.is_admin:
        raise NotPermittedError("Only an admin may say who vouches for people.")


def providers(viewer: Viewer) -> QuerySet[SignInProvider]:
    """All providers with their groups and how many people came through each (`people`), by name.

    Raises: NotPermittedError. Cost: 2 queries.
    """
    require(viewer, Permission.PROVIDER_READ)
    groups = Prefetch("groups", ProviderGroup.objects.select_related("team").order_by("group", "id"))
    return (
        SignInProvider.objects.annotate(people=Count("identities__person", distinct=True))
        .prefetch_related(groups)
        .order_by("name", "id")
    )


def provider(viewer: Viewer, provider_id: int) -> SignInProvider:
    """One provider. Raises: NotPermittedError, ProviderNotFoundError."""
    found = providers(viewer).filter(pk=provider_id).first()
    if found is None:
        raise ProviderNotFoundError(f"There is no sign-in provider {provider_id}.")
    return found


def settings_of(provider: SignInProvider) -> ProviderSettings:
    """What an admin said of a provider; its metadata are left out, and stay when these settings are saved again."""
    return ProviderSettings(
        name=provider.name,
        kind=ProviderKind(provider.kind),
        address=provider.address,
        client_id=provider.client_id,
        scopes=tuple(provider.scopes),
        groups_claim=provider.groups_claim,
        verified_claim=provider.verified_claim,
        trusted_domains=tuple(provider.trusted_domains),
        required_domains=tuple(provider.required_domains),
        admins_keep_password=provider.admins_keep_password,
        lets_in_unknown=provider.lets_in_unknown,
        recheck_seconds=provider.recheck_seconds,
        grace_seconds=provider.grace_seconds,
        session_hours=provider.session_hours,
        is_enabled=provider.is_enabled,
    )


def open_providers() -> QuerySet[SignInProvider]:
    """The providers that people may sign in through, by name; anybody may know them. Cost: 1 query."""
    return SignInProvider.objects.filter(is_enabled=True).order_by("name", "id")


def open_provider(slug: str) -> SignInProvider | None:
    """A provider that people may sign in through. Cost: 1 query."""
    return open_providers().filter(slug=slug).first()


def rules_of(provider_id: int) -> list[GroupRule]:
    """What the groups of a provider give. Cost: 1 query."""
    rows = ProviderGroup.objects.filter(provider_id=provider_id)
    return [GroupRule(row.group, team_id=row.team_id, role=row.role, asset_id=row.asset_id) for row in rows]


def provider_required_of(person: Person) -> SignInProvider | None:
    """The provider that somebody has to sign in through; None when any way will do. Cost: 1 query."""
    found = open_providers().filter(required_domains__contains=[claims.domain_of(person.email)])
    if person.is_admin:
        found = found.filter(admins_keep_password=False)
    return found.first()


def provider_session(session_id: int) -> ProviderSession | None:
    """A session that came from a provider. Cost: 1 query."""
    return (
        ProviderSession.objects.select_related("identity__provider", "identity__person").filter(pk=session_id).first()
    )


def identities(viewer: Viewer, provider_id: int) -> QuerySet[Identity]:
    """Who came through a provider, by name. Raises: NotPermittedError, ProviderNotFoundError."""
    found = provider(viewer, provider_id)
    return Identity.objects.filter(Q(provider=found)).select_related("person").order_by("person__name", "id")
