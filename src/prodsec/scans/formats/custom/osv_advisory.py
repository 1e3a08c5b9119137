"""OSV advisories themselves, without a scanner: one document, a list, JSON lines, or an answer of the OSV API."""

from collections.abc import Iterable, Iterator

import msgspec

from prodsec.scans.formats.custom import osv_rows
from prodsec.scans.formats.custom.rows_reading import RowsReading
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_lines import json_lines
from prodsec.scans.formats.json_scan import Data
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Header, Limits, Observation, Reading, Status
from prodsec.vocabulary.kinds import Kind

ID = "osv_advisory"
_ADVISORY = msgspec.json.Decoder(osv_rows.Vulnerability, strict=False)
_NOWHERE = osv_rows.Source()


def observations(row: Row) -> Iterator[Observation]:
    """One observation for each package an advisory is about; one in all for one that names none.

    Raises: msgspec.DecodeError for what is no advisory.
    """
    advisory = _ADVISORY.decode(row.raw)
    first = row.pointer
    for index, affected in enumerate(_packages(advisory)):
        package = osv_rows.PackageRow(package=affected, vulnerabilities=[advisory])
        place = f"{first}/affected/{index}" if affected.name else first
        for found in osv_rows.observations(package, kind=Kind.DEPENDENCY, source=_NOWHERE, root="", pointer=first):
            yield msgspec.structs.replace(
                found,
                pointer=place or "/",
                status=Status.FALSE_POSITIVE if advisory.withdrawn else Status.OPEN,
                justification=f"The advisory was withdrawn ({advisory.withdrawn})." if advisory.withdrawn else "",
            )


def _packages(advisory: osv_rows.Vulnerability) -> list[osv_rows.Package]:
    """The packages affected, each once; where there is none the repositories whose commits are."""
    found: dict[tuple[str, str], osv_rows.Package] = {}
    for affected in advisory.affected or ():
        named = affected.package or osv_rows.AffectedPackage()
        names = [named.name] if named.name else [range_.repo for range_ in affected.ranges or () if range_.repo]
        for name in names:
            ecosystem = named.ecosystem or ""
            found.setdefault((ecosystem, name or ""), osv_rows.Package(name=name, ecosystem=ecosystem))
    return list(found.values()) or [osv_rows.Package()]


def _read(member: Member, limits: Limits) -> Iterator[Reading]:
    with member.mapped() as data:
        rows, target = _rows(data, limits)
        header = Header(format=ID, tool="OSV", analysis=Kind.DEPENDENCY, target=target)
        yield RowsReading(header, rows, observations)


def _rows(data: Data, limits: Limits) -> tuple[Iterable[Row], str]:
    """The advisories, and the id of one that stands alone."""
    document = JsonDocument(data, ("vulns[*]", "[*]") if _is_list(data) else ("vulns[*]",), limits)
    if document.end < len(data):
        return json_lines(data, limits), ""
    tree = document.skeleton
    if not isinstance(tree, dict) or "vulns" in tree:
        return document.rows(), ""
    told = tree.get("id")
    return [Row(data[:], "")], told if isinstance(told, str) else ""


def _is_list(data: Data) -> bool:
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


FORMAT = CustomFormat(
    id=ID,
    title="OSV advisories",
    tool="OSV",
    kind=Kind.DEPENDENCY,
    signatures=(
        Signature(json=("id", "modified", "affected")),
        Signature(json=("id", "modified", "schema_version")),
        Signature(json=("[0].id", "[0].modified", "[0].affected")),
        Signature(json=("vulns[0].id", "vulns[0].modified")),
    ),
    reader=_read,
    about=(
        "Advisories themselves, not a scanner's findings: one, a list, JSON lines, or an answer of the OSV API. A row for each package; "
        "which version is in use nobody says. A withdrawn advisory is kept as a false positive."
    ),
    sample="curl https://api.osv.dev/v1/vulns/GHSA-vh95-rmgr-6w4m",
)
