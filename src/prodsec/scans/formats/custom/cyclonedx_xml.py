"""CycloneDX XML as the same structs as JSON, so that one set of rules reads both.

Before 1.4 vulnerabilities come by the extension `ext/vulnerability/1.0`, inside a component or beside the list of them.
Elements are the plain trees of `xml_rows`: `@name` for attributes, children by name, a list where one is repeated.
"""

import html
import re
from collections.abc import Iterator
from typing import IO, Any

from prodsec.scans.formats.custom.cyclonedx_document import (
    Advisory,
    Affected,
    AffectedVersion,
    Analysis,
    Component,
    Metadata,
    Rating,
    Reference,
    Source,
    Vulnerability,
)

Tree = Any
LARGE = 1 << 25
_BLOCK = 1 << 22
_LONGEST_REF = 4_096
_REF = re.compile(rb"<(?:[\w.-]+:)?ref>([^<]{1,4000})</")
PATHS = ("bom/components/component", "bom/vulnerabilities/vulnerability", "bom/services/service")
LEFT_OUT = frozenset({
    "hashes", "licenses", "externalReferences", "evidence", "pedigree", "releaseNotes", "modelCard", "cryptoProperties", "swid", "copyright",
    "formulation", "compositions", "dependencies", "annotations", "declarations", "definitions", "citations", "Signature",
})  # fmt: skip
_HIGHEST_SCORE = 10.0


def affected(file: IO[bytes]) -> Iterator[str]:
    """What stands in `ref` elements, found in the bytes of a large file without parsing it: which components have to be known.

    A reference written in another way is only not resolved.
    """
    rest = b""
    while block := file.read(_BLOCK):
        text = rest + block
        for found in _REF.finditer(text):
            yield html.unescape(found[1].decode("utf-8", "replace")).strip()
        rest = text[-_LONGEST_REF:]


def component(tree: Tree) -> Component:
    """A component with its nested ones."""
    return Component(
        name=_text(tree, "name"),
        bom_ref=_text(tree, "@bom-ref"),
        type=_text(tree, "@type"),
        group=_text(tree, "group"),
        version=_text(tree, "version"),
        purl=_text(tree, "purl"),
        components=[component(part) for part in _each(tree, "components", "component")],
        services=[component(part) for part in _each(tree, "services", "service")],
    )


def metadata(tree: Tree) -> Metadata:
    """The document's metadata, out of what stands before its components; `tools` in the shape of JSON before 1.5."""
    told = _child(tree, "metadata")
    tools = [*_each(told, "tools", "tool"), *_each(_child(told, "tools"), "components", "component")]
    root = _child(told, "component")
    return Metadata(
        timestamp=_text(told, "timestamp"),
        tools=[{"name": _text(tool, "name"), "version": _text(tool, "version")} for tool in tools],
        component=component(root) if root is not None else None,
    )


def inside(tree: Tree, pointer: str) -> Iterator[tuple[Vulnerability, str]]:
    """The vulnerabilities that stand in a component, each with its place; nested components have their own."""
    owner = _text(tree, "@bom-ref") or _text(tree, "purl") or pointer
    for number, told in enumerate(_each(tree, "vulnerabilities", "vulnerability"), 1):
        yield vulnerability(told, owner), f"{pointer}/vulnerabilities/vulnerability[{number}]"
    for number, part in enumerate(_each(tree, "components", "component"), 1):
        yield from inside(part, f"{pointer}/components/component[{number}]")


def vulnerability(tree: Tree, owner: str = "") -> Vulnerability:
    """A vulnerability of either kind; `owner` is the reference of the component it stands in, empty at the top."""
    analysis = _child(tree, "analysis")
    return Vulnerability(
        id=_text(tree, "id"),
        bom_ref=_text(tree, "@bom-ref"),
        source=_source(tree),
        references=[
            Reference(id=_text(item, "id"), source=_source(item)) for item in _each(tree, "references", "reference")
        ],
        ratings=[_rating(item) for item in _each(tree, "ratings", "rating")],
        cwes=[int(text) for item in _each(tree, "cwes", "cwe") if (text := _own_text(item)).isdecimal()],
        description=_text(tree, "description"),
        detail=_text(tree, "detail"),
        recommendation=_text(tree, "recommendation")
        or "\n".join(map(_own_text, _each(tree, "recommendations", "recommendation")))
        or None,
        workaround=_text(tree, "workaround"),
        advisories=[
            Advisory(url=_text(item, "url") or _own_text(item)) for item in _each(tree, "advisories", "advisory")
        ],
        published=_text(tree, "published"),
        rejected=_text(tree, "rejected"),
        analysis=None
        if analysis is None
        else Analysis(
            state=_text(analysis, "state"),
            justification=_text(analysis, "justification"),
            response=[_own_text(item) for item in _each(analysis, "responses", "response")],
            detail=_text(analysis, "detail"),
        ),
        affects=_affects(tree, owner),
    )


def _affects(tree: Tree, owner: str) -> list[Affected]:
    targets = _each(tree, "affects", "target")
    if not targets:
        ref = owner or _text(tree, "@ref")
        return [Affected(ref=ref)] if ref else []
    return [
        Affected(
            ref=_text(target, "ref") or "",
            versions=[
                AffectedVersion(
                    version=_text(item, "version"), range=_text(item, "range"), status=_text(item, "status")
                )
                for item in _each(target, "versions", "version")
            ],
        )
        for target in targets
    ]


def _rating(tree: Tree) -> Rating:
    """A rating; the extension puts the score in `score/base`."""
    word = _text(tree, "severity")
    return Rating(
        source=_source(tree),
        score=_number(_text(_child(tree, "score"), "base") or _text(tree, "score")),
        severity=word.lower() if word else None,
        method=_text(tree, "method"),
        vector=_text(tree, "vector"),
    )


def _source(tree: Tree) -> Source | None:
    source = _child(tree, "source")
    return (
        None
        if source is None
        else Source(name=_text(source, "name") or _text(source, "@name"), url=_text(source, "url"))
    )


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0.0 <= number <= _HIGHEST_SCORE else None  # NaN fails the comparison too


def _child(tree: Tree, name: str) -> Tree:
    """The child of this name, the first if there are several; None when there is none."""
    child = tree.get(name) if isinstance(tree, dict) else None
    return (child[0] if child else None) if isinstance(child, list) else child


def _each(tree: Tree, holder: str, name: str) -> list[Tree]:
    """The elements of this name in a holding element."""
    held = _child(tree, holder)
    found = held.get(name) if isinstance(held, dict) else None
    return found if isinstance(found, list) else [] if found is None else [found]


def _own_text(tree: Tree) -> str:
    text = tree.get("#text", "") if isinstance(tree, dict) else tree
    return text.strip() if isinstance(text, str) else ""


def _text(tree: Tree, name: str) -> str | None:
    found = tree.get(name) if isinstance(tree, dict) else None
    if isinstance(found, str):
        return found.strip() or None
    return _own_text(_child(tree, name)) or None
