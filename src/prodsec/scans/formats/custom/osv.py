"""OSV-Scanner's JSON report, versions 1 and 2."""

import posixpath
from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.custom import osv_rows
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.types import Header, Observation
from prodsec.vocabulary.kinds import Kind

ID = "osv"
PATHS = ("results[*].packages[*]",)
_PACKAGE = msgspec.json.Decoder(osv_rows.PackageRow, strict=False)
_SIGNATURES = (
    Signature(json=("results[0].packages", "results[0].source")),
    Signature(json=("results[0].packages[0].package",)),
    Signature(json=("results", "experimental_config")),
    Signature(equals={"results": ("[[]]",)}, only=("results",)),  # version 1.0 to 1.3 wrote nothing else
)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one scan of the report.

    Raises: ReportError when the report's frame has another shape.
    """
    report = frame(document.skeleton, osv_rows.Document, "OSV-Scanner report")
    sources = [result.source or osv_rows.Source() for result in report.results or ()]
    is_image = report.image_metadata is not None or any(source.type in {"docker", "image"} for source in sources)
    kind = Kind.CONTAINER if is_image else Kind.DEPENDENCY
    root = _root([source.path or "" for source in sources])

    def read(row: Row) -> Iterator[Observation]:
        source = msgspec.convert(row.parents[-1], osv_rows.SourceResult, strict=False).source or osv_rows.Source()
        return osv_rows.observations(_PACKAGE.decode(row.raw), kind=kind, source=source, root=root, pointer=row.pointer)

    header = Header(format=ID, tool="OSV-Scanner", analysis=kind)
    components = sum(len(rows) for rows in document.row_lists)
    yield RowsReading(header, document.rows(), read, components=components)


def _root(paths: list[str]) -> str:
    """The folder that all absolute source paths are in, with its slash: what differs between machines.

    One path alone tells only its own folder, which is as good a root as any.
    """
    folders = [path.rpartition("/")[0] for path in paths if path.startswith("/")]
    if not folders or len(folders) != len(paths):
        return ""
    return posixpath.commonpath(folders).rstrip("/") + "/"


FORMAT = CustomFormat(
    id=ID,
    title="OSV-Scanner",
    tool="OSV-Scanner",
    kind=Kind.DEPENDENCY,
    signatures=_SIGNATURES,
    reader=json_reader(PATHS, readings),
)
