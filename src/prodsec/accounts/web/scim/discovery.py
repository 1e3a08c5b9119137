"""What this service can do, as an identity provider asks for it first."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    Group,
    Patch,
    Resource,
    ResourceType,
    ServiceProviderConfig,
    Sort,
    User,
)

from prodsec.accounts.types import ProvisioningRefusedError, Viewer
from prodsec.accounts.web.scim import resources
from prodsec.accounts.web.scim.door import Answer, door
from prodsec.accounts.web.scim.views import LARGEST_PAGE
from prodsec.kit.errors import NotFoundError

_KEPT = {
    "User": frozenset({"userName", "name", "displayName", "emails", "active", "groups"}),
    "Group": frozenset({"displayName", "members"}),
}
_NAMES = frozenset({"formatted", "givenName", "familyName"})
_MODELS: tuple[type[Resource[Any]], ...] = (User, Group)


def _config(viewer: Viewer, request: HttpRequest) -> Answer:
    told = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=LARGEST_PAGE),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token of Prodsec that was made for SCIM",
                primary=True,
            )
        ],
    )
    return Answer(HTTPStatus.OK, told.model_dump())


def _types(viewer: Viewer, request: HttpRequest) -> Answer:
    return _list(request, [ResourceType.from_resource(model).model_dump() for model in _MODELS])


def _type(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    return _one([ResourceType.from_resource(model).model_dump() for model in _MODELS], key)


def _schemas(viewer: Viewer, request: HttpRequest) -> Answer:
    return _list(request, [_schema(model) for model in _MODELS])


def _schema_of(viewer: Viewer, request: HttpRequest, key: str) -> Answer:
    return _one([_schema(model) for model in _MODELS], key)


def _schema(model: type[Resource[Any]]) -> dict[str, object]:
    """The schema of a resource, with what is really kept of it."""
    schema = model.to_schema()
    kept = _KEPT[str(schema.name)]
    schema.attributes = [attribute for attribute in schema.attributes or [] if attribute.name in kept]
    for attribute in schema.attributes:
        if attribute.name == "name":
            attribute.sub_attributes = [part for part in attribute.sub_attributes or [] if part.name in _NAMES]
    return dict(schema.model_dump())


def _list(request: HttpRequest, rows: list[dict[str, object]]) -> Answer:
    if request.GET.get("filter"):  # RFC 7644, §4: the answer to a filter is 403; a refusal of its form is as clear
        raise ProvisioningRefusedError("there is nothing to filter here", word="invalidFilter", place="filter")
    return Answer(HTTPStatus.OK, resources.listed(rows, total=len(rows), start=1))


def _one(rows: list[dict[str, object]], key: str) -> Answer:
    for row in rows:
        if str(row.get("id")).lower() == key.lower():
            return Answer(HTTPStatus.OK, row)
    raise NotFoundError(f"There is no {key[:100]!r} here.")


config = door(get=_config)
types = door(get=_types)
one_type = door(get=_type)
schemas = door(get=_schemas)
one_schema = door(get=_schema_of)
