"""CycloneDX 1.2 to 1.7, JSON and XML, with vulnerabilities (VDR, VEX) or without (an inventory: a report of no findings)."""

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom import cyclonedx_xml
from prodsec.scans.formats.custom.cyclonedx_document import Document, Metadata, Vulnerability
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
PATHS = ("vulnerabilities[*]",)
_VULNERABILITY = msgspec.json.Decoder(Vulnerability, strict=False)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one document.

    Raises: ReportError when its components or metadata have another shape.
    """
    report = frame(document.skeleton, Document, "CycloneDX document")
    parts = Parts(report)
    header = header_of(report.metadata or Metadata())
    image = header.target if parts.is_image else ""

    def read(row: Row) -> Iterator[Observation]:
        return observations(
            _VULNERABILITY.decode(row.raw), parts=parts, kind=header.analysis, image=image, pointer=row.pointer
        )

    yield RowsReading(header, document.rows(), read, components=parts.count)


class XmlReading:
    """A document in XML. Source: `prodsec.scans.types.Reading`. Components stand before the vulnerabilities, by the schema."""

    def __init__(self, rows: Iterator[TreeRow]) -> None:
        """Read up to the first component or vulnerability, for the header."""
        first = next(rows, None)
        metadata = cyclonedx_xml.metadata(first.parents[0]) if first is not None and first.parents else Metadata()
        self.header = header_of(metadata)
        self.components = 0
        self._rows = itertools.chain([first] if first is not None else [], rows)
        self._parts = Parts(Document(metadata=metadata))

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
        self._parts.add(cyclonedx_xml.component(tree), row.pointer)
        yield from cyclonedx_xml.inside(tree, row.pointer)


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
        yield XmlReading(xml_rows(file, cyclonedx_xml.PATHS, limits))


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
