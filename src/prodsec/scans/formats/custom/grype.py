"""Grype's JSON report: matches, and the matches that ignore rules or VEX statements took out."""

from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom import grype_rows
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.types import Header, Observation
from prodsec.vocabulary.kinds import Kind

ID = "grype"
PATHS = ("matches[*]", "ignoredMatches[*]")
_MATCH = msgspec.json.Decoder(grype_rows.Match, strict=False)


class Source(msgspec.Struct, frozen=True):
    """What was scanned: an image, a directory, a file or an SBOM."""

    type: str | None = None
    target: Any = None


class Descriptor(msgspec.Struct, frozen=True):
    """The scanner."""

    name: str | None = None
    version: str | None = None
    timestamp: str | None = None


class Document(msgspec.Struct, frozen=True):
    """The report without its matches."""

    source: Source | None = None
    descriptor: Descriptor | None = None


_SIGNATURES = (
    Signature(json=("matches",), equals={"descriptor.name": ("*grype*",)}),
    Signature(json=("matches[0].vulnerability", "matches[0].artifact")),
    Signature(json=("matches", "source"), equals={"descriptor.name": ("[[]not provided]",)}),  # built without a name
)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one scan of the report.

    Raises: ReportError when the report's frame has another shape.
    """
    report = frame(document.skeleton, Document, "Grype report")
    source, scanner = report.source or Source(), report.descriptor or Descriptor()
    is_image = source.type == "image"
    target = _target(source.target)
    kind = Kind.CONTAINER if is_image else Kind.DEPENDENCY
    image = target if is_image else ""

    def read(row: Row) -> Iterator[Observation]:
        yield grype_rows.observation(_MATCH.decode(row.raw), kind=kind, image=image, pointer=row.pointer)

    header = Header(
        format=ID,
        tool="Grype" if scanner.name in {None, "grype"} else scanner.name or "Grype",
        analysis=kind,
        tool_version=scanner.version or "",
        target=target,
        scanned_at=instant(scanner.timestamp),
    )
    yield RowsReading(header, document.rows(), read)


def _target(target: Any) -> str:
    """The name the user gave, of an image or of a folder."""
    if isinstance(target, dict):
        named = target.get("userInput")
        return named if isinstance(named, str) else ""
    return target if isinstance(target, str) else ""


FORMAT = CustomFormat(
    id=ID,
    title="Grype",
    tool="Grype",
    kind=Kind.CONTAINER,
    signatures=_SIGNATURES,
    reader=json_reader(PATHS, readings),
)
