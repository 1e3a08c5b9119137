"""SPDX 2.2 and 2.3 in JSON, YAML, XML, RDF and tag-value, and 3.0 in JSON-LD: packages in use, and what is said of vulnerabilities."""

from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.custom import spdx_tag_value, spdx_xml, spdx_yaml
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.custom.spdx_3 import PATH, GraphReading
from prodsec.scans.formats.custom.spdx_document import (
    ID,
    NO_NAME,
    Document,
    Package,
    PackagesReading,
    header_of,
    observations,
)
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.rows import refuse_trailing
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Limits, Observation, Reading
from prodsec.vocabulary.kinds import Kind

_PACKAGES = "packages[*]"
# Lists that are walked as rows only so that they need no memory.
_PASSED = ("files[*]", "relationships[*]", "snippets[*]", "hasExtractedLicensingInfos[*]", "annotations[*]")
_PACKAGE = msgspec.json.Decoder(Package, strict=False)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one document of SPDX 2.

    Raises: ReportError when its frame has another shape.
    """
    header = header_of(frame(document.skeleton, Document, "SPDX document"))
    lists = [rows for rows in document.row_lists if rows.path == _PACKAGES]

    def rows() -> Iterator[Row]:
        for listed in lists:
            yield from document.rows(listed)

    def read(row: Row) -> Iterator[Observation]:
        package = _PACKAGE.decode(row.raw)
        if not package.name and not package.external_refs:
            raise msgspec.ValidationError(NO_NAME)
        return observations(package, row.pointer)

    yield RowsReading(header, rows(), read, components=sum(len(listed) for listed in lists))


_read_json = json_reader((_PACKAGES, *_PASSED), readings)


def _read(member: Member, limits: Limits) -> Iterator[Reading]:
    head = member.head().lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        if b'"@graph"' in head or b'"@context"' in head:
            yield from _read_graph(member, limits)
        else:
            yield from _read_json(member, limits)
        return
    form = spdx_xml if head.startswith(b"<") else spdx_tag_value if b"SPDXVersion:" in head else spdx_yaml
    with member.path.open("rb") as file:
        header = header_of(form.document_of(file, limits))
        file.seek(0)
        yield PackagesReading(header, form.packages_of(file, limits))


def _read_graph(member: Member, limits: Limits) -> Iterator[Reading]:
    with member.mapped() as data:
        document = JsonDocument(data, (PATH,), limits)
        refuse_trailing(document, len(data))
        yield GraphReading(document)


FORMAT = CustomFormat(
    id=ID,
    title="SPDX 2.2, 2.3 and 3.0",
    tool="any tool that writes SPDX",
    kind=Kind.DEPENDENCY,
    signatures=(
        Signature(equals={"spdxVersion": ("SPDX-2.*",)}, weight=2),
        Signature(json=("@graph",), equals={"@context": ("*spdx.org/rdf/3*",)}, weight=1),
        Signature(xml=("Document",), elements=("SPDXID", "spdxVersion")),
        Signature(xml=("RDF",), attributes={"xmlns:spdx": "http*spdx.org/rdf/terms*"}),
        Signature(lines_like=(r"SPDXVersion:\s*SPDX-2",)),
        Signature(lines_like=(r"[\"']?spdxVersion[\"']?:\s*[\"']?SPDX-2",)),
    ),
    reader=_read,
    about=(
        "JSON, YAML (at most 64 MB, without anchors), XML, RDF/XML and tag-value; 3.0 as JSON-LD. Packages are counted. In 2.x a security "
        "reference of type `advisory` that names a vulnerability is a finding; in 3.0 what the security profile says of a vulnerability in a "
        "package is one, its VEX state being its status."
    ),
    sample="trivy fs --format spdx-json . > bom.spdx.json",
)
