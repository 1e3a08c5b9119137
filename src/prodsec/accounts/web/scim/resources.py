"""People and teams as resources of SCIM, and lists of them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from prodsec.accounts.models import Person, ProvisionedTeam

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
# What every answer has, whatever was asked for (RFC 7643, §2.4).
_ALWAYS = frozenset({"schemas", "id"})
Resource = dict[str, object]


def root(request: HttpRequest) -> str:
    """The address of SCIM here."""
    return request.build_absolute_uri("/scim/v2")


def user(person: "Person", base: str) -> Resource:
    """A person; needs `groups` of `queries.provisionable_people`."""
    kept = getattr(person, "provisioned", None)
    names = {"formatted": person.name}
    if kept is not None:
        names |= {"givenName": kept.given_name, "familyName": kept.family_name}
    told: Resource = {
        "schemas": [USER],
        "id": str(person.pk),
        "userName": kept.user_name if kept is not None else person.email,
        "name": names,
        "displayName": person.name,
        "emails": [{"value": person.email, "type": "work", "primary": True}],
        "active": person.is_active,
        "groups": [
            {"value": str(row.team_id), "display": row.team.name, "$ref": f"{base}/Groups/{row.team_id}"}
            for row in getattr(person, "groups", ())
        ],
        "meta": _meta("User", f"{base}/Users/{person.pk}", person.created_at.isoformat()),
    }
    if kept is not None and kept.external_id:
        told["externalId"] = kept.external_id
    return told


def group(kept: "ProvisionedTeam", base: str) -> Resource:
    """A team; needs the members of `queries.provisioned_teams`."""
    told: Resource = {
        "schemas": [GROUP],
        "id": str(kept.team_id),
        "displayName": kept.team.name,
        "members": [
            {"value": str(row.person_id), "display": row.person.name, "$ref": f"{base}/Users/{row.person_id}"}
            for row in getattr(kept.team, "provisioned_members", ())
        ],
        "meta": _meta("Group", f"{base}/Groups/{kept.team_id}", kept.created_at.isoformat()),
    }
    if kept.external_id:
        told["externalId"] = kept.external_id
    return told


def listed(resources: Iterable[Mapping[str, object]], *, total: int, start: int) -> Resource:
    """A page of a list."""
    rows = list(resources)
    return {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(rows), "Resources": rows}


def narrowed(resource: Resource, request: HttpRequest) -> Resource:
    """Only the attributes that were asked for, or all but those that were not wanted."""
    wanted, unwanted = (_names(request, name) for name in ("attributes", "excludedAttributes"))
    if wanted:
        return {name: value for name, value in resource.items() if name in _ALWAYS or name.lower() in wanted}
    return {name: value for name, value in resource.items() if name in _ALWAYS or name.lower() not in unwanted}


def _names(request: HttpRequest, parameter: str) -> set[str]:
    """Names of attributes; of a part of one, the whole."""
    texts = request.GET.get(parameter, "")[:2000].split(",")
    return {text.strip().rpartition(":")[2].partition(".")[0].lower() for text in texts if text.strip()}


def _meta(kind: str, location: str, created: str) -> dict[str, str]:
    return {"resourceType": kind, "created": created, "location": location}
