"""People, teams and tokens are managed: the change in `accounts` and its row in `activity`, in one transaction.

`accounts` stands below `activity` and cannot write there itself, so every door (API, pages, commands) comes through here.
Functions return the id of what they made or changed.
"""

import datetime

from prodsec.accounts import queries, services
from prodsec.accounts.types import Scope, Viewer
from prodsec.activity import services as activity
from prodsec.inventory import services as inventory


def add_person(viewer: Viewer, *, email: str, name: str, password: str | None = None, is_admin: bool = False) -> int:
    """Somebody may come in. Raises: NotPermittedError, InvalidError, PersonExistsError."""
    person = services.create_person(viewer, email=email, name=name, password=password, is_admin=is_admin)
    details: dict[str, object] = {"email": person.email, "is_admin": is_admin}
    activity.record(viewer, "person.created", object_type="person", object_id=person.pk, details=details)
    return person.pk


def add_service_account(viewer: Viewer, *, name: str) -> int:
    """A program gets an account. Raises: NotPermittedError, InvalidError, PersonExistsError."""
    made = services.create_service_account(viewer, name=name)
    details: dict[str, object] = {"email": made.email, "is_service": True}
    activity.record(viewer, "person.created", object_type="person", object_id=made.pk, details=details)
    return made.pk


def change_person(
    viewer: Viewer,
    person_id: int,
    *,
    name: str | None = None,
    is_admin: bool | None = None,
    is_active: bool | None = None,
) -> int:
    """Somebody gets another name, becomes an admin or not, is disabled or let in again. Raises: NotPermittedError, PersonNotFoundError, InvalidError, ConflictError for the last admin."""
    before = queries.person(viewer, person_id)
    after = services.change_person(viewer, person_id, name=name, is_admin=is_admin, is_active=is_active)
    changed: dict[str, object] = {
        fact: [getattr(before, fact), getattr(after, fact)]
        for fact in ("name", "is_admin", "is_active")
        if getattr(before, fact) != getattr(after, fact)
    }
    if "is_active" in changed and not after.is_active:
        services.end_all_sessions(person_id=person_id)
    if changed:
        activity.record(viewer, "person.changed", object_type="person", object_id=person_id, details=changed)
    return person_id


def set_password(viewer: Viewer, person_id: int, password: str) -> int:
    """Somebody gets a new password; their sessions end. Raises: NotPermittedError, PersonNotFoundError, InvalidError."""
    services.set_password(viewer, person_id, password)
    services.end_all_sessions(person_id=person_id)
    activity.record(viewer, "person.password_set", object_type="person", object_id=person_id)
    return person_id


def use_setup_link(text: str, *, email: str, name: str, password: str) -> int:
    """The first admin makes themselves. Raises: SetupLinkError, InvalidError."""
    person = services.use_setup_link(text, email=email, name=name, password=password)
    details: dict[str, object] = {"email": person.email, "is_admin": True, "by": "setup link"}
    viewer = queries.viewer_of(person)
    activity.record(viewer, "person.created", object_type="person", object_id=person.pk, details=details)
    return person.pk


def add_team(viewer: Viewer, *, name: str, slug: str = "") -> int:
    """A team is made. Raises: NotPermittedError, InvalidError, ConflictError."""
    team = services.create_team(viewer, name=name, slug=slug)
    inventory.team_was_made(team.slug)
    activity.record(viewer, "team.created", object_type="team", object_id=team.pk, details={"slug": team.slug})
    return team.pk


def rename_team(viewer: Viewer, team_id: int, *, name: str) -> int:
    """A team gets another name. Raises: NotPermittedError, TeamNotFoundError, InvalidError."""
    before = queries.team(viewer, team_id).name
    after = services.rename_team(viewer, team_id, name=name).name
    activity.record(viewer, "team.renamed", object_type="team", object_id=team_id, details={"name": [before, after]})
    return team_id


def add_member(viewer: Viewer, *, team_id: int, person_id: int) -> int:
    """A person joins a team. Raises: NotPermittedError, TeamNotFoundError, PersonNotFoundError."""
    services.add_member(viewer, team_id=team_id, person_id=person_id)
    details: dict[str, object] = {"person_id": person_id}
    activity.record(viewer, "team.member_added", object_type="team", object_id=team_id, details=details)
    return team_id


def remove_member(viewer: Viewer, *, team_id: int, person_id: int) -> int:
    """A person leaves a team. Raises: NotPermittedError, TeamNotFoundError."""
    services.remove_member(viewer, team_id=team_id, person_id=person_id)
    details: dict[str, object] = {"person_id": person_id}
    activity.record(viewer, "team.member_removed", object_type="team", object_id=team_id, details=details)
    return team_id


def make_token(
    viewer: Viewer,
    *,
    name: str,
    scopes: frozenset[Scope],
    subtree: str = "",
    expires_at: datetime.datetime | None = None,
    owner_id: int | None = None,
) -> tuple[int, str]:
    """The token's id and its text, which nobody can show again.

    Raises: ForbiddenError, InvalidError, PersonNotFoundError.
    """
    token, text = services.create_token(
        viewer, name=name, scopes=scopes, subtree=subtree, expires_at=expires_at, owner_id=owner_id
    )
    details: dict[str, object] = {"name": token.name, "owner_id": token.owner_id, "scopes": list(token.scopes),
                                  "subtree": token.subtree, "prefix": token.prefix}  # fmt: skip
    activity.record(viewer, "token.created", object_type="token", object_id=token.pk, details=details)
    return token.pk, text


def revoke_token(viewer: Viewer, token_id: int) -> int:
    """A token ends at once. Raises: ForbiddenError, TokenNotFoundError."""
    token = services.revoke_token(viewer, token_id)
    activity.record(viewer, "token.revoked", object_type="token", object_id=token_id, details={"name": token.name})
    return token_id
