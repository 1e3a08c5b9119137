"""The rows of `snyk test --json`, `snyk container test` and `snyk iac test` become observations.

Source: docs.snyk.io, "Snyk CLI: JSON output"; Snyk Code writes SARIF.
"""

from typing import Any

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component, distribution_of
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.vectors import by_version
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import cwe
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place

_IMAGE_MANAGERS = ("deb", "apk", "rpm", "linux", "debian", "ubuntu", "alpine", "centos", "rhel", "amzn", "oracle")
_OWN_ASSIGNER = "Snyk"


class Reference(msgspec.Struct, frozen=True, gc=False):
    """A page to read on."""

    url: str | None = None


class CvssSource(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One rating, in the shape since 2024 (`cvssSources`) or before (`cvssDetails`)."""

    assigner: str | None = None
    vector: str | None = None
    cvss_version: str | None = None
    cvss_v3_vector: str | None = msgspec.field(name="cvssV3Vector", default=None)


class EpssDetails(msgspec.Struct, frozen=True, gc=False):
    """The exploit prediction score; Snyk writes it as text."""

    probability: str | float | None = None


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """An ignore of the policy file."""

    reason: str | None = None


class Filtered(msgspec.Struct, frozen=True, gc=False):
    """Why a vulnerability was taken out."""

    ignored: list[Ignored] | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A row: a package with a vulnerability or a licence issue, reached by one path of dependencies."""

    id: str
    title: str | None = None
    severity: str | None = None
    severity_with_critical: str | None = None
    description: str | None = None
    cvss_v3: str | None = msgspec.field(name="CVSSv3", default=None)
    cvss_v4: str | None = msgspec.field(name="CVSSv4", default=None)
    cvss_score: float | None = None
    cvss_sources: list[CvssSource] | None = None
    cvss_details: list[CvssSource] | None = None
    epss_details: EpssDetails | None = None
    identifiers: dict[str, list[Any] | None] | None = None
    references: list[Reference] | None = None
    package_manager: str | None = None
    package_name: str | None = None
    name: str | None = None
    version: str | None = None
    fixed_in: list[str] | None = None
    from_: list[str] | None = msgspec.field(name="from", default=None)
    upgrade_path: list[str | bool] | None = None
    publication_time: str | None = None
    type: str | None = None
    exploit: str | None = None
    nearest_fixed_in_version: str | None = None
    filtered: Filtered | None = None


class IacDescription(msgspec.Struct, frozen=True, gc=False):
    """What is wrong, why it matters, how to fix it."""

    issue: str | None = None
    impact: str | None = None
    resolve: str | None = None


class IacIssue(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A row of `snyk iac test`."""

    id: str
    title: str | None = None
    severity: str | None = None
    msg: str | None = None
    iac_description: IacDescription | None = None
    issue: str | None = None
    impact: str | None = None
    resolve: str | None = None
    remediation: Any = None
    documentation: str | None = None
    references: list[str] | None = None
    line_number: int | None = None
    path: list[Any] | None = None
    is_ignored: bool | None = None


class Project(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One project of the report without its rows."""

    ok: bool | None = None
    error: str | None = None
    package_manager: str | None = None
    project_name: str | None = None
    display_target_file: str | None = None
    target_file: str | None = None
    path: str | None = None
    dependency_count: int | None = None
    docker: Any = None
    project_type: str | None = None

    @property
    def kind(self) -> Kind:
        """What the project's rows are about."""
        if (self.project_type or "").endswith("config"):
            return Kind.IAC
        manager = (self.package_manager or "").lower()
        is_image = bool(self.docker) or (self.project_name or "").startswith("docker-image|")
        return Kind.CONTAINER if is_image or manager.startswith(_IMAGE_MANAGERS) else Kind.DEPENDENCY

    @property
    def image(self) -> str:
        """The image the project is of; empty for source code."""
        return (
            self.path or (self.project_name or "").removeprefix("docker-image|") if self.kind is Kind.CONTAINER else ""
        )

    @property
    def file(self) -> str:
        """The manifest, with `/` as the separator."""
        return (self.display_target_file or self.target_file or "").replace("\\", "/")


def vulnerability(row: Vulnerability, project: Project, pointer: str) -> Observation:
    """The observation of one vulnerable path."""
    full_name, version = row.name or row.package_name or "", row.version or ""
    kind, manager = project.kind, row.package_manager or project.package_manager or ""
    name = full_name.rpartition("/")[2] if manager.startswith(_IMAGE_MANAGERS) else full_name
    word = row.severity_with_critical or row.severity or ""
    identifiers = row.identifiers or {}
    cves = (str(id_).upper() for type_, values in identifiers.items() if type_ != "CWE" for id_ in values or ())
    fixed = tuple(row.fixed_in or ()) or ((row.nearest_fixed_in_version,) if row.nearest_fixed_in_version else ())
    ignored = [told.reason or "" for told in row.filtered.ignored or ()] if row.filtered is not None else []
    return Observation(
        kind=kind,
        rule=row.id,
        title=row.title or f"{row.id} in {name}",
        pointer=pointer,
        severity=severity_of(word),
        severity_text=word,
        score=row.cvss_score,
        description=row.description or "",
        message=" > ".join(row.from_ or ()),
        remedy=_remedy(row, name, fixed),
        references=tuple(dict.fromkeys(reference.url for reference in row.references or () if reference.url)),
        ids=tuple(dict.fromkeys((row.id.upper(), *cves))) if row.type != "license" else (),
        cwes=_cwes(identifiers.get("CWE")),
        cvss=_vectors(row),
        epss=_probability(row.epss_details),
        component=component(
            name=name,
            version=version,
            ecosystem=manager,
            distribution=distribution_of(manager),
            fixed=fixed,
        ),
        place=Place(file=project.file, image=project.image),
        status=Status.OPEN if row.filtered is None else Status.SUPPRESSED,
        justification="\n".join(filter(None, ignored)),
        published_at=instant(row.publication_time),
        tags=tuple(filter(None, (row.type, row.exploit and f"exploit: {row.exploit}"))),
    )


def iac_issue(row: IacIssue, project: Project, pointer: str) -> Observation:
    """The observation of one infrastructure issue."""
    told = row.iac_description or IacDescription(issue=row.issue, impact=row.impact, resolve=row.resolve)
    pages = [page for page in (row.documentation, *(row.references or ())) if page]
    return Observation(
        kind=Kind.IAC,
        rule=row.id,
        title=row.title or row.id,
        pointer=pointer,
        severity=severity_of(row.severity),
        severity_text=row.severity or "",
        description="\n\n".join(filter(None, (told.issue, told.impact))),
        message=row.msg or "",
        remedy=told.resolve or "",
        references=tuple(dict.fromkeys(pages)),
        place=Place(
            file=project.file,
            line=row.line_number if row.line_number and row.line_number > 0 else None,
            resource=".".join(str(step) for step in row.path or ()),
        ),
        status=Status.SUPPRESSED if row.is_ignored else Status.OPEN,
    )


def _remedy(row: Vulnerability, name: str, fixed: tuple[str, ...]) -> str:
    """The upgrade of the direct dependency that Snyk computed, else the fixed versions."""
    for step in row.upgrade_path or ():
        if isinstance(step, str):
            package, _, version = step.rpartition("@")
            return f"Upgrade {package} to {version}."
    return f"Upgrade {name} to {' or '.join(fixed)}." if fixed else ""


def _vectors(row: Vulnerability) -> tuple[str, ...]:
    """Snyk's own vectors first, those of other assigners after them."""
    sources = sorted(row.cvss_sources or row.cvss_details or (), key=lambda source: source.assigner != _OWN_ASSIGNER)
    vectors = [row.cvss_v3, row.cvss_v4, *[source.vector or source.cvss_v3_vector for source in sources]]
    return by_version(vector for vector in vectors if vector)


def _probability(details: EpssDetails | None) -> float | None:
    if details is None or details.probability is None:
        return None
    try:
        probability = float(details.probability)
    except ValueError:
        return None
    return probability if 0.0 <= probability <= 1.0 else None


def _cwes(names: list[Any] | None) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for name in names or () for number in cwe.numbers_in(str(name))))
