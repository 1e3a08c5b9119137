"""SPDX 3.0 (JSON-LD) as one typed struct: an element of the graph, whatever it is; only what findings are made of.

Source: spdx.github.io/spdx-spec/v3.0.1, model Core, Software and Security, as its JSON schema names the members.
"""

from typing import Any

import msgspec

Loose = Any  # names another element by its id, or holds it, alone or in a list; narrowed where it is used


class ExternalIdentifier(msgspec.Struct, frozen=True, gc=False):
    """How an element is named elsewhere."""

    type: str | None = msgspec.field(name="externalIdentifierType", default=None)
    identifier: str | None = None
    locators: list[str] | None = msgspec.field(name="identifierLocator", default=None)


class ExternalReference(msgspec.Struct, frozen=True, gc=False):
    """A page about an element."""

    locators: list[str] | str | None = msgspec.field(name="locator", default=None)


class Element(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A row of the graph. `type` says which of the members it has."""

    type: str | None = None
    spdx_id: str | None = None
    name: str | None = None
    summary: str | None = None
    description: str | None = None
    comment: str | None = None
    external_identifier: list[ExternalIdentifier] | None = None
    external_ref: list[ExternalReference] | None = None
    package_version: str | None = msgspec.field(name="software_packageVersion", default=None)
    package_url: str | None = msgspec.field(name="software_packageUrl", default=None)
    relationship_type: str | None = None
    from_: Loose = msgspec.field(name="from", default=None)
    to: Loose = None
    assessed: Loose = msgspec.field(name="security_assessedElement", default=None)
    published_time: str | None = msgspec.field(name="security_publishedTime", default=None)
    withdrawn_time: str | None = msgspec.field(name="security_withdrawnTime", default=None)
    status_notes: str | None = msgspec.field(name="security_statusNotes", default=None)
    action_statement: str | None = msgspec.field(name="security_actionStatement", default=None)
    impact_statement: str | None = msgspec.field(name="security_impactStatement", default=None)
    justification_type: str | None = msgspec.field(name="security_justificationType", default=None)
    score: float | None = msgspec.field(name="security_score", default=None)
    severity: str | None = msgspec.field(name="security_severity", default=None)
    vector: str | None = msgspec.field(name="security_vectorString", default=None)
    probability: float | None = msgspec.field(name="security_probability", default=None)
    exploited: bool | None = msgspec.field(name="security_exploited", default=None)
    catalog_type: str | None = msgspec.field(name="security_catalogType", default=None)
    decision_type: str | None = msgspec.field(name="security_decisionType", default=None)
    created: str | None = None
    created_using: Loose = None
    created_by: Loose = None
    root_element: Loose = None
