"""Trivy's JSON report: images, file systems, repositories and clusters; also the bare list of results before version 2."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom import trivy_rows
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.custom.trivy_document import (
    Document,
    Misconfiguration,
    Modified,
    Resource,
    Result,
    Secret,
    Vulnerability,
)
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.types import Header, Observation
from prodsec.vocabulary.kinds import Kind

ID = "trivy"
_LISTS = ("Vulnerabilities", "Misconfigurations", "Secrets", "ExperimentalModifiedFindings")
_OWNERS = (
    "Results[*]",
    "[*]",
    *[f"{name}[*].Results[*]" for name in ("Resources", "Findings", "Vulnerabilities", "Misconfigurations")],
)
PATHS = tuple(f"{owner}.{name}[*]" for owner in _OWNERS for name in _LISTS)

_Reader = Callable[[bytes | msgspec.Raw, trivy_rows.Target, str], Observation | None]
_VULNERABILITY = msgspec.json.Decoder(Vulnerability, strict=False)
_MISCONFIGURATION = msgspec.json.Decoder(Misconfiguration, strict=False)
_SECRET = msgspec.json.Decoder(Secret, strict=False)
_MODIFIED = msgspec.json.Decoder(Modified, strict=False)
_READERS: dict[str, _Reader] = {
    "Vulnerabilities": lambda raw, target, at: trivy_rows.vulnerability(_VULNERABILITY.decode(raw), target, at),
    "Misconfigurations": lambda raw, target, at: trivy_rows.misconfiguration(_MISCONFIGURATION.decode(raw), target, at),
    "Secrets": lambda raw, target, at: trivy_rows.secret(_SECRET.decode(raw), target, at),
    "ExperimentalModifiedFindings": lambda raw, target, at: trivy_rows.modified(_MODIFIED.decode(raw), target, at),
}
_SIGNATURES = (
    Signature(json=("SchemaVersion", "ArtifactName")),
    Signature(json=("ArtifactName", "ArtifactType")),
    Signature(json=("Results[0].Target", "Results[0].Class")),
    Signature(json=("Results[0].Target", "Results[0].Type")),
    Signature(json=("SchemaVersion", "Results")),
    Signature(json=("[0].Target", "[0].Vulnerabilities")),
    Signature(json=("[0].Target", "[0].Type")),
    *[
        Signature(json=("ClusterName", name))
        for name in ("Resources", "Vulnerabilities", "Misconfigurations", "Findings")
    ],
    Signature(nothing=("null",)),  # no results, before 0.20; without a newline, which others write (and jq, of nothing)
    Signature(nothing=("null", "[]"), named=("*trivy*",)),
)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one scan of the report.

    Raises: ReportError when the report's frame has another shape.
    """
    tree = [] if document.skeleton is None else document.skeleton  # before version 2, `null` was a report of nothing
    if isinstance(tree, list):
        report = Document(results=frame(tree, list[Result], "Trivy report"))
    else:
        report = frame(tree, Document, "Trivy report")
    results = report.results or []
    is_image = report.artifact_type in {"container_image", "vm"}
    if report.artifact_type is None and not report.cluster_name:
        is_image = any(result.type in trivy_rows.OS_TYPES for result in results)
    targets = _Targets(report.artifact_name or "", is_image=is_image)

    def read(row: Row) -> Iterator[Observation]:
        name = row.path.rpartition(".")[2].removesuffix("[*]")
        observation = _READERS[name](row.raw, targets.of(row.parents), row.pointer)
        if observation is not None:
            yield observation

    header = Header(
        format=ID,
        tool="Trivy",
        analysis=_analysis(report, is_image=is_image),
        tool_version=(report.trivy.version or "" if report.trivy is not None else ""),
        target=report.artifact_name or report.cluster_name or "",
        scanned_at=instant(report.created_at),
    )
    yield RowsReading(header, document.rows(), read, components=_packages(tree))


class _Targets:
    """The target of each result, read once; rows of one result share the very objects they stand in."""

    def __init__(self, artifact: str, *, is_image: bool) -> None:
        self._artifact = artifact
        self._is_image = is_image
        self._last: tuple[Any, trivy_rows.Target] | None = None

    def of(self, parents: tuple[Any, ...]) -> trivy_rows.Target:
        owner = parents[-1]
        if self._last is None or self._last[0] is not owner:
            self._last = (owner, self._read(parents))
        return self._last[1]

    def _read(self, parents: tuple[Any, ...]) -> trivy_rows.Target:
        result = msgspec.convert(parents[-1], Result, strict=False)
        resource = ""
        if len(parents) > 2:
            named = msgspec.convert(parents[-2], Resource, strict=False)
            resource = "/".join(filter(None, (named.namespace, named.kind, named.name)))
        return trivy_rows.target_of(result, artifact=self._artifact, is_image=self._is_image, resource=resource)


def _analysis(report: Document, *, is_image: bool) -> Kind:
    """The kind of the scan: packages before checks before secrets, whatever the scan found."""
    if is_image:
        return Kind.CONTAINER
    if report.results is None and any((report.cluster_name is not None, report.resources, report.findings)):
        return Kind.CLUSTER
    results = report.results or []
    classes = {result.class_ for result in results}
    if any(result.type in trivy_rows.OS_TYPES for result in results):
        return Kind.CONTAINER
    if classes & {"lang-pkgs", "os-pkgs"} or not classes & {"config", "secret"}:
        return Kind.DEPENDENCY
    return Kind.IAC if "config" in classes else Kind.SECRET


def _packages(tree: Any) -> int:
    """How many packages the report lists (`--list-all-pkgs`)."""
    results = tree if isinstance(tree, list) else tree.get("Results")
    count = 0
    for result in results if isinstance(results, list) else ():
        packages = result.get("Packages") if isinstance(result, dict) else None
        count += len(packages) if isinstance(packages, list) else 0
    return count


FORMAT = CustomFormat(
    id=ID,
    title="Trivy",
    tool="Trivy",
    kind=Kind.CONTAINER,
    signatures=_SIGNATURES,
    reader=json_reader(PATHS, readings),
)
