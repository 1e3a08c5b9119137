"""Users and Groups of SCIM."""

from http import HTTPStatus

from django.http import HttpRequest

from prodsec.accounts.queries import provisioning as queries
from prodsec.accounts.rules import scim_filters, scim_reading
from prodsec.accounts.rules.scim_reading import PersonSaid
from prodsec.accounts.types import ProvisioningRefusedError, Viewer
from prodsec.accounts.web.scim import resources
from prodsec.accounts.web.scim.door import Answer, body_of, door
from prodsec.flows import provision

PAGE, LARGEST_PAGE, LARGEST_START = 100, 200, 10_000_000
_OF_USERS = {
    "username": "user_name", "externalid": "external_id", "displayname": "name", "id": "id", "active": "active",
    "emails": "email", "emails.value": "email",
}  # fmt: skip
_OF_GROUPS = {"displayname": "name", "externalid": "external_id", "id": "id"}


def _users(viewer: Viewer, request: HttpRequest) -> Answer:
    found = queries.provisionable_people(viewer)
    wanted = scim_filters.read(request.GET.get("filter", ""), _OF_USERS)
    if wanted is not None:
        found = queries.matching_people(found, wanted)
    start, count = _page(request)
    rows, base = found[start - 1 : start - 1 + count], resources.root(request)
    told = [resources.narrowed(resources.user(row, base), request) for row in rows]
    return Answer(HTTPStatus.OK, resources.listed(told, total=found.count(), start=start))


def _user(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    return _shown_user(viewer, request, key)


def _add_user(viewer: Viewer, request: HttpRequest) -> Answer:
    key = provision.add_person(viewer, scim_reading.person(body_of(request)))
    return _shown_user(viewer, request, key, status=HTTPStatus.CREATED)


def _put_user(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    said = scim_reading.person(body_of(request))
    return _shown_user(viewer, request, provision.change_person(viewer, key, said))


def _patch_user(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    said = scim_reading.person_changes(body_of(request))
    return _shown_user(viewer, request, provision.change_person(viewer, key, said))


def _disable_user(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    """Whoever is deleted elsewhere is disabled here: what they did keeps its name."""
    provision.change_person(viewer, key, PersonSaid(active=False))
    return Answer(HTTPStatus.NO_CONTENT)


def _shown_user(viewer: Viewer, request: HttpRequest, key: str, *, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    base = resources.root(request)
    told = resources.user(queries.provisionable_person(viewer, key), base)
    return Answer(status, resources.narrowed(told, request), location=f"{base}/Users/{key}")


def _groups(viewer: Viewer, request: HttpRequest) -> Answer:
    found = queries.provisioned_teams(viewer)
    wanted = scim_filters.read(request.GET.get("filter", ""), _OF_GROUPS)
    if wanted is not None:
        found = queries.matching_teams(found, wanted)
    start, count = _page(request)
    rows, base = found[start - 1 : start - 1 + count], resources.root(request)
    told = [resources.narrowed(resources.group(row, base), request) for row in rows]
    return Answer(HTTPStatus.OK, resources.listed(told, total=found.count(), start=start))


def _group(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    return _shown_group(viewer, request, key)


def _add_group(viewer: Viewer, request: HttpRequest) -> Answer:
    key = provision.add_group(viewer, scim_reading.group(body_of(request)))
    return _shown_group(viewer, request, key, status=HTTPStatus.CREATED)


def _put_group(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    said = scim_reading.group(body_of(request))
    return _shown_group(viewer, request, provision.change_group(viewer, key, said))


def _patch_group(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    said = scim_reading.group_changes(body_of(request))
    return _shown_group(viewer, request, provision.change_group(viewer, key, said))


def _drop_group(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    provision.drop_group(viewer, key)
    return Answer(HTTPStatus.NO_CONTENT)


def _shown_group(viewer: Viewer, request: HttpRequest, key: str, *, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    base = resources.root(request)
    told = resources.group(queries.provisioned_team(viewer, key), base)
    return Answer(status, resources.narrowed(told, request), location=f"{base}/Groups/{key}")


def _page(request: HttpRequest) -> tuple[int, int]:
    """Where the page begins, from 1, and how many it has at most."""
    start, count = (_number(request, name, usual) for name, usual in (("startIndex", 1), ("count", PAGE)))
    return min(max(start, 1), LARGEST_START), min(max(count, 0), LARGEST_PAGE)


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return usual
    if len(text) > 12 or not text.lstrip("-").isdecimal() or not text.isascii():
        raise ProvisioningRefusedError("send a whole number", place=name)
    return int(text)


users = door(get=_users, post=_add_user)
one_user = door(get=_user, put=_put_user, patch=_patch_user, delete=_disable_user)
groups = door(get=_groups, post=_add_group)
one_group = door(get=_group, put=_put_group, patch=_patch_group, delete=_drop_group)
