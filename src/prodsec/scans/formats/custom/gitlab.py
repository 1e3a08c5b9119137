"""GitLab security reports of all types, from 2.x (no `scan`, places by `cve`) to 15.x."""

from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.custom.gitlab_document import Document, Named, Scan, Vulnerability
from prodsec.scans.formats.custom.gitlab_rows import KINDS, Vulnerabilities
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.types import Header, Observation
from prodsec.vocabulary.kinds import Kind

ID = "gitlab"
PATHS = ("vulnerabilities[*]",)
_VULNERABILITY = msgspec.json.Decoder(Vulnerability, strict=False)
_SIGNATURES = (
    Signature(json=("vulnerabilities", "scan.type")),
    Signature(json=("vulnerabilities", "scan.scanner")),
    Signature(json=("vulnerabilities", "version", "remediations")),
    Signature(json=("vulnerabilities[0].identifiers", "vulnerabilities[0].location")),
    Signature(
        json=("version",),
        equals={"vulnerabilities": ("[[]]",)},
        only=("version", "schema", "vulnerabilities", "remediations"),
    ),
    Signature(equals={"vulnerabilities": ("[[]]",)}, named=("*gitlab*", "gl-*")),
)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one scan of the report.

    Raises: ReportError when what the report says of the scan has another shape.
    """
    report = frame(document.skeleton, Document, "GitLab security report")
    first = _first(document)
    scan = report.scan or Scan()
    usual = KINDS.get(scan.type or first.category or "", Kind.CODE)
    vulnerabilities = Vulnerabilities(report, usual)
    scanner = scan.scanner or first.scanner or scan.analyzer or Named()
    failed = scan.status == "failure"
    header = Header(
        format=ID,
        tool=scanner.name or scanner.id or "GitLab",
        analysis=vulnerabilities.kind(first),
        tool_version=scanner.version if isinstance(scanner.version, str) else "",
        complete=not failed,
        incomplete_reason=_reason(scan) if failed else "",
        target=_target(first),
        scanned_at=instant(scan.end_time) or instant(scan.start_time),
    )

    remarks = Remarks()
    if report.scan is None or not report.version:
        remarks.note("GitLab's schema asks for version and scan since 14.0", "/")
    elif report.scan.analyzer is None or report.scan.scanner is None:
        remarks.note("GitLab's schema 15.0 asks for scan.analyzer and scan.scanner", "/scan")

    def read(row: Row) -> Iterator[Observation]:
        vulnerability = _VULNERABILITY.decode(row.raw)
        if not (vulnerability.id and vulnerability.identifiers and vulnerability.location is not None):
            remarks.note("GitLab's schema 15.0 asks for id, identifiers and location of a vulnerability", row.pointer)
        yield vulnerabilities.read(vulnerability, row.pointer)

    components = sum(len(file.dependencies or ()) for file in report.dependency_files or ())
    yield RowsReading(header, document.rows(), read, components=components, remarks=remarks)


def _first(document: JsonDocument) -> Vulnerability:
    """The first vulnerability that can be read: reports before 3.0 name their scanner nowhere else."""
    for row in document.rows():
        try:
            return _VULNERABILITY.decode(row.raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return Vulnerability()


def _target(first: Vulnerability) -> str:
    """The image or the host that was scanned; a report without findings does not name it."""
    location = first.location
    return (location.image or location.hostname or "") if location is not None else ""


def _reason(scan: Scan) -> str:
    worst = [message.value for message in scan.messages or () if message.level in {"fatal", "error"} and message.value]
    return worst[0] if worst else "The report says that the scan failed."


FORMAT = CustomFormat(
    id=ID,
    title="GitLab security report",
    tool="GitLab analyzers",
    kind=Kind.CODE,
    signatures=_SIGNATURES,
    reader=json_reader(PATHS, readings),
)
