"""CSAF 2.0 and 2.1 as typed structs: what findings are made of.

Source: OASIS CSAF 2.0 and 2.1, sections 3.2.1 (document), 3.2.2 and 3.2.3 (product tree), 3.2.3 and 3.2.4 (vulnerabilities).
"""

from typing import Any

import msgspec


class Helper(msgspec.Struct, frozen=True, gc=False):
    """How a product is named elsewhere: one package URL in 2.0, several in 2.1."""

    purl: str | None = None
    purls: list[str] | None = None
    cpe: str | None = None


class FullName(msgspec.Struct, frozen=True, gc=False):
    """A product with the id that statuses name it by."""

    product_id: str
    name: str | None = None
    product_identification_helper: Helper | None = None


class Branch(msgspec.Struct, frozen=True, gc=False):
    """A node of the product tree: vendor, product, version…; a leaf has the product itself."""

    category: str | None = None
    name: str | None = None
    product: FullName | None = None
    branches: list["Branch"] | None = None


class Relationship(msgspec.Struct, frozen=True, gc=False):
    """A product in or on another (2.0)."""

    full_product_name: FullName
    category: str | None = None
    product_reference: str | None = None
    relates_to_product_reference: str | None = None


class Subpath(msgspec.Struct, frozen=True, gc=False):
    """One step of a path of products (2.1)."""

    category: str | None = None
    next_product_reference: str | None = None


class ProductPath(msgspec.Struct, frozen=True, gc=False):
    """A product in or on others (2.1)."""

    full_product_name: FullName
    beginning_product_reference: str | None = None
    subpaths: list[Subpath] | None = None


class Group(msgspec.Struct, frozen=True, gc=False):
    """Products that are named together."""

    group_id: str
    product_ids: list[str] | None = None


class ProductTree(msgspec.Struct, frozen=True, gc=False):
    """All products a document speaks of."""

    branches: list[Branch] | None = None
    full_product_names: list[FullName] | None = None
    relationships: list[Relationship] | None = None
    product_paths: list[ProductPath] | None = None
    product_groups: list[Group] | None = None


class Publisher(msgspec.Struct, frozen=True, gc=False):
    """Who speaks."""

    name: str | None = None


class Tracking(msgspec.Struct, frozen=True, gc=False):
    """Which document this is, and which version of it."""

    id: str | None = None
    version: str | None = None
    current_release_date: str | None = None


class AggregateSeverity(msgspec.Struct, frozen=True, gc=False):
    """How bad the publisher finds the whole document."""

    text: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """A page to read on; the document's own has the category `self`."""

    url: str | None = None
    category: str | None = None


class About(msgspec.Struct, frozen=True, gc=False):
    """What a document says of itself."""

    csaf_version: str | None = None
    category: str | None = None
    title: str | None = None
    publisher: Publisher | None = None
    tracking: Tracking | None = None
    aggregate_severity: AggregateSeverity | None = None
    references: list[Reference] | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """The document without its vulnerabilities."""

    document: About
    product_tree: ProductTree | None = None


class Cwe(msgspec.Struct, frozen=True, gc=False):
    """A weakness."""

    id: str | None = None


class Id(msgspec.Struct, frozen=True, gc=False):
    """A name of the vulnerability in some system."""

    system_name: str | None = None
    text: str | None = None


class Note(msgspec.Struct, frozen=True, gc=False):
    """A text about the vulnerability."""

    category: str | None = None
    text: str | None = None


class Cvss(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A CVSS rating of whatever version."""

    vector_string: str | None = None
    base_score: float | None = None
    base_severity: str | None = None


class Epss(msgspec.Struct, frozen=True, gc=False):
    """How likely it is exploited (2.1); the probability is a text there."""

    probability: float | None = None


class Content(msgspec.Struct, frozen=True, gc=False):
    """The ratings of a metric (2.1)."""

    cvss_v2: Cvss | None = None
    cvss_v3: Cvss | None = None
    cvss_v4: Cvss | None = None
    epss: Epss | None = None
    qualitative_severity_rating: str | None = None


class Score(msgspec.Struct, frozen=True, gc=False):
    """The ratings for some products (2.0)."""

    products: list[str] | None = None
    cvss_v2: Cvss | None = None
    cvss_v3: Cvss | None = None
    cvss_v4: Cvss | None = None


class Metric(msgspec.Struct, frozen=True, gc=False):
    """The ratings for some products, by one source (2.1)."""

    content: Content | None = None
    products: list[str] | None = None


class Remark(msgspec.Struct, frozen=True, gc=False):
    """A remediation, a threat or a flag: something said of some products, of all when it names none."""

    category: str | None = None
    label: str | None = None
    details: str | None = None
    url: str | None = None
    date: str | None = None
    product_ids: list[str] | None = None
    group_ids: list[str] | None = None


class Status(msgspec.Struct, frozen=True, gc=False):
    """The products by what is known of them."""

    first_affected: list[str] | None = None
    first_fixed: list[str] | None = None
    fixed: list[str] | None = None
    known_affected: list[str] | None = None
    known_not_affected: list[str] | None = None
    last_affected: list[str] | None = None
    recommended: list[str] | None = None
    under_investigation: list[str] | None = None
    unknown: list[str] | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False):
    """A row: a vulnerability and the products it may be in."""

    cve: str | None = None
    title: str | None = None
    cwe: Cwe | None = None
    cwes: list[Cwe] | None = None
    ids: list[Id] | None = None
    notes: list[Note] | None = None
    product_status: Status | None = None
    references: list[Reference] | None = None
    remediations: list[Remark] | None = None
    scores: list[Score] | None = None
    metrics: list[Metric] | None = None
    threats: list[Remark] | None = None
    flags: list[Remark] | None = None
    release_date: str | None = None
    disclosure_date: str | None = None
    first_known_exploitation_dates: Any = None
