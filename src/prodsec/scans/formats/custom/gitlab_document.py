"""GitLab security reports, 2.x to 15.x, as typed structs; one struct of places serves all report types.

Source: security-report-schemas, dist/*-report-format.json.
"""

from typing import Any

import msgspec

Loose = Any  # a member whose shape differs between report versions; narrowed where it is used


class Named(msgspec.Struct, frozen=True, gc=False):
    """A scanner, analyzer or package: something with an id, a name and perhaps a version."""

    id: str | None = None
    name: str | None = None
    version: Loose = None


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """A name of the vulnerability or of the rule that found it."""

    type: str | None = None
    name: str | None = None
    value: str | None = None
    url: str | None = None


class Link(msgspec.Struct, frozen=True, gc=False):
    """A page to read on."""

    url: str | None = None


class Dependency(msgspec.Struct, frozen=True, gc=False):
    """The package at fault."""

    package: Named | None = None
    version: str | None = None


class KubernetesResource(msgspec.Struct, frozen=True, gc=False):
    """Where an image runs."""

    namespace: str | None = None
    kind: str | None = None
    name: str | None = None
    container_name: str | None = None


class Commit(msgspec.Struct, frozen=True, gc=False):
    """The commit that holds a secret."""

    sha: str | None = None


class Location(msgspec.Struct, frozen=True, gc=False):
    """The place, of whatever report type."""

    file: str | None = None
    start_line: Loose = None
    end_line: Loose = None
    class_: str | None = msgspec.field(name="class", default=None)
    method: str | None = None
    dependency: Dependency | None = None
    operating_system: str | None = None
    image: str | None = None
    kubernetes_resource: KubernetesResource | None = None
    hostname: str | None = None
    param: str | None = None
    path: str | None = None
    commit: Commit | None = None
    crash_type: str | None = None
    crash_state: str | None = None
    stacktrace_snippet: str | None = None


class CvssVector(msgspec.Struct, frozen=True, gc=False):
    """A CVSS vector and who rated."""

    vector: str | None = None


class Signature(msgspec.Struct, frozen=True, gc=False):
    """A tracking signature."""

    algorithm: str | None = None
    value: str | None = None


class TrackingItem(msgspec.Struct, frozen=True, gc=False):
    """What is tracked."""

    signatures: list[Signature] | None = None


class Tracking(msgspec.Struct, frozen=True, gc=False):
    """How the vulnerability is followed as the project changes."""

    items: list[TrackingItem] | None = None


class Flag(msgspec.Struct, frozen=True, gc=False):
    """What an analyzer thinks of the finding."""

    type: str | None = None
    description: str | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False):
    """One row of the report."""

    id: str | None = None
    category: str | None = None
    name: str | None = None
    message: str | None = None
    description: str | None = None
    cve: str | None = None
    severity: str | None = None
    solution: str | None = None
    scanner: Named | None = None
    location: Location | None = None
    identifiers: list[Identifier] | None = None
    links: list[Link] | None = None
    cvss_vectors: list[CvssVector] | None = None
    tracking: Tracking | None = None
    flags: list[Flag] | None = None
    details: Loose = None
    evidence: Loose = None
    raw_source_code_extract: str | None = None
    discovered_at: str | None = None


class ScanMessage(msgspec.Struct, frozen=True, gc=False):
    """What the analyzer logged."""

    level: str | None = None
    value: str | None = None


class Scan(msgspec.Struct, frozen=True, gc=False):
    """About the scan as a whole; absent before format 3.0."""

    type: str | None = None
    status: str | None = None
    scanner: Named | None = None
    analyzer: Named | None = None
    start_time: str | None = None
    end_time: str | None = None
    messages: list[ScanMessage] | None = None


class Fixed(msgspec.Struct, frozen=True, gc=False):
    """Names a vulnerability a remediation fixes: by `id`, before 14.x by `cve`."""

    id: str | None = None
    cve: str | None = None


class Remediation(msgspec.Struct, frozen=True, gc=False):
    """What fixes several vulnerabilities at once."""

    fixes: list[Fixed] | None = None
    summary: str | None = None
    diff: str | None = None


class DependencyFile(msgspec.Struct, frozen=True, gc=False):
    """A lock file and the packages it names."""

    path: str | None = None
    package_manager: str | None = None
    dependencies: list[Loose] | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """The report without its vulnerabilities."""

    version: Loose = None
    scan: Scan | None = None
    remediations: list[Remediation] | None = None
    dependency_files: list[DependencyFile] | None = None
