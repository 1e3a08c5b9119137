"""People and groups as an identity provider keeps them. Doors go through `flows.provision`, which records the deed.

It sets names, addresses, whether somebody may come in, and who is in its groups; never what somebody may do. People are
disabled, not deleted.
"""

import re
from collections.abc import Collection

from django.db import IntegrityError, transaction

from prodsec.accounts import queries
from prodsec.accounts.models import ApiToken, Person, ProvisionedPerson, ProvisionedTeam, Team, TeamMember
from prodsec.accounts.queries import provisioning
from prodsec.accounts.rules.scim_reading import MemberStep, PersonSaid
from prodsec.accounts.services.people import SERVICE_DOMAIN, add_person, checked_email, checked_name
from prodsec.accounts.services.sign_in import end_all_sessions
from prodsec.accounts.types import Permission, PersonExistsError, ProvisioningRefusedError, TeamExistsError, Viewer
from prodsec.kit import clock
from prodsec.kit.errors import ConflictError


def provision_person(viewer: Viewer, said: PersonSaid) -> Person:
    """Let somebody in whom the provider names; they have no password.

    Raises: NotPermittedError, InvalidError, PersonExistsError.
    """
    provisioning.require_provisioner(viewer)
    user_name = said.user_name or ""
    if not user_name:
        raise ProvisioningRefusedError("send a userName", place="userName")
    name = said.full_name or f"{said.given_name or ''} {said.family_name or ''}".strip() or user_name
    person = add_person(email=_address(user_name, said.email), name=name, password=None, is_admin=False)
    if said.active is False:
        person.is_active = False
        person.save(update_fields=["is_active"])
    kept = ProvisionedPerson(person=person, user_name=user_name, external_id=said.external_id or "")
    kept.given_name, kept.family_name = said.given_name or "", said.family_name or ""
    _save(kept)
    return person


def change_provisioned_person(viewer: Viewer, person: Person, said: PersonSaid) -> Person:
    """Change what the provider says of somebody, who is the provider's from then on. Who is disabled is signed out, and
    their tokens end. The last active admin stays; an admin's address is for an admin to change.

    person: locked, as `queries.provisionable_person` gives it.
    Raises: NotPermittedError, InvalidError, PersonExistsError, ConflictError.
    """
    provisioning.require_provisioner(viewer)
    kept = ProvisionedPerson.objects.filter(person=person).first()
    if kept is None:
        kept = ProvisionedPerson(person=person, user_name=person.email)
    if said.user_name is not None:
        if not said.user_name:
            raise ProvisioningRefusedError("send a userName", place="userName")
        kept.user_name = said.user_name
    for field in ("external_id", "given_name", "family_name"):
        value = getattr(said, field)
        setattr(kept, field, getattr(kept, field) if value is None else value)
    if said.full_name:
        person.name = checked_name(said.full_name)
    elif said.given_name is not None or said.family_name is not None:
        person.name = checked_name(f"{kept.given_name} {kept.family_name}".strip() or person.name)
    _set_address(person, said)
    if said.active is not None and said.active != person.is_active:
        _set_active(person, said.active)
    _save_person(person)
    _save(kept)
    return person


def provision_team(viewer: Viewer, *, name: str, external_id: str) -> tuple[ProvisionedTeam, bool]:
    """A group of the provider becomes a team. Returns it, and whether the team is new: one made by hand is taken over only
    where an admin opened it to the group of its short name.

    Raises: NotPermittedError, InvalidError, ConflictError.
    """
    provisioning.require_provisioner(viewer)
    name = checked_name(name)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100]
    if not slug:
        raise ProvisioningRefusedError("give a name with letters or digits", place="displayName")
    opened = ProvisionedTeam.objects.select_for_update().filter(team__slug=slug, is_open=True).first()
    if opened is not None:
        opened.is_open, opened.external_id = False, external_id
        opened.save(update_fields=["is_open", "external_id"])
        return opened, False
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, slug=slug)
    except IntegrityError:
        raise TeamExistsError(
            f"There is a team {slug} already; an admin can open it to the identity provider on the team's page."
        ) from None
    return ProvisionedTeam.objects.create(team=team, external_id=external_id), True


def change_provisioned_team(
    viewer: Viewer, kept: ProvisionedTeam, *, name: str | None, external_id: str | None
) -> None:
    """Another name for a group; its short name stays. Raises: NotPermittedError, InvalidError."""
    provisioning.require_provisioner(viewer)
    if name is not None:
        kept.team.name = checked_name(name)
        kept.team.save(update_fields=["name"])
    if external_id is not None:
        kept.external_id = external_id
        kept.save(update_fields=["external_id"])


def change_provisioned_members(
    viewer: Viewer, kept: ProvisionedTeam, steps: Collection[MemberStep]
) -> tuple[list[int], list[int]]:
    """Let the provider say who is in its group. Who was put there by hand stays. Returns who came and who went.

    Raises: NotPermittedError, ProvisioningRefusedError for ids of nobody.
    """
    provisioning.require_provisioner(viewer)
    before = set(
        TeamMember.objects.filter(team=kept.team, source=provisioning.SOURCE).values_list("person_id", flat=True)
    )
    after = set(before)
    for step in steps:
        if step.kind == "remove":
            # Whoever is not there need not go: their id may be anybody's.
            after = set() if "*" in step.ids else {key for key in after if str(key) not in step.ids}
            continue
        named = _people_with(step.ids)
        after = named if step.kind == "replace" else after | named
    came, gone = sorted(after - before), sorted(before - after)
    TeamMember.objects.filter(team=kept.team, source=provisioning.SOURCE, person_id__in=gone).delete()
    rows = [TeamMember(team=kept.team, person_id=key, source=provisioning.SOURCE) for key in came]
    TeamMember.objects.bulk_create(rows, ignore_conflicts=True)
    return came, gone


def release_team(viewer: Viewer, kept: ProvisionedTeam) -> None:
    """The provider lets go of a group: the team stays with whom was put there by hand. Raises: NotPermittedError."""
    provisioning.require_provisioner(viewer)
    TeamMember.objects.filter(team=kept.team, source=provisioning.SOURCE).delete()
    kept.delete()


def open_team(viewer: Viewer, team_id: int, *, is_open: bool) -> bool:
    """Let a group of the same short name take a team over, or not any more. Returns whether that is a change.

    Raises: NotPermittedError, TeamNotFoundError, ConflictError for one that is taken over already.
    """
    queries.require(viewer, Permission.PERSON_MANAGE)
    team = queries.team(viewer, team_id)
    kept = ProvisionedTeam.objects.select_for_update().filter(team=team).first()
    if kept is not None and not kept.is_open:
        raise ConflictError(f"{team.name} is a group of the identity provider already.")
    if is_open == (kept is not None):
        return False
    if kept is None:
        ProvisionedTeam.objects.create(team=team, is_open=True)
    else:
        kept.delete()
    return True


def _address(user_name: str, email: str | None) -> str:
    """The name that the provider gives, where it is an address, else the address that it names."""
    return user_name if "@" in user_name or not email else email


def _set_address(person: Person, said: PersonSaid) -> None:
    wanted = said.email
    if said.user_name is not None and ("@" in said.user_name or wanted is None):
        wanted = said.user_name if "@" in said.user_name else None
    if wanted is None or wanted.strip().lower() == person.email:
        return
    if person.is_admin:
        raise ConflictError(f"{person.email} is an admin; only an admin changes their address, on their page here.")
    email = checked_email(wanted)
    if email.endswith(f"@{SERVICE_DOMAIN}"):
        raise ProvisioningRefusedError("addresses of this kind are for service accounts", place="emails")
    person.email = email


def _set_active(person: Person, is_active: bool) -> None:
    admins = Person.objects.select_for_update().filter(is_admin=True, is_active=True)
    if not is_active and list(admins.values_list("pk", flat=True)) == [person.pk]:
        raise ConflictError(f"{person.email} is the last admin; make somebody else one first.")
    person.is_active = is_active
    if not is_active:
        end_all_sessions(person_id=person.pk)
        ApiToken.objects.filter(owner=person, revoked_at=None).update(revoked_at=clock.now())


def _people_with(keys: Collection[str]) -> set[int]:
    numbers = {int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19}
    found = set(Person.objects.filter(pk__in=numbers, is_service=False).values_list("pk", flat=True))
    if len(found) != len(set(keys)):
        raise ProvisioningRefusedError("a member is nobody here", place="members")
    return found


def _save(kept: ProvisionedPerson) -> None:
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError:
        raise PersonExistsError(f"{kept.user_name} is the name of somebody else already.") from None


def _save_person(person: Person) -> None:
    try:
        with transaction.atomic():
            person.save(update_fields=["email", "name", "is_active"])
    except IntegrityError:
        raise PersonExistsError(f"{person.email} belongs to somebody already.") from None
