"""What the API of `accounts` takes and gives."""

import datetime
from typing import Literal

from ninja import Schema

from prodsec.kit.fields import Body, Instant, Text

ScopeWord = Literal["read", "import", "write", "admin", "scim"]


class TeamRef(Schema):
    """A team, in short."""

    id: int
    slug: str
    name: str


class PersonRef(Schema):
    """A person, in short."""

    id: int
    name: str
    email: str


class Me(Schema):
    """Who asks. `scopes` is null at the pages, where a person may do all that is theirs; `subtree` is empty for all assets."""

    person: PersonRef
    is_admin: bool
    teams: list[TeamRef]
    scopes: list[ScopeWord] | None
    subtree: str


class PersonOut(Schema):
    """A person. Without a password they cannot sign in."""

    id: int
    email: str
    name: str
    is_admin: bool
    is_active: bool
    is_service: bool
    has_password: bool
    teams: list[TeamRef]
    created_at: datetime.datetime
    last_sign_in_at: datetime.datetime | None


class PersonPage(Schema):
    """Some people, in the order in which they came."""

    items: list[PersonOut]
    next: str | None


class PersonIn(Body):
    """A new person; without a password they cannot sign in until one is set."""

    email: Text
    name: Text
    password: Text | None = None
    is_admin: bool = False


class ServiceAccountIn(Body):
    """A new service account; its address is made from the name."""

    name: Text


class PersonPatch(Body):
    """What to change; what is left out, or null, stays."""

    name: Text | None = None
    is_admin: bool | None = None
    is_active: bool | None = None


class PasswordIn(Body):
    """A new password."""

    password: Text


class TeamOut(TeamRef):
    """A team; `size` counts its people who are not disabled."""

    size: int


class TeamPage(Schema):
    """Some teams, by slug."""

    items: list[TeamOut]
    next: str | None


class TeamWithMembers(TeamOut):
    """A team and its people."""

    members: list[PersonRef]


class TeamIn(Body):
    """A new team; its slug is made from the name unless given."""

    name: Text
    slug: Text = ""


class TeamPatch(Body):
    """A new name; the slug stays."""

    name: Text


class TokenOut(Schema):
    """A token without its text. `subtree` is the path of the only asset (with all below) it works for; empty: all."""

    id: int
    name: str
    owner: PersonRef
    prefix: str
    scopes: list[ScopeWord]
    subtree: str
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    last_used_at: datetime.datetime | None
    revoked_at: datetime.datetime | None


class NewToken(TokenOut):
    """A token and its text, which is shown this once and kept nowhere."""

    text: str


class TokenPage(Schema):
    """Some tokens, newest first."""

    items: list[TokenOut]
    next: str | None


class TokenIn(Body):
    """A new token for yourself; admins may name another `owner`. Without `expires_at` it works until revoked."""

    name: Text
    scopes: list[ScopeWord]
    subtree: Text = ""
    expires_at: Instant | None = None
    owner: int | None = None


class PageOf(Schema):
    """Which page of a list."""

    cursor: str = ""
    limit: int | None = None
