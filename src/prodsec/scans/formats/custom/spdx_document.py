"""SPDX 2.2 and 2.3 as typed structs, the same for JSON, YAML, XML, RDF and tag-value: packages and what they refer to.

Source: spdx.github.io/spdx-spec/v2.3, clauses 6 (creation), 7 (package, 7.21 external references) and annex F.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from prodsec.scans.formats.custom import packages
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import bounded
from prodsec.scans.types import Header, Observation, Rejected
from prodsec.vocabulary import identifiers
from prodsec.vocabulary.kinds import Kind

ID = "spdx"
NO_NAME = "the package has neither a name nor references (SPDX 2.3, 7.1 asks for a name)"
_VERSION = re.compile(r"(.+?)[-@ ]v?(\d[^\s]*)")


class ExternalRef(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Where a package is known elsewhere, or what is known of it."""

    reference_category: str | None = None
    reference_type: str | None = None
    reference_locator: str | None = None
    comment: str | None = None


class Package(msgspec.Struct, frozen=True, gc=False):
    """A row: a package in use."""

    name: str | None = None
    version: str | None = msgspec.field(name="versionInfo", default=None)
    external_refs: list[ExternalRef] | None = msgspec.field(name="externalRefs", default=None)


class CreationInfo(msgspec.Struct, frozen=True, gc=False):
    """Who made the document, and when: `Tool: syft-1.0`, `Organization: …`, `Person: …`."""

    created: str | None = None
    creators: list[str] | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """The document without its packages."""

    name: str | None = None
    version: str | None = msgspec.field(name="spdxVersion", default=None)
    creation_info: CreationInfo | None = msgspec.field(name="creationInfo", default=None)


class PackagesReading:
    """A document whose packages are met one after another. Source: `prodsec.scans.types.Reading`."""

    def __init__(self, header: Header, found: Iterable[tuple[Package, str]]) -> None:
        """`found` are the packages with their places."""
        self.header = header
        self.components = 0
        self._found = found

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations in the order of the report; a package without any name is rejected."""
        for package, pointer in self._found:
            if not package.name and not package.external_refs:
                yield Rejected(pointer, NO_NAME)
                continue
            self.components += 1
            for observation in observations(package, pointer):
                yield bounded(observation)


def header_of(document: Document) -> Header:
    """What a document says of itself: the first tool made it, its name is what it is about."""
    creation = document.creation_info or CreationInfo()
    tool, version = tool_of(creation.creators or ())
    return Header(
        format=ID,
        tool=tool or "SPDX",
        analysis=Kind.DEPENDENCY,
        tool_version=version,
        target=document.name or "",
        scanned_at=instant(creation.created),
    )


def tool_of(creators: Iterable[str]) -> tuple[str, str]:
    """Name and version of the first tool (`Tool: syft-1.50.0`); empty when none is named."""
    for creator in creators:
        kind, _, name = creator.partition(":")
        if kind.strip() == "Tool" and name.strip():
            found = _VERSION.fullmatch(name.strip())
            return (found[1], found[2]) if found is not None else (name.strip(), "")
    return "", ""


def observations(package: Package, pointer: str) -> Iterator[Observation]:
    """One observation for each advisory among the package's references that names a vulnerability.

    SPDX 2 has no other place for one. What is referred to as a fix, or otherwise, is a page to read on.
    """
    refs = package.external_refs
    if not refs or not any(_is_security(ref) for ref in refs):
        return
    purl = next((ref.reference_locator or "" for ref in refs if _kind(ref) == "purl"), "")
    component = packages.component(name=package.name or "", version=package.version or "", purl=purl)
    beside = [ref.reference_locator or "" for ref in refs if _is_security(ref) and _kind(ref) in {"fix", "url"}]
    for index, ref in enumerate(refs):
        locator = ref.reference_locator or ""
        ids = identifiers.ids_in(locator) if _is_security(ref) and _kind(ref) == "advisory" else ()
        if not ids:
            continue
        pages = [page for page in (locator, *beside) if page.startswith("http")]
        yield Observation(
            kind=Kind.DEPENDENCY,
            rule=ids[0],
            title=f"{ids[0]} in {component.name}" if component is not None else ids[0],
            pointer=f"{pointer}/externalRefs/{index}" if pointer.startswith("/") else pointer,
            description=ref.comment or "",
            references=tuple(dict.fromkeys(pages)),
            ids=ids,
            component=component,
        )


def _kind(ref: ExternalRef) -> str:
    """The type's name; RDF writes its address."""
    return (ref.reference_type or "").rpartition("/")[2]


def _is_security(ref: ExternalRef) -> bool:
    """The category; RDF writes `…#referenceCategory_security`."""
    return (ref.reference_category or "").lower().endswith("security")
