"""One vulnerability of a GitLab security report becomes an observation."""

import re
from collections.abc import Iterable

import msgspec

from prodsec.scans.formats.custom import gitlab_details
from prodsec.scans.formats.custom.gitlab_document import (
    Commit,
    CvssVector,
    Document,
    Flag,
    Identifier,
    Link,
    Location,
    Named,
    Tracking,
    Vulnerability,
)
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component, distribution_of
from prodsec.scans.formats.custom.sarif_tools import kind_of_tool
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.vectors import by_version
from prodsec.scans.types import Observation
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place

KINDS = {
    "sast": Kind.CODE,
    "sast_iac": Kind.IAC,
    "dependency_scanning": Kind.DEPENDENCY,
    "container_scanning": Kind.CONTAINER,
    "cluster_image_scanning": Kind.CONTAINER,
    "secret_detection": Kind.SECRET,
    "dast": Kind.WEB,
    "api_fuzzing": Kind.WEB,
    "api_security": Kind.WEB,
    "coverage_fuzzing": Kind.CODE,
}
_PACKAGE_KINDS = frozenset({Kind.DEPENDENCY, Kind.CONTAINER})
_WEAKNESS_TYPES = frozenset({"cwe", "wasc", "owasp", "capec"})
_MANIFESTS = {
    "go.sum": "go", "go.mod": "go", "package-lock.json": "npm", "yarn.lock": "npm", "npm-shrinkwrap.json": "npm",
    "pnpm-lock.yaml": "npm", "package.json": "npm", "bun.lock": "npm", "composer.lock": "composer", "Gemfile.lock": "gem",
    "gems.locked": "gem", "pom.xml": "maven", "build.gradle": "maven", "build.gradle.kts": "maven", "build.sbt": "maven",
    "gradle.lockfile": "maven", "maven.graph.json": "maven", "requirements.txt": "pypi", "Pipfile.lock": "pypi",
    "Pipfile": "pypi", "poetry.lock": "pypi", "uv.lock": "pypi", "setup.py": "pypi", "requirements.pip": "pypi",
    "packages.lock.json": "nuget", "packages.config": "nuget", "conan.lock": "conan", "Cargo.lock": "cargo",
    "pubspec.lock": "pub", "Podfile.lock": "cocoapods", "Package.resolved": "swift", "mix.lock": "hex",
}  # fmt: skip
_UPGRADE = re.compile(r"^Upgrade (?:\S+ )?(?:from \S+ )?to (?:versions? )?(.+?)(?: or (?:above|later|higher))?\.?$")
_HASHED_SECRET = re.compile(r":([0-9a-f]{64}):")
_HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_CWE = re.compile(r"(\d+)\s*$")
_LONGEST_RULE = 80
_UNSTABLE_SIGNATURES = frozenset({"location", "hash"})  # the first holds the line, the second the whole file
_NO_LOCATION = Location()
_NOT_SAID = frozenset({"", "not available", "No solution provided"})


class Vulnerabilities:
    """Reads the vulnerabilities of one report."""

    def __init__(self, document: Document, usual: Kind) -> None:
        """`usual` is the kind of the scan, for rows that name no category."""
        self._usual = usual
        self._remedies = {
            key: text
            for remediation in document.remediations or []
            if (text := "\n\n".join(filter(None, (remediation.summary, gitlab_details.patch(remediation.diff)))))
            for fixed in remediation.fixes or []
            for key in (fixed.id, fixed.cve)
            if key
        }
        self._managers = {
            file.path: file.package_manager
            for file in document.dependency_files or []
            if file.path and file.package_manager
        }
        scan = document.scan
        scanner = scan.scanner if scan is not None else None
        self._scanner = scanner or Named()
        self._kinds: dict[tuple[str, str], Kind] = {}

    def read(self, row: Vulnerability, pointer: str) -> Observation:
        """The observation of one vulnerability.

        Raises: msgspec.ValidationError for a vulnerability without any name.
        """
        location = row.location or _NO_LOCATION
        identifiers = row.identifiers or []
        if not (identifiers or row.name or row.message or row.description or location.crash_type):
            raise msgspec.ValidationError("the vulnerability has no name, identifier or description")
        kind = self.kind(row)
        ids, cwes, references = _names(identifiers, kind, row.links or ())
        rule = ids[0] if kind in _PACKAGE_KINDS and ids else _rule(identifiers, location)
        remedy = self._remedy(row)
        package = self._component(location, remedy) if kind in _PACKAGE_KINDS else None
        extract = row.raw_source_code_extract or location.stacktrace_snippet or ""
        message = (row.message or "").strip()
        doubt = _doubt(row.flags) if row.flags else None
        observation = Observation(
            kind=kind,
            rule=rule,
            title=_title(row, rule, package, location),
            pointer=pointer,
            severity=severity_of(row.severity),
            severity_text=row.severity or "",
            description=_described(row, message),
            message=_evidence(row.evidence) or message,
            remedy=remedy,
            references=references,
            ids=ids,
            cwes=cwes,
            cvss=_vectors(row.cvss_vectors) if row.cvss_vectors else (),
            component=package,
            place=_place(location, kind, row.evidence),
            snippet=extract,
            fingerprint=_signature(row.tracking) if row.tracking is not None else "",
            justification=doubt or "",
            first_seen_at=instant(row.discovered_at),
            tags=("likely-false-positive",) if doubt is not None else (),
        )
        return _without_secret(observation, row.cve) if kind is Kind.SECRET else observation

    def _remedy(self, row: Vulnerability) -> str:
        return _said(row.solution) or self._remedies.get(row.id or "") or self._remedies.get(row.cve or "") or ""

    def kind(self, row: Vulnerability) -> Kind:
        """The kind of one row: its category's, except that infrastructure and secret scanners report as `sast` too."""
        scanner = row.scanner or self._scanner
        key = (row.category or "", scanner.name or scanner.id or self._scanner.name or "")
        kind = self._kinds.get(key)
        if kind is None:
            kind = KINDS.get(key[0], self._usual)
            if kind is Kind.CODE:
                told = kind_of_tool(key[1])
                kind = told if told in {Kind.IAC, Kind.SECRET} else kind
            self._kinds[key] = kind
        return kind

    def _component(self, location: Location, remedy: str) -> Component | None:
        dependency = location.dependency
        if dependency is None or dependency.package is None or not dependency.package.name:
            return None
        found = _UPGRADE.match(remedy.partition("\n")[0])
        fixed = tuple(version.strip() for version in found[1].split(",")) if found is not None else ()
        file = location.file or ""
        ecosystem = self._managers.get(file) or _MANIFESTS.get(file.rpartition("/")[2], "") or location.operating_system
        system = location.operating_system
        return component(
            name=dependency.package.name,
            version=dependency.version or "",
            ecosystem=ecosystem or "",
            distribution=distribution_of(system) if system else "",
            fixed=fixed,
        )


def _names(
    identifiers: list[Identifier], kind: Kind, links: Iterable[Link]
) -> tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]]:
    """Vulnerability ids (CVE first), weakness numbers, and the pages behind the identifiers and links."""
    ids: dict[str, None] = {}
    cwes: dict[int, None] = {}
    references: dict[str, None] = {}
    for identifier in identifiers:
        type_ = (identifier.type or "").lower()
        value = identifier.value or identifier.name or ""
        if identifier.url and identifier.url not in _NOT_SAID:
            references[identifier.url] = None
        if type_ == "cwe":
            found = _CWE.search(value) or _CWE.search(identifier.name or "")
            if found is not None:
                cwes[int(found[1])] = None
        elif value and (type_ in {"cve", "ghsa"} or (kind in _PACKAGE_KINDS and type_ not in _WEAKNESS_TYPES)):
            ids[(f"GEMNASIUM-{value}" if type_ == "gemnasium" else value).upper()] = None
    references.update((link.url, None) for link in links if link.url)
    ordered = sorted(ids, key=lambda name: not name.startswith("CVE-"))
    return tuple(ordered), tuple(cwes), tuple(references)


def _rule(identifiers: list[Identifier], location: Location) -> str:
    """The primary identifier; its name when the value is a sentence."""
    for identifier in identifiers:
        value = identifier.value or ""
        if len(value) > _LONGEST_RULE and identifier.name:
            value = identifier.name
        if value or identifier.name:
            return value or identifier.name or ""
    return location.crash_type or "unnamed"


def _title(row: Vulnerability, rule: str, package: Component | None, location: Location) -> str:
    text = row.name or row.message or location.crash_type
    if not text and package is not None:
        text = f"{rule} in {package.name}"
    line = (text or row.description or rule).strip().partition("\n")[0]
    return line or rule


def _described(row: Vulnerability, message: str) -> str:
    """The description, and below it whatever details the analyzer gives."""
    described = (row.description or "").strip() or message
    return described if row.details is None else f"{described}\n\n{gitlab_details.as_text(row.details)}".strip()


def _place(location: Location, kind: Kind, evidence: object) -> Place:
    is_web = kind is Kind.WEB
    request = evidence.get("request") if is_web and isinstance(evidence, dict) else None
    asked = request if isinstance(request, dict) else {}
    resource = location.kubernetes_resource
    commit = location.commit or Commit()
    function = location.method if not is_web else None
    if function and location.class_:
        function = f"{location.class_}.{function}"
    return Place(
        file=location.file or "",
        line=_line(location.start_line),
        end_line=_line(location.end_line),
        function=function or location.class_ or _first_frame(location.crash_state),
        url=(_address(location) or _said(asked.get("url"))) if is_web else "",
        method=(location.method or _said(asked.get("method"))) if is_web else "",
        parameter=location.param or "",
        resource="/".join(filter(None, (resource.namespace, resource.kind, resource.name, resource.container_name)))
        if resource is not None
        else "",
        image=location.image or "",
        commit=commit.sha if commit.sha and commit.sha.strip("0") else "",
    )


def _address(location: Location) -> str:
    host, path = (location.hostname or "").rstrip("/"), location.path or ""
    return f"{host}/{path.lstrip('/')}" if host and path else host or path


def _line(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return int(value) if isinstance(value, (int, float)) and value >= 1 else None


def _first_frame(crash_state: str | None) -> str:
    return crash_state.partition("\n")[0] if crash_state else ""


def _evidence(evidence: object) -> str:
    summary = evidence.get("summary") if isinstance(evidence, dict) else None
    return summary if isinstance(summary, str) else ""


def _vectors(rated: list[CvssVector]) -> tuple[str, ...]:
    return by_version(cvss.vector for cvss in rated if cvss.vector)


def _doubt(flags: list[Flag]) -> str | None:
    """Why an analyzer thinks that the finding is likely a false positive; None when it does not.

    The row stays open: GitLab shows such a finding too, and a guess of a scanner is no decision.
    """
    likely = [flag.description or "" for flag in flags if flag.type == "flagged-as-likely-false-positive"]
    return "\n".join(likely) if likely else None


def _signature(tracking: Tracking) -> str:
    """The signature that survives moved lines best: scanners list them from the weakest to the best."""
    for item in tracking.items or ():
        for signature in reversed(item.signatures or ()):
            if signature.value and signature.algorithm and signature.algorithm not in _UNSTABLE_SIGNATURES:
                return f"{signature.algorithm}:{signature.value}"
    return ""


def _secret_hash(compare_key: str | None) -> str:
    """The SHA-256 of the secret that GitLab's analyzers put in the middle of the compare key."""
    found = _HASHED_SECRET.search(compare_key or "")
    return f"sha256:{found[1]}" if found is not None and found[1] != _HASH_OF_NOTHING else ""


def _said(text: object) -> str:
    stripped = text.strip() if isinstance(text, str) else ""
    return "" if stripped in _NOT_SAID else stripped


def _without_secret(observation: Observation, compare_key: str | None) -> Observation:
    """The observation with the excerpt as its secret and in no text; the analyzer's own hash where there is no excerpt."""
    secret = observation.snippet
    if not secret:
        return msgspec.structs.replace(observation, secret_hash=_secret_hash(compare_key))
    return msgspec.structs.replace(
        observation,
        title=observation.title.replace(secret, "***"),
        description=observation.description.replace(secret, "***"),
        message=observation.message.replace(secret, "***"),
        snippet="",
        secret=secret,
    )
