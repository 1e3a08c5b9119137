"""OpenVEX as typed structs, 0.0.x (bare texts for vulnerability and products) to 0.2.0.

Source: github.com/openvex/spec, OPENVEX-SPEC.md and openvex_json_schema.json.
"""

import msgspec


class Identifiers(msgspec.Struct, frozen=True, gc=False):
    """How a product is named elsewhere."""

    purl: str | None = None
    cpe23: str | None = None
    cpe22: str | None = None


class Product(msgspec.Struct, frozen=True, gc=False):
    """A product, or a part of one."""

    id: str | None = msgspec.field(name="@id", default=None)
    identifiers: Identifiers | None = None
    subcomponents: list["Product | str"] | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False):
    """The vulnerability a statement is about."""

    id: str | None = msgspec.field(name="@id", default=None)
    name: str | None = None
    description: str | None = None
    aliases: list[str] | None = None


class Statement(msgspec.Struct, frozen=True, gc=False):
    """A row: what is known of a vulnerability in some products."""

    vulnerability: Vulnerability | str | None = None
    vuln_description: str | None = None
    products: list[Product | str] | None = None
    subcomponents: list[Product | str] | None = None
    status: str | None = None
    status_notes: str | None = None
    justification: str | None = None
    impact_statement: str | None = None
    action_statement: str | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """The document without its statements. Version 0.0.x writes `author` where 0.2.0 has the same and a `role`."""

    id: str | None = msgspec.field(name="@id", default=None)
    author: str | None = None
    timestamp: str | None = None
    last_updated: str | None = None
    version: int | str | None = None


class Attestation(msgspec.Struct, frozen=True, gc=False):
    """An in-toto statement around a document."""

    predicate: Document
