"""SPDX 2 as XML (the JSON's members as elements) and as RDF/XML, where packages stand within each other and anywhere.

Source: spdx.github.io/spdx-spec/v2.3, clause 5; the ontology at spdx.org/rdf/terms.
"""

import contextlib
from collections.abc import Iterator
from typing import IO, Any

from prodsec.scans.formats.custom.spdx_document import CreationInfo, Document, ExternalRef, Package
from prodsec.scans.formats.xml_rows import xml_anywhere
from prodsec.scans.types import Limits, ReportError

Tree = Any
_HEAD_BYTES = 1 << 22
_DOCUMENTS = frozenset({"SpdxDocument", "Document"})
_OF_DOCUMENT = frozenset({"name", "CreationInfo", "creationInfo"})
_OF_CREATION = frozenset({"creator", "creators", "created"})
_PACKAGES = frozenset({"Package", "packages"})
_OF_PACKAGE = frozenset({"name", "versionInfo", "externalRef", "externalRefs"})


class _Head:
    """The beginning of a file: what a document says of itself is looked for there, so that reading is one pass."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        """As of a file; nothing beyond the head."""
        return self._file.read(max(0, min(size, _HEAD_BYTES - self._file.tell())))


def document_of(file: IO[bytes], limits: Limits) -> Document:
    """What the document says of itself, as far as it stands in the file's head. What is wrong with it is told by its rows."""
    name, creation = None, CreationInfo()
    with contextlib.suppress(ReportError):
        for row in xml_anywhere(_Head(file), _OF_DOCUMENT, _OF_CREATION, limits):
            if row.path == "name" and row.key in _DOCUMENTS and isinstance(row.value, str):
                name = row.value
            creators = [*_listed(row.value, "creator"), *_listed(row.value, "creators")]
            if creators:
                creation = CreationInfo(created=_text(row.value, "created"), creators=[str(one) for one in creators])
    return Document(name=name, creation_info=creation)


def packages_of(file: IO[bytes], limits: Limits) -> Iterator[tuple[Package, str]]:
    """The packages with the line each begins at; inner ones before those around them. Raises: ReportError.

    In RDF a package may be named again by its address alone: that is no package.
    """
    for row in xml_anywhere(file, _PACKAGES, _OF_PACKAGE, limits):
        tree = row.value
        if not isinstance(tree, dict) or not set(tree) & _OF_PACKAGE:
            continue
        held = [*_listed(tree, "externalRefs"), *(_child(ref, "ExternalRef") for ref in _listed(tree, "externalRef"))]
        refs = [_reference(ref) for ref in held if isinstance(ref, dict)]
        yield Package(name=_text(tree, "name"), version=_text(tree, "versionInfo"), external_refs=refs), row.pointer


def _reference(tree: Tree) -> ExternalRef:
    return ExternalRef(
        reference_category=_address(tree, "referenceCategory"),
        reference_type=_address(tree, "referenceType"),
        reference_locator=_text(tree, "referenceLocator"),
        comment=_text(tree, "comment"),
    )


def _address(tree: Tree, name: str) -> str | None:
    """A word, or in RDF the address that stands for it."""
    child = _child(tree, name)
    found = child.get("@resource") if isinstance(child, dict) else child
    return found if isinstance(found, str) else None


def _listed(tree: Tree, name: str) -> list[Tree]:
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, list) else [] if found is None else [found]


def _child(tree: Tree, name: str) -> Tree:
    return next(iter(_listed(tree, name)), None)


def _text(tree: Tree, name: str) -> str | None:
    child = _child(tree, name)
    found = child.get("#text") if isinstance(child, dict) else child
    return found if isinstance(found, str) and found else None
