"""CycloneDX 1.2 to 1.7 as typed structs: components and vulnerabilities, no more than findings are made of.

Source: cyclonedx.org/docs, JSON reference; the vulnerability extension 1.0 for XML before 1.4.
"""

from typing import Any

import msgspec


class Component(msgspec.Struct, frozen=True, gc=False):
    """A component or a service, with those inside it."""

    name: str | None = None
    bom_ref: str | None = msgspec.field(name="bom-ref", default=None)
    type: str | None = None
    group: str | None = None
    version: str | None = None
    purl: str | None = None
    components: list["Component"] | None = None
    services: list["Component"] | None = None


class Source(msgspec.Struct, frozen=True, gc=False):
    """Who says so."""

    name: str | None = None
    url: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """The same vulnerability under another name."""

    id: str | None = None
    source: Source | None = None


class Rating(msgspec.Struct, frozen=True, gc=False):
    """How bad it is, by one source and method."""

    source: Source | None = None
    score: float | None = None
    severity: str | None = None
    method: str | None = None
    vector: str | None = None


class Advisory(msgspec.Struct, frozen=True, gc=False):
    """A page to read on."""

    url: str | None = None


class Analysis(msgspec.Struct, frozen=True, gc=False):
    """What somebody found out about the vulnerability in this product."""

    state: str | None = None
    justification: str | None = None
    response: list[str] | None = None
    detail: str | None = None


class AffectedVersion(msgspec.Struct, frozen=True, gc=False):
    """A version or a range, and whether it is affected."""

    version: str | None = None
    range: str | None = None
    status: str | None = None


class Affected(msgspec.Struct, frozen=True, gc=False):
    """A component that has the vulnerability."""

    ref: str
    versions: list[AffectedVersion] | None = None


class Affects(msgspec.Struct, frozen=True, gc=False):
    """Of a vulnerability no more than what it affects."""

    affects: list[Affected] | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False):
    """A row: a vulnerability and the components it affects."""

    id: str | None = None
    bom_ref: str | None = msgspec.field(name="bom-ref", default=None)
    source: Source | None = None
    references: list[Reference] | None = None
    ratings: list[Rating] | None = None
    cwes: list[int] | None = None
    description: str | None = None
    detail: str | None = None
    recommendation: str | None = None
    workaround: str | None = None
    advisories: list[Advisory] | None = None
    published: str | None = None
    rejected: str | None = None
    analysis: Analysis | None = None
    affects: list[Affected] | None = None


class Metadata(msgspec.Struct, frozen=True, gc=False):
    """About the document. `tools` is a list before 1.5 and may be an object of components and services since."""

    timestamp: str | None = None
    tools: Any = None
    component: Component | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """The document without its vulnerabilities, components and services."""

    spec_version: str | None = msgspec.field(name="specVersion", default=None)
    metadata: Metadata | None = None
