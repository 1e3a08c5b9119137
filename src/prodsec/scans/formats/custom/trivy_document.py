"""Trivy's JSON report as typed structs: version 2, the older bare list of results, and `trivy k8s`.

Source: pkg/types/report.go and result.go of Trivy; trivy.dev, "Reporting".
"""

import msgspec

_INITIALISMS = {"id": "ID", "ids": "IDs", "url": "URL", "purl": "PURL", "cvss": "CVSS", "avdid": "AVDID"}


def _go_name(field: str) -> str:
    """The name Go's encoder writes for a field: `vendor_ids` is `VendorIDs`."""
    return "".join(_INITIALISMS.get(word, word.capitalize()) for word in field.split("_"))


class PkgIdentifier(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """The package URL Trivy made for a package."""

    purl: str | None = None


class Layer(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """The image layer a package or file came with."""

    digest: str | None = None
    diff_id: str | None = None


class Cvss(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """One source's rating."""

    v2_vector: str | None = None
    v3_vector: str | None = None
    v40_vector: str | None = None
    v2_score: float | None = None
    v3_score: float | None = None
    v40_score: float | None = None


class DataSource(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """The database a vulnerability was found in."""

    id: str | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """A package with a known vulnerability."""

    vulnerability_id: str
    vendor_ids: list[str] | None = None
    pkg_name: str | None = None
    pkg_path: str | None = None
    pkg_identifier: PkgIdentifier | None = None
    installed_version: str | None = None
    fixed_version: str | None = None
    status: str | None = None
    layer: Layer | None = None
    severity_source: str | None = None
    primary_url: str | None = None
    data_source: DataSource | None = None
    title: str | None = None
    description: str | None = None
    severity: str | None = None
    cwe_ids: list[str] | None = None
    cvss: dict[str, Cvss] | None = None
    references: list[str] | None = None
    published_date: str | None = None


class CodeLine(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """One line of a snippet."""

    content: str | None = None
    is_cause: bool | None = None


class Code(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """The lines around a finding."""

    lines: list[CodeLine] | None = None


class Cause(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """What makes a check fail, and where."""

    resource: str | None = None
    provider: str | None = None
    service: str | None = None
    start_line: int | None = None
    end_line: int | None = None
    code: Code | None = None


class Misconfiguration(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """One check of a configuration file or of a resource."""

    id: str
    type: str | None = None
    avdid: str | None = None
    title: str | None = None
    description: str | None = None
    message: str | None = None
    resolution: str | None = None
    severity: str | None = None
    primary_url: str | None = None
    references: list[str] | None = None
    status: str | None = None
    layer: Layer | None = None
    cause_metadata: Cause | None = None


class Secret(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """A secret in a file; Trivy masks it itself."""

    rule_id: str
    category: str | None = None
    severity: str | None = None
    title: str | None = None
    start_line: int | None = None
    end_line: int | None = None
    match: str | None = None
    layer: Layer | None = None


class Modified(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """A finding that a VEX document or an ignore file took out. Written with `--show-suppressed`."""

    finding: msgspec.Raw
    type: str | None = None
    status: str | None = None
    statement: str | None = None
    source: str | None = None


class Result(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """What one target of the scan has in common; its rows are read apart."""

    target: str | None = None
    class_: str | None = None
    type: str | None = None


class Resource(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """A workload of a cluster."""

    namespace: str | None = None
    kind: str | None = None
    name: str | None = None
    results: list[Result] | None = None


class Version(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """The scanner's version, since Trivy 0.68."""

    version: str | None = None


class Document(msgspec.Struct, frozen=True, gc=False, rename=_go_name):
    """The report without its rows. In a cluster report `Vulnerabilities` and `Misconfigurations` are resources."""

    artifact_name: str | None = None
    artifact_type: str | None = None
    created_at: str | None = None
    trivy: Version | None = None
    cluster_name: str | None = None
    results: list[Result] | None = None
    resources: list[Resource] | None = None
    findings: list[Resource] | None = None
    vulnerabilities: list[Resource] | None = None
    misconfigurations: list[Resource] | None = None
