"""An identity provider keeps people and groups through SCIM: the change in `accounts` and its rows in `activity`, in one transaction.

Functions return the id of what they made or changed.
"""

from typing import TYPE_CHECKING

from prodsec.accounts import queries as teams
from prodsec.accounts.queries import provisioning as queries
from prodsec.accounts.rules.scim_reading import GroupSaid, PersonSaid
from prodsec.accounts.services import provisioning as services
from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.activity import services as activity
from prodsec.activity.types import Told
from prodsec.flows import remove_team
from prodsec.kit.errors import ConflictError

if TYPE_CHECKING:
    from prodsec.accounts.models import Person, ProvisionedTeam

_BY: dict[str, object] = {"by": queries.SOURCE}
_FACTS = ("name", "email", "is_active")


def add_person(viewer: Viewer, said: PersonSaid) -> str:
    """Somebody may come in. Raises: NotPermittedError, InvalidError, PersonExistsError."""
    person = services.provision_person(viewer, said)
    details = {"email": person.email, "is_active": person.is_active, **_BY}
    activity.record(viewer, "person.created", object_type="person", object_id=person.pk, details=details)
    return str(person.pk)


def change_person(viewer: Viewer, key: str, said: PersonSaid) -> str:
    """Somebody is called something else, may come in or not any more.

    Raises: NotPermittedError, PersonNotFoundError, InvalidError, PersonExistsError; ConflictError for the last admin.
    """
    person = queries.provisionable_person(viewer, key, locked=True)
    is_new = not _is_kept(person)
    before = {fact: getattr(person, fact) for fact in _FACTS}
    services.change_provisioned_person(viewer, person, said)
    changed: dict[str, object] = {
        fact: [value, getattr(person, fact)] for fact, value in before.items() if value != getattr(person, fact)
    }
    told = []
    if is_new:
        told.append(Told("person.provisioned", "person", person.pk, details=_BY))
    if changed:
        told.append(Told("person.changed", "person", person.pk, details={**changed, **_BY}))
    activity.record_all(viewer, told)
    return str(person.pk)


def add_group(viewer: Viewer, said: GroupSaid) -> str:
    """A group becomes a team, or takes over one that was opened to it. Raises: NotPermittedError, InvalidError, ConflictError."""
    kept, is_new = services.provision_team(viewer, name=said.display_name or "", external_id=said.external_id or "")
    action = "team.created" if is_new else "team.provisioned"
    told = [Told(action, "team", kept.team_id, details={"slug": kept.team.slug, **_BY})]
    activity.record_all(viewer, told + _members(viewer, kept, said))
    return str(kept.team_id)


def change_group(viewer: Viewer, key: str, said: GroupSaid) -> str:
    """A group is called something else, or others are in it. Raises: NotPermittedError, TeamNotFoundError, InvalidError."""
    kept = queries.provisioned_team(viewer, key, locked=True)
    before = kept.team.name
    services.change_provisioned_team(viewer, kept, name=said.display_name, external_id=said.external_id)
    told = []
    if kept.team.name != before:
        details = {"name": [before, kept.team.name], **_BY}
        told.append(Told("team.renamed", "team", kept.team_id, details=details))
    activity.record_all(viewer, told + _members(viewer, kept, said))
    return key


def drop_group(viewer: Viewer, key: str) -> None:
    """A group is gone: whom it put into the team goes, and the team too unless it owns something or has others in it.

    Raises: NotPermittedError, TeamNotFoundError.
    """
    kept = queries.provisioned_team(viewer, key, locked=True)
    team_id, slug = kept.team_id, kept.team.slug
    services.release_team(viewer, kept)
    activity.record(viewer, "team.released", object_type="team", object_id=team_id, details={"slug": slug, **_BY})
    if not teams.members(SYSTEM, team_id).exists():
        try:
            remove_team.run(SYSTEM, team_id)
        except ConflictError:
            return  # it owns something; people here say who gets that


def open_team(viewer: Viewer, team_id: int, *, is_open: bool) -> int:
    """A team made by hand may be taken over by a group of its short name, or not any more.

    Raises: NotPermittedError, TeamNotFoundError, ConflictError.
    """
    if services.open_team(viewer, team_id, is_open=is_open):
        details: dict[str, object] = {"is_open": is_open}
        activity.record(viewer, "team.opened", object_type="team", object_id=team_id, details=details)
    return team_id


def _members(viewer: Viewer, kept: "ProvisionedTeam", said: GroupSaid) -> list[Told]:
    came, gone = services.change_provisioned_members(viewer, kept, said.members)
    return [
        Told(action, "team", kept.team_id, details={"person_id": person_id, **_BY})
        for action, ids in (("team.member_added", came), ("team.member_removed", gone))
        for person_id in ids
    ]


def _is_kept(person: "Person") -> bool:
    return getattr(person, "provisioned", None) is not None
