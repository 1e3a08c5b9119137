"""One CycloneDX vulnerability becomes observations, one for each component it affects."""

from collections.abc import Iterable, Iterator
from urllib.parse import unquote

import msgspec

from prodsec.scans.formats.custom import packages
from prodsec.scans.formats.custom.cyclonedx_document import (
    Affected,
    Analysis,
    Component,
    Metadata,
    Rating,
    Source,
    Vulnerability,
)
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.sarif_tools import kind_of_tool
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import components
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity

_STATES = {
    "resolved": Status.FIXED,
    "resolved_with_pedigree": Status.FIXED,
    "false_positive": Status.FALSE_POSITIVE,
    "not_affected": Status.NOT_AFFECTED,
}
_TYPES = frozenset({
    "application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver", "firmware", "file",
    "machine-learning-model", "data", "cryptographic-asset",
})  # fmt: skip
_ALL_STATES = (*_STATES, "exploitable", "in_triage")
_SEVERITIES = ("critical", "high", "medium", "low", "info", "none", "unknown")
_METHODS = ("CVSSv31", "CVSSv3", "CVSSv2", "CVSSv4")  # in the order that counts
_PREFIXES = {"CVSSv4": "CVSS:4.0/", "CVSSv31": "CVSS:3.1/", "CVSSv3": "CVSS:3.0/"}
_NO_ANALYSIS = Analysis()
_NO_SOURCE = Source()
_PACKAGE_KINDS = frozenset({Kind.DEPENDENCY, Kind.CONTAINER})
_TITLE_CHARACTERS = 200


class Parts:
    """The components of a document by their reference, and how many there are."""

    def __init__(self, root: Component | None) -> None:
        """`root` is the component the document is about; it is not counted, those inside it are."""
        self.count = 0
        self.root = root
        self.remarks = Remarks()
        self._wanted: set[str] | None = None
        self._by_ref: dict[str, Component] = {}
        self._known: dict[str, components.Component | None] = {}
        if root is not None:
            self._index(root)
            self.count -= 1

    def only(self, refs: Iterable[str]) -> None:
        """Remember no other components than those named so."""
        self._wanted = {_local(ref) for ref in refs}

    @property
    def is_image(self) -> bool:
        """Whether the document is about a container image."""
        return is_of_image(self.root)

    def add(self, component: Component, ref: str = "", *, is_service: bool = False) -> None:
        """One more, as a streaming reader meets it. Services are not counted.

        `ref` names one that holds vulnerabilities itself, and so has to be known.
        """
        before = self.count
        self._index(component, known=bool(ref), is_service=is_service)
        if is_service:
            self.count = before
        if ref:
            self._by_ref.setdefault(ref, component)

    def of(self, ref: str) -> components.Component | None:
        """The component a reference names: a bom-ref, a BOM-Link to one, or a package URL nobody described."""
        if ref not in self._known:
            self._known[ref] = self._read(ref)
        return self._known[ref]

    def _index(self, component: Component, *, known: bool = False, is_service: bool = False) -> None:
        waiting = [component]
        while waiting:
            part = waiting.pop()
            if not is_service and part.type not in _TYPES:
                self.remarks.note(
                    "CycloneDX asks for one of its types of a component", part.bom_ref or part.name or "components"
                )
            self.count += 1
            if not part.name:
                self.remarks.note(
                    "CycloneDX asks for the name of a component", part.bom_ref or part.purl or "components"
                )
            same = self._by_ref.get(part.bom_ref) if part.bom_ref else None
            if same is not None and same.bom_ref == part.bom_ref and same is not self.root:
                self.remarks.note("CycloneDX asks for a bom-ref only once in a document", part.bom_ref or "")
            for ref in (part.bom_ref, part.purl):
                if ref and (known or self._wanted is None or ref in self._wanted):
                    self._by_ref.setdefault(ref, part)
            waiting.extend(part.components or ())
            waiting.extend(part.services or ())

    def _read(self, ref: str) -> components.Component | None:
        local = _local(ref)
        part = self._by_ref.get(local)
        if part is not None:
            return of_part(part)
        if not ref.startswith(("urn:cdx:", "pkg:")):
            self.remarks.note("CycloneDX: affects[].ref names a component or service of the document", ref)
        return packages.component(name=local, purl=local if local.startswith("pkg:") else "")


def _local(ref: str) -> str:
    """The reference within the document: a BOM-Link has it behind `#`."""
    return unquote(ref.partition("#")[2]) if ref.startswith("urn:cdx:") else ref


def of_part(part: Component) -> components.Component | None:
    """A CycloneDX component in the vocabulary's words."""
    named = packages.component(name=part.name or "", version=part.version or "", purl=part.purl or "")
    if named is None or named.purl or not part.group:
        return named
    return components.Component(name=named.name, version=named.version, namespace=part.group)


def kind_of(metadata: Metadata, tool: str) -> Kind:
    """What the document's vulnerabilities are about: a container's packages, an infrastructure tool's checks, or packages."""
    told = kind_of_tool(tool)
    if told in {Kind.IAC, Kind.SECRET}:
        return told
    return Kind.CONTAINER if is_of_image(metadata.component) else Kind.DEPENDENCY


def is_of_image(root: Component | None) -> bool:
    """Whether the component a document is about is a container image."""
    return root is not None and (root.type == "container" or (root.purl or "").startswith(("pkg:oci/", "pkg:docker/")))


def observations(row: Vulnerability, *, parts: Parts, kind: Kind, image: str, pointer: str) -> Iterator[Observation]:
    """One observation for each affected component; one in all for a vulnerability that names none.

    Raises: msgspec.ValidationError for a vulnerability that says nothing.
    """
    if not (row.id or row.bom_ref or row.description):
        raise msgspec.ValidationError("the vulnerability has no id, reference or description")
    _look_over(row, pointer, parts.remarks)
    shared = _shared(row, kind, image, pointer)
    if not row.affects:
        yield shared
        return
    for index, affected in enumerate(row.affects):
        component = parts.of(affected.ref)
        if component is not None and not component.version:
            component = _with_version(component, affected)
        if (
            component is not None and kind not in _PACKAGE_KINDS
        ):  # Checkov lists the resources it looked at as components
            shared = msgspec.structs.replace(shared, place=Place(resource=component.name, image=image))
            component = None
        unaffected = shared.status is Status.OPEN and _is_unaffected(affected)
        yield msgspec.structs.replace(
            shared,
            pointer=f"{pointer}/affects/{index}",
            title=shared.title if row.description or component is None else f"{shared.rule} in {component.name}",
            component=component,
            status=Status.NOT_AFFECTED if unaffected else shared.status,
        )


def _look_over(row: Vulnerability, pointer: str, remarks: Remarks) -> None:
    """Note words that CycloneDX does not know."""
    if row.analysis is not None and row.analysis.state is not None and row.analysis.state not in _ALL_STATES:
        remarks.note(f"CycloneDX: analysis.state is one of {', '.join(_ALL_STATES)}", pointer)
    for rating in row.ratings or ():
        if rating.severity is not None and rating.severity not in _SEVERITIES:
            remarks.note(f"CycloneDX: ratings[].severity is one of {', '.join(_SEVERITIES)}", pointer)


def _shared(row: Vulnerability, kind: Kind, image: str, pointer: str) -> Observation:
    source = row.source or _NO_SOURCE
    rule = row.id or row.bom_ref or "unnamed"
    rating = _leading(row.ratings or [], (source.name or "").lower())
    word = rating.severity or ""
    severity = Severity.from_text(word)
    if not word and rating.score is not None:
        severity = Severity.from_score(rating.score)
    analysis = row.analysis or _NO_ANALYSIS
    pages = [source.url, *[page.url for page in row.advisories or ()]]
    aliases = [reference.id.upper() for reference in row.references or () if reference.id]
    return Observation(
        kind=kind,
        rule=rule,
        title=_title(row, rule),
        pointer=pointer,
        severity=severity,
        severity_text=word,
        score=_score(row.ratings or [], rating),
        description="\n\n".join(filter(None, (row.description, row.detail))),
        remedy="\n\n".join(filter(None, (row.recommendation, row.workaround))),
        references=tuple(dict.fromkeys(page for page in pages if page)),
        ids=tuple(dict.fromkeys((rule.upper(), *aliases))) if kind in _PACKAGE_KINDS else (),
        cwes=tuple(number for number in row.cwes or () if number > 0),
        cvss=_vectors(row.ratings or []),
        place=Place(image=image),
        status=_STATES.get(analysis.state or "", Status.FALSE_POSITIVE if row.rejected else Status.OPEN),
        justification=_justification(analysis)
        or (f"The vulnerability was rejected ({row.rejected})." if row.rejected else ""),
        published_at=instant(row.published),
        tags=(analysis.state,) if analysis.state in {"exploitable", "in_triage"} else (),
    )


def _leading(ratings: list[Rating], source: str) -> Rating:
    """The rating that says the severity: the source's own, the tool's verdict without a method, the method that counts most, any."""
    worded = [rating for rating in ratings if rating.severity]
    for rating in worded:
        if source and rating.source is not None and (rating.source.name or "").lower() == source:
            return rating
    for rating in worded:
        if not rating.method and rating.source is None:
            return rating
    for method in _METHODS:
        for rating in worded:
            if rating.method == method:
                return rating
    if worded:
        return worded[0]
    scored = [rating for rating in ratings if rating.score is not None]
    return min(scored, key=lambda rating: _rank(rating.method), default=Rating())


def _score(ratings: list[Rating], leading: Rating) -> float | None:
    """The leading rating's base score when it is CVSS 3, else the first CVSS 3 score, else any CVSS score."""
    scored = [rating for rating in (leading, *ratings) if rating.score is not None and rating.method in _METHODS]
    for rating in scored:
        if rating.method in {"CVSSv3", "CVSSv31"}:
            return rating.score
    return scored[0].score if scored else None


def _vectors(ratings: list[Rating]) -> tuple[str, ...]:
    """The CVSS vectors, version 3 first, with the prefix that some tools leave out."""
    vectors: dict[str, None] = {}
    for rating in sorted(ratings, key=lambda rating: _rank(rating.method)):
        if rating.vector and rating.method in _METHODS:
            vector = rating.vector
            if not vector.startswith("CVSS:"):
                vector = _PREFIXES.get(rating.method or "", "") + vector
            vectors[vector] = None
    return tuple(vectors)


def _rank(method: str | None) -> int:
    return _METHODS.index(method) if method in _METHODS else len(_METHODS)


def _justification(analysis: Analysis) -> str:
    """The VEX justification, the detail and the responses in one text."""
    response = ", ".join(analysis.response or ())
    parts = (analysis.justification, analysis.detail, f"Response: {response}" if response else "")
    return "\n".join(part for part in parts if part)


def _title(row: Vulnerability, rule: str) -> str:
    line = (row.description or "").strip().partition("\n")[0]
    sentence = line.partition(". ")[0]
    return f"{rule}: {sentence}"[:_TITLE_CHARACTERS] if sentence else rule


def _with_version(component: components.Component, affected: Affected) -> components.Component:
    """A component without a version gets the one it is said to be affected in, if that is one."""
    named = [told.version for told in affected.versions or () if told.version and told.status != "unaffected"]
    return msgspec.structs.replace(component, version=named[0]) if len(named) == 1 else component


def _is_unaffected(affected: Affected) -> bool:
    versions = affected.versions or ()
    return bool(versions) and all(told.status == "unaffected" for told in versions)
