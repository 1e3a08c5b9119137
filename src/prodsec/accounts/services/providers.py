"""Identity providers: set up, changed, removed, and what their groups give. Secrets come in here and never go out."""

import re
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Model

from prodsec.accounts import queries
from prodsec.accounts.models import Identity, Person, ProviderGroup, ProviderSession, SignInProvider
from prodsec.accounts.rules.roles import OF_ASSETS
from prodsec.accounts.services import discovery, saml_metadata
from prodsec.accounts.services.identities import follow_groups, source_of
from prodsec.accounts.services.people import checked_name
from prodsec.accounts.services.roles import sync_grants, sync_memberships
from prodsec.accounts.services.sign_in import end_all_sessions
from prodsec.accounts.types import GroupRule, NotPermittedError, ProviderKind, ProviderSettings, Viewer
from prodsec.kit import addresses, crypto
from prodsec.kit.errors import ConflictError, InvalidError

PURPOSE = "sign-in provider"
LONGEST_SESSION_HOURS, LONGEST_RECHECK, LONGEST_GRACE = 24 * 14, 3_600, 3_600
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_RESERVED = ("saml", "openid_connect", "oidc")


def create_provider(viewer: Viewer, *, settings: ProviderSettings, secret: str) -> SignInProvider:
    """Set up a provider. Raises: NotPermittedError, InvalidError, ConflictError."""
    queries.require_admin_of_sign_in(viewer)
    made = SignInProvider(kind=settings.kind.value, slug=_free_slug(settings.name))
    _fill(made, settings)
    made.save()
    _seal(made, secret)
    _end_other_ways(viewer, made, before=())
    return made


def change_provider(
    viewer: Viewer, provider_id: int, *, settings: ProviderSettings, secret: str | None = None
) -> SignInProvider:
    """Change a provider; its kind stays. A secret of None stays, unless it would now go to somebody else.

    Raises: NotPermittedError, ProviderNotFoundError, InvalidError.
    """
    queries.require_admin_of_sign_in(viewer)
    found = queries.provider(viewer, provider_id)
    if settings.kind.value != found.kind:
        raise InvalidError("the kind of a provider stays; set up another one", place="kind")
    moved = (found.address, found.client_id) != (settings.address.strip(), settings.client_id.strip())
    if moved and found.secret is not None and secret is None:
        raise InvalidError("the secret was given for another address or client; enter it again", place="secret")
    required = tuple(found.required_domains) if found.is_enabled else ()
    _fill(found, settings)
    found.save()
    _end_other_ways(viewer, found, before=required)
    if secret is not None:
        _seal(found, secret)
    if moved or not found.is_enabled:
        ProviderSession.objects.filter(identity__provider=found).delete()
    return found


def remove_provider(viewer: Viewer, provider_id: int) -> SignInProvider:
    """Delete a provider: its sessions end, and what its groups gave is taken away. People stay.

    Raises: NotPermittedError, ProviderNotFoundError.
    """
    queries.require_admin_of_sign_in(viewer)
    found = queries.provider(viewer, provider_id)
    for person_id in Identity.objects.filter(provider=found).values_list("person_id", flat=True).distinct():
        sync_memberships(person_id, source=source_of(found), team_ids=())
        sync_grants(person_id, source=source_of(found), given=())
    SignInProvider.objects.filter(pk=found.pk).delete()
    return found


def add_group(viewer: Viewer, provider_id: int, *, rule: GroupRule) -> ProviderGroup:
    """Let a group of the provider give a team or a role, to those who came already too. Nobody gives what they do not have.

    Raises: NotPermittedError, ProviderNotFoundError, TeamNotFoundError, RoleNotFoundError, InvalidError, ConflictError.
    """
    queries.require_admin_of_sign_in(viewer)
    found = queries.provider(viewer, provider_id)
    group = rule.group.strip()
    if not group or len(group) > 500 or not group.isprintable():
        raise InvalidError("name the group as the provider does, in 1 to 500 characters", place="group")
    if (rule.team_id is None) == (not rule.role):
        raise InvalidError("choose a team or a role, one of the two", place="team")
    if rule.team_id is not None:
        queries.team(viewer, rule.team_id)
    if rule.role:
        _check_role(viewer, rule)
    made = ProviderGroup(
        provider=found, group=group, team_id=rule.team_id, role=rule.role,
        asset_id=rule.asset_id if rule.role else None,
    )  # fmt: skip
    _save_once(made, f"{group} gives that already.")
    _follow(found, group)
    return made


def remove_group(viewer: Viewer, provider_id: int, group_id: int) -> ProviderGroup:
    """Let a group give this no longer; it is taken away at once. Raises: NotPermittedError, ProviderNotFoundError."""
    queries.require_admin_of_sign_in(viewer)
    found = queries.provider(viewer, provider_id)
    row = ProviderGroup.objects.filter(provider=found, pk=group_id).first()
    if row is None:
        raise ConflictError("Somebody removed this already.")
    ProviderGroup.objects.filter(pk=group_id).delete()
    _follow(found, row.group)
    return row


def unlink(viewer: Viewer, provider_id: int, identity_id: int) -> Identity:
    """Forget whom a subject of the provider is here; its sessions end and what its groups gave is taken away.

    Raises: NotPermittedError, ProviderNotFoundError, ConflictError.
    """
    queries.require_admin_of_sign_in(viewer)
    found = queries.identities(viewer, provider_id).select_related("provider").filter(pk=identity_id).first()
    if found is None:
        raise ConflictError("Somebody did this already.")
    sync_memberships(found.person_id, source=source_of(found.provider), team_ids=())
    sync_grants(found.person_id, source=source_of(found.provider), given=())
    Identity.objects.filter(pk=identity_id).delete()
    return found


def secret_of(provider: SignInProvider) -> str:
    """The client secret, to be sent to the provider and nowhere else; empty when there is none. Raises: InvalidError."""
    return crypto.unseal(PURPOSE, provider.secret, place=f"provider:{provider.pk}") if provider.secret else ""


def _end_other_ways(viewer: Viewer, provider: SignInProvider, *, before: Iterable[str]) -> None:
    """End the sessions of people who have to sign in through the provider from now on, but for who says so."""
    new = set(provider.required_domains) - set(before) if provider.is_enabled else set()
    for domain in new:
        people = Person.objects.filter(email__endswith=f"@{domain}").exclude(pk=viewer.person_id or 0)
        if provider.admins_keep_password:
            people = people.filter(is_admin=False)
        for person_id in people.values_list("pk", flat=True):
            end_all_sessions(person_id=person_id)


def _seal(provider: SignInProvider, secret: str) -> None:
    if len(secret) > 5_000 or not secret.isprintable():
        raise InvalidError("this cannot be a secret of a provider", place="secret")
    provider.secret = crypto.seal(PURPOSE, secret, place=f"provider:{provider.pk}") if secret else None
    provider.save(update_fields=["secret"])


def _fill(provider: SignInProvider, settings: ProviderSettings) -> None:
    is_oidc = settings.kind is ProviderKind.OIDC
    address = settings.address.strip()
    if not is_oidc and address and address != provider.address:
        provider.metadata, provider.metadata_at = "", None  # another place, another provider: fetched when first needed
    provider.name = checked_name(settings.name)
    provider.address, provider.client_id = address, settings.client_id.strip()
    if address:
        addresses.parts_of(address)
        discovery.check_encrypted(address)
    if is_oidc:
        _check_oidc(settings)
        provider.scopes = list(dict.fromkeys(settings.scopes))
    elif settings.metadata.strip():
        saml_metadata.read(settings.metadata)
        provider.metadata, provider.metadata_at = settings.metadata.strip(), None
    elif not address and not provider.metadata:
        raise InvalidError("give the address of the metadata, or the metadata themselves", place="metadata")
    provider.groups_claim = _claim(settings.groups_claim, "groups_claim")
    provider.verified_claim = _claim(settings.verified_claim, "verified_claim", may_be_empty=not is_oidc)
    provider.trusted_domains = _domains(settings.trusted_domains, "trusted_domains")
    provider.required_domains = _domains(settings.required_domains, "required_domains")
    provider.admins_keep_password, provider.lets_in_unknown = settings.admins_keep_password, settings.lets_in_unknown
    provider.recheck_seconds = _between(settings.recheck_seconds, 0, LONGEST_RECHECK, "recheck_seconds")
    provider.grace_seconds = _between(settings.grace_seconds, 0, LONGEST_GRACE, "grace_seconds")
    provider.session_hours = _between(settings.session_hours, 1, LONGEST_SESSION_HOURS, "session_hours")
    provider.is_enabled = settings.is_enabled


def _check_oidc(settings: ProviderSettings) -> None:
    if not settings.address.strip():
        raise InvalidError("give the provider's issuer, such as https://gitlab.com", place="address")
    if not settings.client_id.strip():
        raise InvalidError("give the client id that the provider made for Prodsec", place="client_id")
    if "openid" not in settings.scopes or not all(
        re.fullmatch(r"[!#-\[\]-~]{1,100}", word) for word in settings.scopes
    ):
        raise InvalidError("give words without spaces, one of them openid", place="scopes")


def _check_role(viewer: Viewer, rule: GroupRule) -> None:
    role = queries.role(viewer, rule.role)
    more = sorted(set(role.permissions) - viewer.over_all)
    if more:
        raise NotPermittedError(f"You cannot give what you do not have: {', '.join(more)}.")
    if rule.asset_id is not None and (role.is_over_all or not role.permissions & OF_ASSETS):
        raise InvalidError(f"{rule.role} is given over all, not for a part of the tree", place="asset")


def _follow(provider: SignInProvider, group: str) -> None:
    rules = queries.rules_of(provider.pk)
    for identity in Identity.objects.filter(provider=provider, groups__contains=[group]).select_related("provider"):
        follow_groups(identity, rules)


def _free_slug(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "provider"
    taken = set(SignInProvider.objects.filter(slug__startswith=words).values_list("slug", flat=True)) | set(_RESERVED)
    return next(slug for slug in (words, *(f"{words}-{number}" for number in range(2, 1_000))) if slug not in taken)


def _claim(text: str, place: str, *, may_be_empty: bool = False) -> str:
    claim = text.strip()
    if (not claim and not may_be_empty) or len(claim) > 300 or not claim.isprintable():
        raise InvalidError("give the name of the claim as the provider sends it", place=place)
    return claim


def _domains(texts: Iterable[str], place: str) -> list[str]:
    domains = list(dict.fromkeys(text.strip().lower().lstrip("@") for text in texts if text.strip()))
    wrong = next((domain for domain in domains if not _DOMAIN.fullmatch(domain)), None)
    if wrong is not None:
        raise InvalidError(f"{wrong[:100]} is not a domain such as acme.example", place=place)
    return domains


def _between(number: int, least: int, most: int, place: str) -> int:
    if not least <= number <= most:
        raise InvalidError(f"give a number from {least} to {most}", place=place)
    return number


def _save_once(row: Model, sentence: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ConflictError(sentence) from None
