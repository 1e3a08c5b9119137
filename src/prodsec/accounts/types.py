"""What crosses the border of `accounts`: the viewer, permissions and scopes."""

import datetime
import enum
from dataclasses import dataclass, field

from prodsec.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnavailableError


class Permission(enum.StrEnum):
    """What can be done to what, as `resource:action`. Whatever has the action `read` is an auditor's."""

    ASSET_READ = "asset:read"
    ASSET_CREATE = "asset:create"
    ASSET_EDIT = "asset:edit"
    ASSET_SHARE = "asset:share"
    FINDING_READ = "finding:read"
    FINDING_COMMENT = "finding:comment"
    FINDING_TRIAGE = "finding:triage"
    FINDING_DECIDE = "finding:decide"
    VIEW_SHARE = "view:share"
    SCAN_READ = "scan:read"
    SCAN_IMPORT = "scan:import"
    FORMAT_MANAGE = "format:manage"
    PERSON_READ = "person:read"
    PERSON_MANAGE = "person:manage"
    ROLE_MANAGE = "role:manage"
    SIGN_IN_MANAGE = "sign-in:manage"
    PROVIDER_READ = "provider:read"
    PROVIDER_MANAGE = "provider:manage"
    TOKEN_MANAGE = "token:manage"  # noqa: S105 - a permission, no secret
    POLICY_EDIT = "policy:edit"
    ACTIVITY_READ = "activity:read"
    ACTIVITY_FORWARD = "activity:forward"
    JOB_READ = "job:read"
    CHANNEL_MANAGE = "channel:manage"

    @property
    def action(self) -> str:
        """What is done."""
        return self.value.partition(":")[2]


class Scope(enum.StrEnum):
    """What a token may be used for; each includes the ones before it, except that `import` does not read, and that `scim` stands for itself: it is for an identity provider at /scim/v2/ and for nothing else."""

    READ = "read"
    IMPORT = "import"
    WRITE = "write"
    ADMIN = "admin"
    SCIM = "scim"


THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")


@dataclass(frozen=True)
class Choices:
    """How a person likes the pages; an empty word means that they never chose."""

    theme: str = ""
    density: str = ""
    hides_first_steps: bool = False


@dataclass(frozen=True)
class Given:
    """What was given for a part of the tree: permissions that hold on these assets and all below them."""

    permissions: frozenset[Permission]
    assets: frozenset[int]


@dataclass(frozen=True)
class Viewer:
    """Who asks.

    over_all    what their roles over all let them do (an admin: everything)
    below       what they may do in parts of the tree
    scopes      None for a person at the pages; a token has the scopes and the subtree it was given
    lacks_factor  whether a second factor is demanded of them and missing; who has no password signs in elsewhere, which asks
    token_id    the token that is used, if one is
    seen        the assets they may do something on, once looked up; a viewer lives as long as a request
    """

    person_id: int | None
    name: str
    is_admin: bool
    team_ids: frozenset[int] = frozenset()
    over_all: frozenset[Permission] = frozenset()
    below: tuple[Given, ...] = ()
    scopes: frozenset[Scope] | None = None
    subtree: str = ""
    lacks_factor: bool = False
    token_id: int | None = None
    seen: dict[Permission, list[int] | None] = field(default_factory=dict, compare=False, repr=False)

    def roots(self, permission: Permission) -> frozenset[int]:
        """The assets on which, and on all below them, a role gives this."""
        return frozenset().union(*(given.assets for given in self.below if permission in given.permissions))

    def covers(self, other: "Viewer") -> bool:
        """Whether the other may do nothing that this one may not. Told without the tree: a role from above counts for less."""
        if self.is_admin:
            return True
        return (
            not other.is_admin
            and other.over_all <= self.over_all
            and all(
                permission in self.over_all or given.assets <= self.roots(permission)
                for given in other.below
                for permission in given.permissions
            )
        )


class FactorKind(enum.StrEnum):
    """What proves, beside a password, that it is you; the words are those of the library that keeps them."""

    APP = "totp"
    KEY = "webauthn"
    RECOVERY_CODES = "recovery_codes"


class Demand(enum.StrEnum):
    """Who has to have a second factor."""

    NOBODY = "nobody"
    ADMINS = "admins"
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Factor:
    """A second factor somebody set up. `is_passkey`: it signs in without the password."""

    id: int
    kind: FactorKind
    name: str
    is_passkey: bool
    created_at: datetime.datetime
    last_used_at: datetime.datetime | None


@dataclass(frozen=True)
class Factors:
    """All second factors of somebody; `codes_left` is None where no recovery codes were made."""

    apps: tuple[Factor, ...]
    keys: tuple[Factor, ...]
    codes_left: int | None

    @property
    def has_any(self) -> bool:
        """Whether there is one; recovery codes alone are none."""
        return bool(self.apps or self.keys)


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in. `about` says which, as far as it told."""

    id: int
    about: str
    address: str
    since: datetime.datetime
    last_seen_at: datetime.datetime
    is_current: bool


SYSTEM = Viewer(person_id=None, name="prodsec", is_admin=True, over_all=frozenset(Permission))


class ProvisioningRefusedError(InvalidError):
    """What an identity provider sent cannot be used. `word` is the scimType of RFC 7644, §3.12."""

    def __init__(self, sentence: str, *, word: str = "invalidValue", place: str = "") -> None:
        super().__init__(sentence, place=place)
        self.word = word


class PersonNotFoundError(NotFoundError):
    """No such person, or not for this viewer."""


class PersonExistsError(ConflictError):
    """The e-mail address belongs to somebody already."""


class TeamExistsError(ConflictError):
    """The short name belongs to a team already."""


class SignInError(ForbiddenError):
    """Nobody is signed in."""


class NotPermittedError(ForbiddenError):
    """No role of the viewer gives this over all."""


class TeamNotFoundError(NotFoundError):
    """No such team."""


class TokenNotFoundError(NotFoundError):
    """No such token, or not the viewer's."""


class SetupLinkError(NotFoundError):
    """The first admin's link does not work (any more)."""


class RoleNotFoundError(NotFoundError):
    """No such role, or no such giving of one."""


class PasswordLinkError(NotFoundError):
    """A link to set a password does not work (any more)."""


class SessionNotFoundError(NotFoundError):
    """No such session, or not the viewer's."""


class ProviderKind(enum.StrEnum):
    """How an identity provider is spoken with."""

    OIDC = "oidc"
    SAML = "saml"


class GroupsFrom(enum.StrEnum):
    """Where a provider says in which groups somebody is: decides how it can be asked again."""

    USERINFO = "userinfo"
    IDENTITY = "id_token"
    ASSERTION = "assertion"


@dataclass(frozen=True)
class GroupRule:
    """What a group of the provider gives here: a team, or a role (on an asset and all below it; None: over all)."""

    group: str
    team_id: int | None = None
    role: str = ""
    asset_id: int | None = None


@dataclass(frozen=True)
class ProviderSettings:
    """What an admin says of an identity provider. The field comments of `models.SignInProvider` say what each means."""

    name: str
    kind: ProviderKind
    address: str = ""
    metadata: str = ""
    client_id: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str = "groups"
    verified_claim: str = "email_verified"
    trusted_domains: tuple[str, ...] = ()
    required_domains: tuple[str, ...] = ()
    admins_keep_password: bool = True
    lets_in_unknown: bool = False
    recheck_seconds: int = 300
    grace_seconds: int = 900
    session_hours: int = 8
    is_enabled: bool = True


@dataclass(frozen=True)
class Discovery:
    """What an OpenID Connect provider publishes about itself, checked."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    is_basic: bool
    scopes: tuple[str, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True)
class SamlParty:
    """What a SAML provider publishes about itself, checked. Certificates: base64 of DER, those that sign."""

    entity_id: str
    sign_in_address: str
    certificates: tuple[str, ...]


@dataclass(frozen=True)
class Arrival:
    """Whom a provider vouches for, after everything that can be verified was.

    subject     the provider's own name for them, which never changes
    email       empty when the provider gave none
    ends_at     when the provider wants the session to end; None: it did not say
    """

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str
    groups: frozenset[str]
    groups_from: GroupsFrom
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    token_expires_at: datetime.datetime | None = None
    ends_at: datetime.datetime | None = None


@dataclass(frozen=True)
class Tried:
    """One thing that trying a provider found out, as a sentence."""

    is_good: bool
    sentence: str


class ProviderNotFoundError(NotFoundError):
    """No such identity provider."""


class SignInRefusedError(ForbiddenError):
    """The provider vouched for somebody, and they may not come in; or it vouched in a way that does not hold."""


class ProviderAwayError(UnavailableError):
    """The identity provider cannot be asked now."""


class AccessEndedError(ForbiddenError):
    """The identity provider no longer vouches for somebody."""
