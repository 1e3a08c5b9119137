"""CycloneDX 1.2 to 1.7, JSON and XML, with vulnerabilities (VDR, VEX) or without (an inventory: a report of no findings)."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom import cyclonedx_xml
from prodsec.scans.formats.custom.cyclonedx_document import Affects, Component, Document, Metadata, Vulnerability
from prodsec.scans.formats.custom.cyclonedx_rows import Parts, kind_of, observations
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import RowsReading, bounded, frame, json_reader, rejected
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row, TreeRow
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.source import Member
from prodsec.scans.formats.xml_rows import xml_rows
from prodsec.scans.types import Header, Limits, Observation, Reading, Rejected
from prodsec.vocabulary.kinds import Kind

ID = "cyclonedx"
_BESIDE = frozenset({"cyclonedx-python-lib", "cyclonedx-library", "cyclonedx-core-java", "npm"})
VULNERABILITIES, COMPONENTS, SERVICES = "vulnerabilities[*]", "components[*]", "services[*]"
# What follows is walked as rows only so that it needs no memory.
_PASSED = ("dependencies[*]", "compositions[*]", "formulation[*]", "annotations[*]", "citations[*]")
PATHS = (VULNERABILITIES, COMPONENTS, SERVICES, *_PASSED)
_VULNERABILITY = msgspec.json.Decoder(Vulnerability, strict=False)
_COMPONENT = msgspec.json.Decoder(Component, strict=False)
_AFFECTS = msgspec.json.Decoder(Affects, strict=False)
_VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
_MANY_COMPONENTS = 100_000


class JsonReading(RowsReading):
    """A document in JSON: its components first, wherever they stand, then its vulnerabilities."""

    def __init__(self, document: JsonDocument, report: Document) -> None:
        """`report` is the document without its lists."""
        self._document = document
        self._parts = Parts((report.metadata or Metadata()).component)
        header = header_of(report.metadata or Metadata())
        self._image = header.target if self._parts.is_image else ""
        super().__init__(header, self._in_order(), self._of_row, remarks=self._parts.remarks)
        if report.spec_version not in _VERSIONS:
            self.remarks.note(f"CycloneDX: specVersion is one of {', '.join(_VERSIONS)}", "/specVersion")

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations and rejected rows; those of components come first."""
        yield from super().__iter__()
        self.components = self._parts.count

    def _in_order(self) -> Iterator[Row]:
        lists = self._document.row_lists
        many = sum(len(one) for one in lists if one.path != VULNERABILITIES)
        if many > _MANY_COMPONENTS:
            self._parts.only(self._affected())
        for path in (COMPONENTS, SERVICES, VULNERABILITIES):
            for one in lists:
                if one.path == path:
                    yield from self._document.rows(one)

    def _affected(self) -> Iterator[str]:
        """The references that vulnerabilities make: of a million components only these have to be known."""
        for one in self._document.row_lists:
            for row in self._document.rows(one) if one.path == VULNERABILITIES else ():
                try:
                    yield from (target.ref for target in _AFFECTS.decode(row.raw).affects or ())
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    continue  # rejected when its turn comes

    def _of_row(self, row: Row) -> Iterator[Observation]:
        if row.path == VULNERABILITIES:
            kind = self.header.analysis
            found = _VULNERABILITY.decode(row.raw)
            return observations(found, parts=self._parts, kind=kind, image=self._image, pointer=row.pointer)
        self._parts.add(_COMPONENT.decode(row.raw), is_service=row.path == SERVICES)
        return iter(())


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one document.

    Raises: ReportError when its metadata have another shape.
    """
    yield JsonReading(document, frame(document.skeleton, Document, "CycloneDX document"))


class XmlReading:
    """A document in XML. Source: `prodsec.scans.types.Reading`. Components stand before the vulnerabilities, by the schema."""

    def __init__(self, rows: Iterator[TreeRow], affected: Iterable[str] | None) -> None:
        """Read up to the first component or vulnerability, for the header; `affected` are the components that have to be known, if not all."""
        first = next(rows, None)
        metadata = cyclonedx_xml.metadata(first.parents[0]) if first is not None and first.parents else Metadata()
        self.header = header_of(metadata)
        self.components = 0
        self._rows = itertools.chain([first] if first is not None else [], rows)
        self._parts = Parts(metadata.component)
        if affected is not None:
            self._parts.only(affected)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Rules of CycloneDX that the document breaks."""
        return self._parts.remarks.sentences()

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations and rejected rows in the order of the report."""
        image = self.header.target if self._parts.is_image else ""
        for row in self._rows:
            for vulnerability, pointer in self._vulnerabilities(row):
                try:
                    for observation in observations(
                        vulnerability, parts=self._parts, kind=self.header.analysis, image=image, pointer=pointer
                    ):
                        yield bounded(observation)
                except msgspec.DecodeError as error:
                    yield rejected(pointer, error)
        self.components = self._parts.count

    def _vulnerabilities(self, row: TreeRow) -> Iterator[tuple[Vulnerability, str]]:
        tree = row.tree()
        if row.path == cyclonedx_xml.PATHS[1]:
            yield cyclonedx_xml.vulnerability(tree), row.pointer
            return
        held = list(cyclonedx_xml.inside(tree, row.pointer))
        is_service = row.path == cyclonedx_xml.PATHS[2]
        self._parts.add(cyclonedx_xml.component(tree), row.pointer if held else "", is_service=is_service)
        yield from held


def header_of(metadata: Metadata) -> Header:
    """What a document says of itself: the first tool made it, the root component is what it is about."""
    name, version = _tool(metadata.tools)
    root = metadata.component
    return Header(
        format=ID,
        tool=name or "CycloneDX",
        analysis=kind_of(metadata, name),
        tool_version=version,
        target=root.name or "" if root is not None else "",
        scanned_at=instant(metadata.timestamp),
    )


def _tool(tools: Any) -> tuple[str, str]:
    """Name and version of the tool; since 1.5 tools may be components. Libraries and installers stand beside the scanner."""
    if isinstance(tools, dict):
        held = (tools.get("components"), tools.get("services"))
        tools = [tool for listed in held if isinstance(listed, list) for tool in listed]
    named = [
        (tool["name"], tool.get("version"))
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict) and isinstance(tool.get("name"), str) and tool["name"]
    ]
    name, version = next((tool for tool in named if tool[0] not in _BESIDE), named[0] if named else ("", ""))
    return name, version if isinstance(version, str) else ""


_read_json = json_reader(PATHS, readings)


def _read(member: Member, limits: Limits) -> Iterator[Reading]:
    if not member.head().lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        yield from _read_json(member, limits)
        return
    with member.path.open("rb") as file:
        is_large = member.path.stat().st_size > cyclonedx_xml.LARGE
        affected = set(cyclonedx_xml.affected(file)) if is_large else None
        file.seek(0)
        yield XmlReading(xml_rows(file, cyclonedx_xml.PATHS, limits, cyclonedx_xml.LEFT_OUT), affected)


FORMAT = CustomFormat(
    id=ID,
    title="CycloneDX",
    tool="any tool that writes CycloneDX",
    kind=Kind.DEPENDENCY,
    signatures=(
        Signature(equals={"bomFormat": ("CycloneDX",)}, weight=3),
        Signature(xml=("bom",), attributes={"xmlns": "http*cyclonedx.org/schema/bom/*"}),
    ),
    reader=_read,
)
