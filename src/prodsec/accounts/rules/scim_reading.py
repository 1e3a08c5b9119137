"""What an identity provider says of people and groups, in the forms that RFC 7644 describes and those that are really sent.

Okta sends `replace` without a path and the `id` inside; Entra ID writes operations in capitals, booleans as texts, and
removes members by a value. What we do not keep (phone numbers, roles, passwords, whatever else) is passed over: nothing but
the fields named here can be set.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from prodsec.accounts.types import ProvisioningRefusedError

LONGEST_TEXT = 500
MOST_OPERATIONS, MOST_MEMBERS = 1_000, 10_000
_USER = "urn:ietf:params:scim:schemas:core:2.0:user:"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:group:"
_PATH = re.compile(r"[A-Za-z$][\w$:.-]*(\[[^\]]{1,300}\])?(\.[A-Za-z$][\w$-]*)?")
_ONE_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]{1,100})"\s*\]', re.IGNORECASE)
_AN_EMAIL = re.compile(r"emails(?:\[[^\]]*\])?(?:\.value)?", re.IGNORECASE)
_EVERYBODY = "*"


@dataclass(frozen=True)
class PersonSaid:
    """What is said of a person; None is not said."""

    user_name: str | None = None
    external_id: str | None = None
    email: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    full_name: str | None = None
    active: bool | None = None


@dataclass(frozen=True)
class MemberStep:
    """One change of who is in a group: `add`, `remove` or `replace` these ids. To remove `*` empties it."""

    kind: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class GroupSaid:
    """What is said of a group; None is not said. Steps are to be done in their order."""

    display_name: str | None = None
    external_id: str | None = None
    members: tuple[MemberStep, ...] = ()


def person(body: object) -> PersonSaid:
    """A person as a whole, of POST and PUT. Raises: ProvisioningRefusedError."""
    said = PersonSaid()
    for name, value in _fields(body):
        said = _person_with(said, name, value, "replace")
    return said


def person_changes(body: object) -> PersonSaid:
    """What a PATCH changes of a person. Raises: ProvisioningRefusedError."""
    said = PersonSaid()
    for kind, path, value in _operations(body):
        for name, part in [(path, value)] if path else _fields(value):
            said = _person_with(said, name.removeprefix(_USER), part, kind)
    return said


def group(body: object) -> GroupSaid:
    """A group as a whole, of POST and PUT. Raises: ProvisioningRefusedError."""
    said = GroupSaid(members=(MemberStep("replace", ()),))
    for name, value in _fields(body):
        said = _group_with(said, name, value, "replace")
    return said


def group_changes(body: object) -> GroupSaid:
    """What a PATCH changes of a group. Raises: ProvisioningRefusedError."""
    said = GroupSaid()
    for kind, path, value in _operations(body):
        for name, part in [(path, value)] if path else _fields(value):
            said = _group_with(said, name.removeprefix(_GROUP), part, kind)
    return said


def _fields(body: object) -> Iterator[tuple[str, object]]:
    """The fields of an object, in lower case; those of a name one by one."""
    if not isinstance(body, Mapping):
        raise ProvisioningRefusedError("send an object with attributes", word="invalidSyntax")
    for key, value in body.items():
        name = str(key).lower()
        if name == "name" and isinstance(value, Mapping):
            yield from ((f"name.{str(part).lower()}", text) for part, text in value.items())
        else:
            yield name, value


def _operations(body: object) -> Iterator[tuple[str, str, object]]:
    fields = dict(_fields(body))
    operations = fields.get("operations")
    if not isinstance(operations, list) or not operations:
        raise ProvisioningRefusedError("send a list of Operations", word="invalidSyntax")
    if len(operations) > MOST_OPERATIONS:
        raise ProvisioningRefusedError(f"send at most {MOST_OPERATIONS} operations", word="tooMany")
    for operation in operations:
        told = dict(_fields(operation))
        kind, path = told.get("op"), told.get("path") or ""
        if not isinstance(kind, str) or kind.lower() not in ("add", "replace", "remove"):
            raise ProvisioningRefusedError("an operation is add, replace or remove", word="invalidSyntax", place="op")
        if not isinstance(path, str) or (path and not _PATH.fullmatch(path)):
            raise ProvisioningRefusedError("this is no path of an attribute", word="invalidPath", place="path")
        if kind.lower() == "remove" and not path:
            raise ProvisioningRefusedError("say what is to be removed", word="noTarget", place="path")
        # An id inside a filter is somebody's; the name of an attribute is the same in any case of letters.
        yield kind.lower(), path if "[" in path else path.lower(), told.get("value")


def _person_with(said: PersonSaid, name: str, value: object, kind: str) -> PersonSaid:
    if kind == "remove":
        return _person_without(said, name)
    if name == "active":
        return replace(said, active=_boolean(value))
    if _AN_EMAIL.fullmatch(name):
        email = _email(value)
        return said if email is None else replace(said, email=email)
    if name == "name":
        for part, text in _fields({"name": value}):
            said = said if part == "name" else _person_with(said, part, text, kind)
        return said
    return _with_text(said, name, _text(value, name) if name in _PERSON_TEXTS else "")


def _person_without(said: PersonSaid, name: str) -> PersonSaid:
    if name in ("username", "active"):
        raise ProvisioningRefusedError("this cannot be taken away", word="mutability", place=name)
    return said if name in _FULL_NAMES else _with_text(said, name, "")


_FULL_NAMES = frozenset({"name.formatted", "displayname"})
_PERSON_TEXTS = frozenset({"username", "externalid", "name.givenname", "name.familyname"}) | _FULL_NAMES


def _with_text(said: PersonSaid, name: str, text: str) -> PersonSaid:
    """The text at its attribute; what is said at others is passed over."""
    if name in _FULL_NAMES:
        return replace(said, full_name=text)
    match name:
        case "username":
            return replace(said, user_name=text)
        case "externalid":
            return replace(said, external_id=text)
        case "name.givenname":
            return replace(said, given_name=text)
        case "name.familyname":
            return replace(said, family_name=text)
    return said


def _group_with(said: GroupSaid, name: str, value: object, kind: str) -> GroupSaid:
    one = _ONE_MEMBER.fullmatch(name)
    if one:
        if kind != "remove":
            raise ProvisioningRefusedError("a member is added by its value", word="invalidPath", place="path")
        return _with_step(said, MemberStep("remove", (one[1],)))
    if name.lower().startswith("members["):
        raise ProvisioningRefusedError('members are found by value eq "…"', word="invalidFilter", place="path")
    if name == "members":
        ids = (_EVERYBODY,) if kind == "remove" and value is None else _members(value)
        return _with_step(said, MemberStep(kind, ids))
    if name == "displayname":
        if kind == "remove":
            raise ProvisioningRefusedError("this cannot be taken away", word="mutability", place=name)
        return replace(said, display_name=_text(value, name))
    if name == "externalid":
        return replace(said, external_id="" if kind == "remove" else _text(value, name))
    return said


def _with_step(said: GroupSaid, step: MemberStep) -> GroupSaid:
    steps = (*said.members, step)
    if sum(len(each.ids) for each in steps) > MOST_MEMBERS:
        raise ProvisioningRefusedError(
            f"change at most {MOST_MEMBERS} members at once", word="tooMany", place="members"
        )
    return replace(said, members=steps)


def _members(value: object) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else [value]
    ids = []
    for row in rows:
        key = dict(_fields(row)).get("value") if isinstance(row, Mapping) else row
        ids.append(_text(key, "members"))
    return tuple(ids)


def _email(value: object) -> str | None:
    """The primary address among those sent, else that for work, else the first."""
    if not isinstance(value, list):
        value = [value]
    rows = [dict(_fields(row)) if isinstance(row, Mapping) else {"value": row} for row in value]
    rows = [row for row in rows if row.get("value")]
    if not rows:
        return None
    best = min(rows, key=lambda row: (not _is_true(row.get("primary")), row.get("type") != "work"))
    return _text(best["value"], "emails")


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, Mapping):  # some send {"value": false}
        return _boolean(dict(_fields(value)).get("value"))
    raise ProvisioningRefusedError("say true or false", place="active")


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ProvisioningRefusedError(f"send a text of at most {LONGEST_TEXT} characters", place=name)
    return value.strip()
