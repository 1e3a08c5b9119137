"""One match of a Grype report becomes an observation.

Source: grype/presenter/models of Grype (Match, Vulnerability, Package, IgnoredMatch).
"""

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.vectors import by_version
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import cwe
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity


class Metrics(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What a CVSS vector amounts to."""

    base_score: float | None = None


class Cvss(msgspec.Struct, frozen=True, gc=False):
    """One rating."""

    version: str | None = None
    vector: str | None = None
    metrics: Metrics | None = None


class Epss(msgspec.Struct, frozen=True, gc=False):
    """The exploit prediction score of one CVE."""

    epss: float | None = None


class Weakness(msgspec.Struct, frozen=True, gc=False):
    """A CWE that a source gives a CVE."""

    cwe: str | None = None


class AvailableFix(msgspec.Struct, frozen=True, gc=False):
    """Since when a fixed version can be had."""

    date: str | None = None


class Fix(msgspec.Struct, frozen=True, gc=False):
    """The versions that hold the fix; `state` is fixed, not-fixed, wont-fix or unknown."""

    versions: list[str] | None = None
    state: str | None = None
    available: list[AvailableFix] | None = None


class Advisory(msgspec.Struct, frozen=True, gc=False):
    """An advisory of the distribution."""

    id: str | None = None
    link: str | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A vulnerability of one data source."""

    id: str
    data_source: str | None = None
    namespace: str | None = None
    severity: str | None = None
    urls: list[str] | None = None
    description: str | None = None
    cvss: list[Cvss] | None = None
    epss: list[Epss] | None = None
    cwes: list[Weakness] | None = None
    fix: Fix | None = None
    advisories: list[Advisory] | None = None
    known_exploited: list[msgspec.Raw] | None = None


class PackagePlace(msgspec.Struct, frozen=True, gc=False):
    """A file that told of the package."""

    path: str | None = None
    layer_id: str | None = msgspec.field(name="layerID", default=None)


class Artifact(msgspec.Struct, frozen=True, gc=False):
    """The package."""

    name: str
    version: str | None = None
    type: str | None = None
    locations: list[PackagePlace] | None = None
    purl: str | None = None


class IgnoreRule(msgspec.Struct, frozen=True, gc=False):
    """Why a match was left out."""

    reason: str | None = None
    vulnerability: str | None = None
    vex_status: str | None = msgspec.field(name="vex-status", default=None)
    vex_justification: str | None = msgspec.field(name="vex-justification", default=None)


class Match(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A row: a package with a vulnerability."""

    vulnerability: Vulnerability
    artifact: Artifact
    related_vulnerabilities: list[Vulnerability] | None = None
    applied_ignore_rules: list[IgnoreRule] | None = None


_SEVERITIES = {
    "Critical": Severity.CRITICAL,
    "High": Severity.HIGH,
    "Medium": Severity.MEDIUM,
    "Low": Severity.LOW,
    "Negligible": Severity.INFO,  # "technically a problem, but only theoretical": nothing to act on
}
_NO_PLACE = PackagePlace()
_NO_FIX = Fix()
_VEX = {"not_affected": Status.NOT_AFFECTED, "fixed": Status.FIXED}
_FIX_STATES = ("wont-fix", "not-fixed")


def observation(row: Match, *, kind: Kind, image: str, pointer: str) -> Observation:
    """The observation of one match, with what the related vulnerabilities add to it."""
    own, artifact = row.vulnerability, row.artifact
    sources = (own, *(row.related_vulnerabilities or ()))
    places = artifact.locations
    place = places[0] if places else _NO_PLACE
    fix = own.fix or _NO_FIX
    fixed = tuple(version for version in fix.versions or () if version)
    score, vectors = _ratings(sources)
    status, justification = _status(row.applied_ignore_rules) if row.applied_ignore_rules else (Status.OPEN, "")
    word = own.severity or ""
    return Observation(
        kind=kind,
        rule=own.id,
        title=f"{own.id} in {artifact.name}",
        pointer=pointer,
        severity=_SEVERITIES.get(word) or severity_of(word),
        severity_text=word,
        score=score,
        description=next((source.description for source in sources if source.description), ""),
        remedy=f"Upgrade {artifact.name} to {' or '.join(fixed)}." if fixed else "",
        references=_references(sources),
        ids=tuple(dict.fromkeys(source.id.upper() for source in sources)),
        cwes=_cwes(sources),
        cvss=vectors,
        epss=own.epss[0].epss if own.epss else None,
        component=component(
            name=artifact.name,
            version=artifact.version or "",
            ecosystem=artifact.type or "",
            purl=artifact.purl or "",
            fixed=fixed,
        ),
        place=Place(file=place.path or "", image=image, layer=place.layer_id or ""),
        status=status,
        justification=justification,
        fix_available_at=instant(fix.available[0].date) if fix.available else None,
        tags=_tags(own, fix),
    )


def _references(sources: tuple[Vulnerability, ...]) -> tuple[str, ...]:
    """The match's own pages, then its advisories', then what its sources list."""
    own = sources[0]
    pages = [own.data_source, *[advisory.link for advisory in own.advisories or ()]]
    for source in sources:
        pages += source.urls or ()
    return tuple(dict.fromkeys(page for page in pages if page))


def _tags(own: Vulnerability, fix: Fix) -> tuple[str, ...]:
    state = (fix.state,) if fix.state in _FIX_STATES else ()
    return (*state, "known-exploited") if own.known_exploited else state


def _ratings(sources: tuple[Vulnerability, ...]) -> tuple[float | None, tuple[str, ...]]:
    """The base score of the first source that rates by version 3 (else by any), and all vectors."""
    rated = [
        (cvss.version or "", cvss.vector, cvss.metrics.base_score if cvss.metrics is not None else None)
        for source in sources
        for cvss in source.cvss or ()
        if cvss.vector
    ]
    if not rated:
        return None, ()
    scores = [score for version, _, score in rated if version.startswith("3")] or [score for _, _, score in rated]
    return scores[0], by_version(vector for _, vector, _ in rated)


def _cwes(sources: tuple[Vulnerability, ...]) -> tuple[int, ...]:
    names = [weakness.cwe or "" for source in sources for weakness in source.cwes or ()]
    return tuple(dict.fromkeys(number for name in names for number in cwe.numbers_in(name)))


def _status(rules: list[IgnoreRule]) -> tuple[Status, str]:
    """What the ignore rules make of a match: a VEX statement says more than a rule of the configuration."""
    for rule in rules:
        status = _VEX.get(rule.vex_status or "")
        if status is not None:
            return status, ": ".join(filter(None, (rule.vex_justification, rule.reason)))
    reasons = [rule.reason for rule in rules if rule.reason]
    return Status.SUPPRESSED, "\n".join(reasons) or "Left out by an ignore rule."
