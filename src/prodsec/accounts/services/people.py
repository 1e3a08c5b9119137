"""People and teams. `activity` stands above `accounts`: doors go through `flows.manage_accounts`, which records the deed."""

import re

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from prodsec.accounts import queries
from prodsec.accounts.models import Person, Team, TeamMember
from prodsec.accounts.types import NotPermittedError, Permission, PersonExistsError, Viewer
from prodsec.kit.errors import ConflictError, InvalidError

LONGEST_NAME = 200
# A name that can never be reached (RFC 2606), so that no mail and no identity provider answers for it.
SERVICE_DOMAIN = "service.invalid"


def create_person(
    viewer: Viewer, *, email: str, name: str, password: str | None = None, is_admin: bool = False
) -> Person:
    """Add somebody; without a password they cannot sign in until one is set. Only an admin makes admins.

    Raises: NotPermittedError, InvalidError, PersonExistsError.
    """
    queries.require(viewer, Permission.PERSON_MANAGE)
    if is_admin and not viewer.is_admin:
        raise NotPermittedError("Only an admin makes somebody an admin.")
    return add_person(email=email, name=name, password=password, is_admin=is_admin)


def create_service_account(viewer: Viewer, *, name: str) -> Person:
    """Add an account for a program: it has roles and tokens, and never signs in.

    Raises: NotPermittedError, InvalidError, PersonExistsError.
    """
    queries.require(viewer, Permission.PERSON_MANAGE)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    if not slug:
        raise InvalidError("give a name with letters or digits", place="name")
    return add_person(email=f"{slug}@{SERVICE_DOMAIN}", name=name, password=None, is_admin=False, is_service=True)


def add_person(*, email: str, name: str, password: str | None, is_admin: bool, is_service: bool = False) -> Person:
    """Write a new person after checking what was given; who may ask is the caller's to know."""
    if not is_service and email.strip().lower().endswith(f"@{SERVICE_DOMAIN}"):
        raise InvalidError("addresses of this kind are for service accounts", place="email")
    person = Person(email=checked_email(email), name=checked_name(name), is_admin=is_admin, is_service=is_service)
    if password is None:
        person.set_unusable_password()
    else:
        set_checked_password(person, password)
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

    Raises: NotPermittedError, PersonNotFoundError, ConflictError.
    """
    queries.require(viewer, Permission.PERSON_MANAGE)
    person = theirs_to_change(viewer, person_id)
    _refuse_kept_elsewhere(person, name=name, is_active=is_active)
    if name is not None:
        person.name = checked_name(name)
    if is_admin is not None and is_admin != person.is_admin:
        if not viewer.is_admin:
            raise NotPermittedError("Only an admin makes somebody an admin, or takes that away.")
        if person.is_service:
            raise InvalidError("a service account has roles, and is never an admin", place="is_admin")
        person.is_admin = is_admin
    if is_active is not None:
        person.is_active = is_active
    admins = list(Person.objects.select_for_update().filter(is_admin=True, is_active=True).values_list("pk", flat=True))
    if admins == [person.pk] and not (person.is_admin and person.is_active):
        raise ConflictError(f"{person.email} is the last admin; make somebody else one first.")
    person.save(update_fields=["name", "is_admin", "is_active"])
    return person


def _refuse_kept_elsewhere(person: Person, *, name: str | None, is_active: bool | None) -> None:
    """Disabling somebody is possible at any time: it may be urgent, and the provider out of reach."""
    lets_in = bool(is_active) and not person.is_active
    if ((name is not None and name != person.name) or lets_in) and queries.is_provisioned(person.pk):
        raise ConflictError(f"{person.email} is kept by your identity provider; change them there.")


def set_password(viewer: Viewer, person_id: int, password: str) -> Person:
    """Give somebody a new password. Raises: NotPermittedError, PersonNotFoundError, InvalidError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
    person = theirs_to_enter(viewer, person_id)
    if person.is_service:
        raise InvalidError("a service account never signs in; give it a token", place="password")
    set_checked_password(person, password)
    person.save(update_fields=["password"])
    return person


def theirs_to_enter(viewer: Viewer, person_id: int) -> Person:
    """A person to whose account the viewer may make a way in: nobody gets at more rights than their own through another's.

    Raises: NotPermittedError, PersonNotFoundError.
    """
    person = queries.person(viewer, person_id)
    if not viewer.covers(queries.viewer_of(person)):
        raise NotPermittedError(f"{person.email} may do more than you; only an admin may make them a way in.")
    return person


def theirs_to_change(viewer: Viewer, person_id: int) -> Person:
    """A person whom the viewer may change: who may do more over all is changed by an admin only.

    Raises: NotPermittedError, PersonNotFoundError.
    """
    person = queries.person(viewer, person_id)
    if not viewer.is_admin and (person.is_admin or not queries.viewer_of(person).over_all <= viewer.over_all):
        raise NotPermittedError(f"{person.email} may do more than you; only an admin may change them.")
    return person


def create_team(viewer: Viewer, *, name: str, slug: str = "") -> Team:
    """Add a team; its slug is made from the name unless given. Raises: NotPermittedError, InvalidError, ConflictError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
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
    """Give a team another name; its slug stays. Raises: NotPermittedError, TeamNotFoundError, InvalidError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
    team = queries.team(viewer, team_id)
    team.name = checked_name(name)
    team.save(update_fields=["name"])
    return team


def remove_team(viewer: Viewer, team_id: int) -> Team:
    """Delete a team that owns nothing any more; its people stay. Raises: NotPermittedError, TeamNotFoundError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
    team = queries.team(viewer, team_id)
    Team.objects.filter(pk=team_id).delete()
    return team


def add_member(viewer: Viewer, *, team_id: int, person_id: int) -> None:
    """Put a person into a team; twice is once. Raises: NotPermittedError, TeamNotFoundError, PersonNotFoundError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
    person = queries.person(viewer, person_id)
    team = queries.team(viewer, team_id)
    if not viewer.covers(queries.viewer_of_team(team_id)):
        raise NotPermittedError(f"{team.name} may do more than you; only an admin may put somebody into it.")
    TeamMember.objects.get_or_create(team=team, person=person)


def remove_member(viewer: Viewer, *, team_id: int, person_id: int) -> None:
    """Take a person out of a team. Raises: NotPermittedError, TeamNotFoundError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
    TeamMember.objects.filter(team=queries.team(viewer, team_id), person_id=person_id).delete()


def checked_email(text: str) -> str:
    """An e-mail address in lower case. Raises: InvalidError."""
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


def set_checked_password(person: Person, password: str) -> None:
    """Put a new password in, unsaved. Raises: InvalidError for a weak one."""
    try:
        password_validation.validate_password(password, person)
    except ValidationError as error:
        raise InvalidError(" ".join(error.messages), place="password") from None
    person.set_password(password)
