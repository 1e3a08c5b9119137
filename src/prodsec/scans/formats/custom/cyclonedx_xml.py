"""CycloneDX XML as the same structs as JSON, so that one set of rules reads both.

Before 1.4 vulnerabilities come by the extension `ext/vulnerability/1.0`, inside a component or beside the list of them.
"""

from lxml import etree

from prodsec.scans.formats.custom.cyclonedx_document import (
    Advisory,
    Affected,
    AffectedVersion,
    Analysis,
    Component,
    Metadata,
    Property,
    Rating,
    Reference,
    Source,
    Vulnerability,
)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for a comment or an instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def component(element: etree._Element) -> Component:
    """A component with its nested ones."""
    parts = _child(element, "components")
    return Component(
        name=_text(element, "name"),
        bom_ref=element.get("bom-ref"),
        type=element.get("type"),
        group=_text(element, "group"),
        version=_text(element, "version"),
        purl=_text(element, "purl"),
        components=[component(part) for part in _children(parts, "component")],
    )


def metadata(element: etree._Element) -> Metadata:
    """The document's metadata; `tools` has the shape of JSON before 1.5."""
    tools = _child(element, "tools")
    named = [*_children(tools, "tool"), *_children(_child(tools, "components"), "component")]
    root = _child(element, "component")
    return Metadata(
        timestamp=_text(element, "timestamp"),
        tools=[{"name": _text(tool, "name"), "version": _text(tool, "version")} for tool in named],
        component=component(root) if root is not None else None,
    )


def vulnerability(element: etree._Element, owner: str) -> Vulnerability:
    """A vulnerability of either kind; `owner` is the reference of the component it stands in, empty at the top."""
    source = _child(element, "source")
    analysis = _child(element, "analysis")
    recommendations = _texts(_child(element, "recommendations"), "recommendation")
    return Vulnerability(
        id=_text(element, "id"),
        bom_ref=element.get("bom-ref"),
        source=_source(source),
        references=[
            Reference(id=_text(item, "id"), source=_source(_child(item, "source")))
            for item in _children(_child(element, "references"), "reference")
        ],
        ratings=[_rating(item) for item in _children(_child(element, "ratings"), "rating")],
        cwes=[int(text) for text in _texts(_child(element, "cwes"), "cwe") if text.isdecimal()],
        description=_text(element, "description"),
        detail=_text(element, "detail"),
        recommendation=_text(element, "recommendation") or "\n".join(recommendations) or None,
        workaround=_text(element, "workaround"),
        advisories=[
            Advisory(url=_text(item, "url") or (item.text or "").strip())
            for item in _children(_child(element, "advisories"), "advisory")
        ],
        published=_text(element, "published"),
        analysis=None
        if analysis is None
        else Analysis(
            state=_text(analysis, "state"),
            justification=_text(analysis, "justification"),
            response=_texts(_child(analysis, "responses"), "response"),
            detail=_text(analysis, "detail"),
        ),
        affects=_affects(element, owner),
        properties=[
            Property(name=item.get("name"), value=item.text)
            for item in _children(_child(element, "properties"), "property")
        ],
    )


def _affects(element: etree._Element, owner: str) -> list[Affected]:
    targets = _children(_child(element, "affects"), "target")
    if not targets:
        ref = owner or element.get("ref") or ""
        return [Affected(ref=ref)] if ref else []
    return [
        Affected(
            ref=_text(target, "ref") or "",
            versions=[
                AffectedVersion(
                    version=_text(item, "version"), range=_text(item, "range"), status=_text(item, "status")
                )
                for item in _children(_child(target, "versions"), "version")
            ],
        )
        for target in targets
    ]


def _rating(element: etree._Element) -> Rating:
    """A rating; the extension puts the score in `score/base`."""
    score = _child(element, "score")
    text = _text(score, "base") or (score.text or "").strip() if score is not None else ""
    return Rating(
        source=_source(_child(element, "source")),
        score=_number(text),
        severity=(_text(element, "severity") or "").lower() or None,
        method=_text(element, "method"),
        vector=_text(element, "vector"),
    )


def _source(element: etree._Element | None) -> Source | None:
    if element is None:
        return None
    return Source(name=_text(element, "name") or element.get("name"), url=_text(element, "url"))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0.0 <= number <= 10.0 else None


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    if element is not None:
        for child in element:
            if local(child) == name:
                return child
    return None


def _children(element: etree._Element | None, name: str) -> list[etree._Element]:
    return [child for child in element if local(child) == name] if element is not None else []


def _text(element: etree._Element | None, name: str) -> str | None:
    child = _child(element, name)
    return child.text.strip() or None if child is not None and child.text else None


def _texts(element: etree._Element | None, name: str) -> list[str]:
    return [child.text.strip() for child in _children(element, name) if child.text and child.text.strip()]
