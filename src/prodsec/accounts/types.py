"""What crosses the border of `accounts`: the viewer, permissions and scopes."""

import enum
from dataclasses import dataclass

from prodsec.kit.errors import ConflictError, ForbiddenError, NotFoundError


class Permission(enum.StrEnum):
    """What can be done to what, as `resource:action`."""

    ASSET_READ = "asset:read"
    ASSET_CREATE = "asset:create"
    ASSET_EDIT = "asset:edit"
    FINDING_READ = "finding:read"
    FINDING_TRIAGE = "finding:triage"
    FINDING_DECIDE = "finding:decide"
    SCAN_READ = "scan:read"
    SCAN_IMPORT = "scan:import"
    PERSON_MANAGE = "person:manage"
    TOKEN_MANAGE = "token:manage"  # noqa: S105 - a permission, no secret
    POLICY_EDIT = "policy:edit"
    ACTIVITY_READ = "activity:read"


class Scope(enum.StrEnum):
    """What a token may be used for; each includes the ones before it, except that `import` does not read."""

    READ = "read"
    IMPORT = "import"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True)
class Viewer:
    """Who asks. `scopes` is None for a person at the pages; a token has the scopes and the subtree it was given."""

    person_id: int | None
    name: str
    is_admin: bool
    team_ids: frozenset[int] = frozenset()
    scopes: frozenset[Scope] | None = None
    subtree: str = ""


SYSTEM = Viewer(person_id=None, name="prodsec", is_admin=True)


class PersonNotFoundError(NotFoundError):
    """No such person, or not for this viewer."""


class PersonExistsError(ConflictError):
    """The e-mail address belongs to somebody already."""


class SignInError(ForbiddenError):
    """Nobody is signed in."""


class AdminOnlyError(ForbiddenError):
    """Only an admin may do this."""


class TeamNotFoundError(NotFoundError):
    """No such team."""


class TokenNotFoundError(NotFoundError):
    """No such token, or not the viewer's."""


class SetupLinkError(NotFoundError):
    """The first admin's link does not work (any more)."""
