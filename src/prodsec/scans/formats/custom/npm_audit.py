"""`npm audit --json`: the advisories of npm 6 (also Yarn 1 and pnpm), the vulnerable packages of npm 7 and later."""

from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom import npm_rows
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.types import Header, Observation, ReportError
from prodsec.vocabulary.kinds import Kind

ID = "npm_audit"
PATHS = ("advisories[*]", "vulnerabilities[*]")
_ADVISORY = msgspec.json.Decoder(npm_rows.Advisory, strict=False)
_PACKAGE = msgspec.json.Decoder(npm_rows.VulnerablePackage)
_SIGNATURES = (
    Signature(json=("auditReportVersion", "vulnerabilities")),
    Signature(json=("advisories", "metadata")),
    Signature(json=("advisories", "actions")),
    Signature(json=("error.code", "error.summary")),
)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one audit of the report.

    Raises: ReportError when the audit failed and only says why.
    """
    tree = frame(document.skeleton, dict[str, Any], "npm audit report")
    if not document.row_lists and "error" in tree:
        raise ReportError(f"npm audit did not finish: {_failure(tree['error'])}; run it again", place="/error")

    def read(row: Row) -> Iterator[Observation]:
        if row.path == PATHS[0]:
            return npm_rows.advisory(_ADVISORY.decode(row.raw), row.pointer)
        return npm_rows.vulnerable_package(_PACKAGE.decode(row.raw), row.pointer)

    header = Header(format=ID, tool="npm audit", analysis=Kind.DEPENDENCY)
    yield RowsReading(header, document.rows(), read, components=_dependencies(tree.get("metadata")))


def _failure(error: Any) -> str:
    words = [error.get(name) for name in ("summary", "detail", "code")] if isinstance(error, dict) else [error]
    return next((word for word in words if isinstance(word, str) and word), "it gives no reason").rstrip(".")


def _dependencies(metadata: Any) -> int:
    """How many packages were looked at: a number in npm 6, an object with a total since."""
    if not isinstance(metadata, dict):
        return 0
    told = metadata.get("totalDependencies")
    if told is None and isinstance(metadata.get("dependencies"), dict):
        told = metadata["dependencies"].get("total")
    return told if isinstance(told, int) and told >= 0 else 0


FORMAT = CustomFormat(
    id=ID,
    title="npm audit",
    tool="npm audit",
    kind=Kind.DEPENDENCY,
    signatures=_SIGNATURES,
    reader=json_reader(PATHS, readings),
)
