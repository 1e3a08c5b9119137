"""What the API of identity providers takes and gives. A secret is only ever taken."""

import dataclasses
import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from prodsec.accounts.types import ProviderKind, ProviderSettings
from prodsec.accounts.web.schemas import PersonRef
from prodsec.kit.fields import Body, Text

KindWord = Literal["oidc", "saml"]


class ProviderIn(Body):
    """A new identity provider. `secret` is kept encrypted and never given out again."""

    name: Text
    kind: KindWord
    address: Text = ""
    metadata: Text = ""
    client_id: Text = ""
    secret: Text = ""
    scopes: list[Text] = ["openid", "profile", "email"]
    groups_claim: Text = "groups"
    verified_claim: Text | None = None
    trusted_domains: list[Text] = []
    required_domains: list[Text] = []
    admins_keep_password: bool = True
    lets_in_unknown: bool = False
    recheck_seconds: int = 300
    grace_seconds: int = 900
    session_hours: int = 8
    is_enabled: bool = True


class ProviderPatch(Body):
    """What changes; what is left out stays."""

    name: Text | None = None
    address: Text | None = None
    metadata: Text | None = None
    client_id: Text | None = None
    secret: Text | None = None
    scopes: list[Text] | None = None
    groups_claim: Text | None = None
    verified_claim: Text | None = None
    trusted_domains: list[Text] | None = None
    required_domains: list[Text] | None = None
    admins_keep_password: bool | None = None
    lets_in_unknown: bool | None = None
    recheck_seconds: int | None = None
    grace_seconds: int | None = None
    session_hours: int | None = None
    is_enabled: bool | None = None


class GroupIn(Body):
    """What a group of the provider gives: a team or a role, the role on an asset and all below it, or over all."""

    group: Text
    team: int | None = Field(default=None, ge=1, lt=2**63)
    role: Text = ""
    asset: int | None = Field(default=None, ge=1, lt=2**63)


class MappedGroup(Schema):
    """What a group of the provider gives."""

    id: int
    group: str
    team: int | None
    role: str
    asset: int | None


class ProviderOut(Schema):
    """An identity provider. `return_address` has to be registered there."""

    id: int
    slug: str
    name: str
    kind: str
    address: str
    client_id: str
    has_secret: bool
    has_metadata: bool
    scopes: list[str]
    groups_claim: str
    verified_claim: str
    trusted_domains: list[str]
    required_domains: list[str]
    admins_keep_password: bool
    lets_in_unknown: bool
    recheck_seconds: int
    grace_seconds: int
    session_hours: int
    is_enabled: bool
    people: int
    groups: list[MappedGroup]
    return_address: str
    created_at: datetime.datetime


class ProviderPage(Schema):
    """A page of providers."""

    items: list[ProviderOut]
    next: str | None


class FoundOut(Schema):
    """One thing that trying a provider found."""

    is_good: bool
    sentence: str


class IdentityOut(Schema):
    """Whom a subject of the provider is here."""

    id: int
    person: PersonRef
    subject: str
    email: str
    groups: list[str]
    linked_at: datetime.datetime
    last_sign_in_at: datetime.datetime | None


class IdentityPage(Schema):
    """A page of people who came through a provider."""

    items: list[IdentityOut]
    next: str | None


def defaults_of(body: ProviderIn) -> ProviderSettings:
    """What a body says; an OIDC provider says that an address is verified, a SAML one usually does not."""
    kind = ProviderKind(body.kind)
    verified_claim = body.verified_claim
    if verified_claim is None:
        verified_claim = "email_verified" if kind is ProviderKind.OIDC else ""
    return ProviderSettings(
        name=body.name,
        kind=kind,
        address=body.address,
        metadata=body.metadata,
        client_id=body.client_id,
        scopes=tuple(body.scopes),
        groups_claim=body.groups_claim,
        verified_claim=verified_claim,
        trusted_domains=tuple(body.trusted_domains),
        required_domains=tuple(body.required_domains),
        admins_keep_password=body.admins_keep_password,
        lets_in_unknown=body.lets_in_unknown,
        recheck_seconds=body.recheck_seconds,
        grace_seconds=body.grace_seconds,
        session_hours=body.session_hours,
        is_enabled=body.is_enabled,
    )


def changed(now: ProviderSettings, body: ProviderPatch) -> ProviderSettings:
    """The settings there are, with what a body says otherwise. Metadata of None stay."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in body.dict(exclude_unset=True, exclude={"secret"}).items()
        if value is not None
    }
    return dataclasses.replace(now, **given)
