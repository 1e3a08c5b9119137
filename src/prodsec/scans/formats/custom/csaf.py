"""CSAF 2.0 and 2.1: security advisories and VEX, one finding for each vulnerability and product."""

from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.custom.csaf_document import Document, Publisher, Tracking, Vulnerability
from prodsec.scans.formats.custom.csaf_products import Products
from prodsec.scans.formats.custom.csaf_rows import Vulnerabilities
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import LARGEST_ASIDE, JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.types import Header, Observation, ReportError
from prodsec.vocabulary.kinds import Kind

ID = "csaf"
PATHS = ("vulnerabilities[*]",)
_VULNERABILITY = msgspec.json.Decoder(Vulnerability, strict=False)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one document. Its id is the target, so that a newer version of it replaces what the older one said.

    Raises: ReportError when its frame has another shape, or is of another version.
    """
    report = frame(document.skeleton, Document, "CSAF document")
    about = report.document
    if about.csaf_version and not about.csaf_version.startswith("2."):
        raise ReportError(
            f"the document says CSAF {about.csaf_version[:20]}; 2.0 and 2.1 are read", place="/document/csaf_version"
        )
    tracking = about.tracking or Tracking()
    products = Products(report.product_tree)
    remarks = Remarks()
    vulnerabilities = Vulnerabilities(about, products, remarks)
    if not tracking.id:
        remarks.note("CSAF asks for document.tracking.id, by which its next version is known", "/document/tracking")
    if about.publisher is None or not about.publisher.name:
        remarks.note("CSAF asks for document.publisher.name", "/document/publisher")
    if isinstance(document.skeleton, dict) and "product_tree" in document.skeleton and report.product_tree is None:
        remarks.note(
            f"a product tree of more than {LARGEST_ASIDE} bytes is not read, products are known by their ids",
            "/product_tree",
        )
    header = Header(
        format=ID,
        tool=(about.publisher or Publisher()).name or "CSAF",
        analysis=Kind.DEPENDENCY,
        tool_version=tracking.version or "",
        target=tracking.id or "",
        scanned_at=instant(tracking.current_release_date),
    )

    def read(row: Row) -> Iterator[Observation]:
        return vulnerabilities.read(_VULNERABILITY.decode(row.raw), row.pointer)

    yield RowsReading(header, document.rows(), read, components=len(products), remarks=remarks)


FORMAT = CustomFormat(
    id=ID,
    title="CSAF 2.0 and 2.1",
    tool="any publisher of CSAF",
    kind=Kind.DEPENDENCY,
    signatures=(
        Signature(json=("document",), equals={"document.csaf_version": ("2.*",)}, weight=2),
        Signature(json=("document.tracking", "document.publisher", "document.category"), weight=1),
    ),
    reader=json_reader(PATHS, readings),
    about=(
        "Security advisories and VEX. A row for each product of each status: affected and under investigation are open, fixed (and "
        "recommended) and not affected are kept with their reason. The publisher is the tool, the document's id the target."
    ),
    sample="curl -O https://security.access.redhat.com/data/csaf/v2/advisories/2024/rhsa-2024_4546.json",
)
