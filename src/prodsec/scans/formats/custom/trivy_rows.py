"""The rows of a Trivy report become observations: vulnerabilities, misconfigurations, secrets, modified findings."""

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.trivy_document import (
    Cause,
    Cvss,
    Layer,
    Misconfiguration,
    Modified,
    Result,
    Secret,
    Vulnerability,
)
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import cwe
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place

OS_TYPES = frozenset(
    [
        "alma",
        "alpine",
        "amazon",
        "arch",
        "azurelinux",
        "bottlerocket",
        "cbl-mariner",
        "centos",
        "chainguard",
        "debian",
        "echo",
        "fedora",
        "mariner",
        "minimos",
        "opensuse",
        "opensuse-leap",
        "opensuse-tumbleweed",
        "oracle",
        "photon",
        "redhat",
        "rocky",
        "slem",
        "sles",
        "ubuntu",
        "wolfi",
    ]
)

_COLLECTED = frozenset(
    {"Java", "Node.js", "Python", "Ruby", "Conda", "Rust", "PHP", "Go", ".NET"}
)  # targets that are no file
_MODIFIED = {
    "ignored": Status.SUPPRESSED,
    "not_affected": Status.NOT_AFFECTED,
    "fixed": Status.FIXED,
    "false_positive": Status.FALSE_POSITIVE,
}
_NO_LAYER = Layer()
_NO_CAUSE = Cause()
_SOURCES_AFTER_THE_OWN = ("nvd", "ghsa", "redhat")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows of one result have in common."""

    name: str = ""
    type: str = ""
    file: str = ""
    image: str = ""
    resource: str = ""
    distribution: str = ""
    package_kind: Kind = Kind.DEPENDENCY
    check_kind: Kind = Kind.IAC


def target_of(result: Result, *, artifact: str, is_image: bool, resource: str = "") -> Target:
    """The target a result names. In an image report or a cluster the packages are those of a container."""
    name, type_ = result.target or "", result.type or ""
    is_os = result.class_ == "os-pkgs" or type_ in OS_TYPES
    is_container = is_image or is_os or bool(resource)
    image = artifact if is_image else ""
    if not image and is_os and is_container:
        image = name.partition(" (")[0]
    return Target(
        name=name,
        type=type_,
        file="" if is_os or name in _COLLECTED else name,
        image=image,
        resource=resource,
        distribution=type_ if is_os else "",
        package_kind=Kind.CONTAINER if is_container else Kind.DEPENDENCY,
        check_kind=Kind.CLUSTER if resource else Kind.IAC,
    )


def vulnerability(row: Vulnerability, target: Target, pointer: str) -> Observation:
    """One vulnerable package."""
    name, rule = row.pkg_name or "", row.vulnerability_id
    own = row.data_source.id if row.data_source is not None else None
    score, vectors = _ratings(row.cvss, (row.severity_source or "", own or "")) if row.cvss else (None, ())
    word = row.severity or ""

    references = row.references or []
    primary = row.primary_url
    status = row.status or ""
    fixed = tuple(row.fixed_version.split(", ")) if row.fixed_version else ()
    return Observation(
        kind=target.package_kind,
        rule=rule,
        title=row.title or f"{rule} in {name}",
        pointer=pointer,
        severity=severity_of(word),
        severity_text=word,
        score=score,
        description=row.description or "",
        remedy=f"Upgrade {name} to {' or '.join(fixed)}." if fixed else "",
        references=(primary, *[page for page in references if page != primary]) if primary else tuple(references),
        ids=(rule.upper(), *[id_.upper() for id_ in row.vendor_ids]) if row.vendor_ids else (rule.upper(),),
        cwes=_cwes(row.cwe_ids) if row.cwe_ids else (),
        cvss=vectors,
        component=_package(row, target, fixed),
        place=_package_place(row, target),
        status=Status.NOT_AFFECTED if status == "not_affected" else Status.OPEN,
        published_at=instant(row.published_date),
        tags=(status,) if status else (),
    )


def _package(row: Vulnerability, target: Target, fixed: tuple[str, ...]) -> Component | None:
    identifier = row.pkg_identifier
    return component(
        name=row.pkg_name or "",
        version=row.installed_version or "",
        ecosystem=target.type,
        distribution=target.distribution,
        purl=identifier.purl or "" if identifier is not None else "",
        fixed=fixed,
    )


def _package_place(row: Vulnerability, target: Target) -> Place:
    layer = row.layer or _NO_LAYER
    return Place(
        file=row.pkg_path or target.file,
        resource=target.resource,
        image=target.image,
        layer=layer.digest or layer.diff_id or "",
    )


def misconfiguration(row: Misconfiguration, target: Target, pointer: str) -> Observation | None:
    """One failed check, or one that an exception took out; None for a check that passed."""
    if row.status == "PASS":
        return None
    cause = row.cause_metadata or _NO_CAUSE
    layer = row.layer or _NO_LAYER
    references = row.references or []
    title = row.title or row.id
    lines = (cause.code.lines if cause.code is not None else None) or []
    return Observation(
        kind=target.check_kind,
        rule=row.id,
        title=title,
        pointer=pointer,
        severity=severity_of(row.severity),
        severity_text=row.severity or "",
        description=row.description or "",
        message=row.message or "",
        remedy=row.resolution or "",
        references=tuple(dict.fromkeys(filter(None, (row.primary_url, *references)))),
        place=Place(
            file="" if target.resource else target.file,
            line=cause.start_line or None,
            end_line=cause.end_line or None,
            resource=target.resource or cause.resource or "",
            image=target.image,
            layer=layer.digest or layer.diff_id or "",
        ),
        snippet="\n".join(line.content or "" for line in lines if line.is_cause),
        status=Status.SUPPRESSED if row.status == "EXCEPTION" else Status.OPEN,
        tags=tuple(filter(None, (row.type, cause.provider, cause.service))),
    )


def secret(row: Secret, target: Target, pointer: str) -> Observation:
    """One secret in a file. Trivy has masked it, so the excerpt may be kept and the secret itself is not known."""
    layer = row.layer or _NO_LAYER
    return Observation(
        kind=Kind.SECRET,
        rule=row.rule_id,
        title=row.title or row.rule_id,
        pointer=pointer,
        severity=severity_of(row.severity),
        severity_text=row.severity or "",
        place=Place(
            file=target.name,
            line=row.start_line or None,
            end_line=row.end_line or None,
            resource=target.resource,
            image=target.image,
            layer=layer.digest or layer.diff_id or "",
        ),
        snippet=row.match or "",
        tags=(row.category,) if row.category else (),
    )


def modified(row: Modified, target: Target, pointer: str) -> Observation | None:
    """A finding taken out by a VEX document or an ignore file, with the reason; None for a licence."""
    finding: Observation | None
    match row.type:
        case "vulnerability":
            finding = vulnerability(msgspec.json.decode(row.finding, type=Vulnerability), target, pointer)
        case "misconfiguration":
            finding = misconfiguration(msgspec.json.decode(row.finding, type=Misconfiguration), target, pointer)
        case "secret":
            finding = secret(msgspec.json.decode(row.finding, type=Secret), target, pointer)
        case _:
            return None
    if finding is None:
        return None
    reason = " ".join(filter(None, (row.statement, f"({row.source})" if row.source else "")))
    return msgspec.structs.replace(
        finding, status=_MODIFIED.get(row.status or "", Status.SUPPRESSED), justification=reason
    )


def _ratings(ratings: dict[str, Cvss], own: tuple[str, str]) -> tuple[float | None, tuple[str, ...]]:
    """The base score of the source that gave the severity (else a known one), and all vectors, version 3 first."""
    order = [*own, *_SOURCES_AFTER_THE_OWN, *ratings]
    score = None
    fourth: dict[str, None] = {}
    third: dict[str, None] = {}
    second: dict[str, None] = {}
    older_score = newest_score = None
    for source in order:
        rating = ratings.get(source)
        if rating is None:
            continue
        if score is None:
            score = rating.v3_score
        if older_score is None:
            older_score = rating.v2_score
        if newest_score is None:
            newest_score = rating.v40_score
        if rating.v40_vector:
            fourth[rating.v40_vector] = None
        if rating.v3_vector:
            third[rating.v3_vector] = None
        if rating.v2_vector:
            second[rating.v2_vector] = None
    if score is None:
        score = older_score if older_score is not None else newest_score
    return score, (*third, *second, *fourth)


def _cwes(names: list[str]) -> tuple[int, ...]:
    return tuple(number for name in names for number in cwe.numbers_in(name))
