"""Reads of `accounts`."""

from prodsec.accounts.queries.choices import choices
from prodsec.accounts.queries.people import (
    has_people,
    may_manage_tokens,
    members,
    people,
    person,
    person_with_email,
    setup_link,
    team,
    teams,
    tokens,
)
from prodsec.accounts.queries.reach import Named, everybody_named, people_with, viewer_of_team
from prodsec.accounts.queries.roles import Role, all_roles, custom_role, grant, grants, role
from prodsec.accounts.queries.viewers import (
    NOTE_USE_EVERY,
    holds,
    require,
    require_scope,
    scope_allows,
    viewer_asking,
    viewer_of,
    viewer_of_token,
)

__all__ = [
    "NOTE_USE_EVERY",
    "Named",
    "Role",
    "all_roles",
    "choices",
    "custom_role",
    "everybody_named",
    "grant",
    "grants",
    "has_people",
    "holds",
    "may_manage_tokens",
    "members",
    "people",
    "people_with",
    "person",
    "person_with_email",
    "require",
    "require_scope",
    "role",
    "scope_allows",
    "setup_link",
    "team",
    "teams",
    "tokens",
    "viewer_asking",
    "viewer_of",
    "viewer_of_team",
    "viewer_of_token",
]
