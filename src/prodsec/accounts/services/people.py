"""People and teams. `activity` stands above `accounts`: doors go through `flows.manage_accounts`, which records the deed."""

import re

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from prodsec.accounts import queries
from prodsec.accounts.models import Person, Team, TeamMember
from prodsec.accounts.types import Permission, PersonExistsError, Viewer
from prodsec.kit.errors import ConflictError, InvalidError

LONGEST_NAME = 200


def create_person(
    viewer: Viewer, *, email: str, name: str, password: str | None = None, is_admin: bool = False
) -> Person:
    """Add somebody; without a password they cannot sign in until one is set.

    Raises: AdminOnlyError, InvalidError, PersonExistsError.
    """
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    return add_person(email=email, name=name, password=password, is_admin=is_admin)


def add_person(*, email: str, name: str, password: str | None, is_admin: bool) -> Person:
    """Write a new person after checking what was given; who may ask is the caller's to know."""
    person = Person(email=_checked_email(email), name=checked_name(name), is_admin=is_admin)
    if password is None:
        person.set_unusable_password()
    else:
        _set_checked_password(person, password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise PersonExistsError(f"{person.email} belongs to somebody already.") from None
    return person


def change_person(
    viewer: Viewer,
    person_id: int,
    *,
    name: str | None = None,
    is_admin: bool | None = None,
    is_active: bool | None = None,
) -> Person:
    """Change a name or what somebody is. The last active admin stays one.

    Raises: AdminOnlyError, PersonNotFoundError, ConflictError.
    """
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    person = queries.person(viewer, person_id)
    if name is not None:
        person.name = checked_name(name)
    if is_admin is not None:
        person.is_admin = is_admin
    if is_active is not None:
        person.is_active = is_active
    admins = list(Person.objects.select_for_update().filter(is_admin=True, is_active=True).values_list("pk", flat=True))
    if admins == [person.pk] and not (person.is_admin and person.is_active):
        raise ConflictError(f"{person.email} is the last admin; make somebody else one first.")
    person.save(update_fields=["name", "is_admin", "is_active"])
    return person


def set_password(viewer: Viewer, person_id: int, password: str) -> Person:
    """Give somebody a new password. Raises: AdminOnlyError, PersonNotFoundError, InvalidError."""
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    person = queries.person(viewer, person_id)
    _set_checked_password(person, password)
    person.save(update_fields=["password"])
    return person


def create_team(viewer: Viewer, *, name: str, slug: str = "") -> Team:
    """Add a team; its slug is made from the name unless given. Raises: AdminOnlyError, InvalidError, ConflictError."""
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    name = checked_name(name)
    slug = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100]
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", slug):
        raise InvalidError("use lower-case letters, digits and hyphens, 100 characters at most", place="slug")
    try:
        with transaction.atomic():
            return Team.objects.create(name=name, slug=slug)
    except IntegrityError:
        raise ConflictError(f"There is a team {slug} already.") from None


def rename_team(viewer: Viewer, team_id: int, *, name: str) -> Team:
    """Give a team another name; its slug stays. Raises: AdminOnlyError, TeamNotFoundError, InvalidError."""
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    team = queries.team(viewer, team_id)
    team.name = checked_name(name)
    team.save(update_fields=["name"])
    return team


def remove_team(viewer: Viewer, team_id: int) -> Team:
    """Delete a team that owns nothing any more; its people stay. Raises: AdminOnlyError, TeamNotFoundError."""
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    team = queries.team(viewer, team_id)
    Team.objects.filter(pk=team_id).delete()
    return team


def add_member(viewer: Viewer, *, team_id: int, person_id: int) -> None:
    """Put a person into a team; twice is once. Raises: AdminOnlyError, TeamNotFoundError, PersonNotFoundError."""
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    person = queries.person(viewer, person_id)
    TeamMember.objects.get_or_create(team=queries.team(viewer, team_id), person=person)


def remove_member(viewer: Viewer, *, team_id: int, person_id: int) -> None:
    """Take a person out of a team. Raises: AdminOnlyError, TeamNotFoundError."""
    queries.require_admin(viewer, Permission.PERSON_MANAGE)
    TeamMember.objects.filter(team=queries.team(viewer, team_id), person_id=person_id).delete()


def _checked_email(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidError("this is not an e-mail address", place="email") from None
    return email


def checked_name(text: str) -> str:
    """A name on one line without control characters. Raises: InvalidError for an empty or endless one."""
    name = " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidError(f"give a name of 1 to {LONGEST_NAME} characters", place="name")
    return name


def _set_checked_password(person: Person, password: str) -> None:
    try:
        password_validation.validate_password(password, person)
    except ValidationError as error:
        raise InvalidError(" ".join(error.messages), place="password") from None
    person.set_password(password)
