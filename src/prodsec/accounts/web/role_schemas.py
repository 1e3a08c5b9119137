"""What the API of roles takes and gives."""

from ninja import Schema

from prodsec.accounts.types import Permission
from prodsec.accounts.web.schemas import PageOf, PersonRef, TeamRef
from prodsec.kit.fields import Body, Text


class RoleOut(Schema):
    """A role. A built-in one has no name of its own; `over_all` ones are not given on an asset."""

    slug: str
    name: str
    permissions: list[str]
    is_over_all: bool
    is_built_in: bool


class RolesOut(Schema):
    """All roles, the built-in ones first."""

    items: list[RoleOut]


class RoleIn(Body):
    """A role to make. Nobody puts more into it than they may do themselves."""

    slug: Text
    name: Text
    permissions: list[Permission]


class RolePatch(Body):
    """What to change; what is left out, or null, stays."""

    name: Text | None = None
    permissions: list[Permission] | None = None


class GrantOut(Schema):
    """A role given to a person, a team or (neither) everybody, on an asset and below or (null) over all.

    `source` is empty when given by hand, `owner` or `codeowners` when it follows the inventory, else who says so.
    """

    id: int
    role: str
    person: PersonRef | None
    team: TeamRef | None
    asset: int | None
    source: str


class GrantPage(Schema):
    """Some of the roles given, oldest first."""

    items: list[GrantOut]
    next: str | None


class GrantIn(Body):
    """A role to give: to a person, to a team, or to everybody."""

    role: Text
    person: int | None = None
    team: int | None = None
    everybody: bool = False
    asset: int | None = None


class GrantsOf(PageOf):
    """Which of the roles given: those on an asset (and what is above it), of a person or of a team; else all."""

    asset: int | None = None
    person: int | None = None
    team: int | None = None
