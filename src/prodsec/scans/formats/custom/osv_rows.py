"""One package of an OSV-Scanner report becomes observations, one for each group of aliases.

Sources: google.github.io/osv-scanner/output, pkg/models/results.go; the OSV schema.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component, distribution_of
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.vectors import by_version
from prodsec.scans.types import Observation
from prodsec.vocabulary import cvss, cwe
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.purls import type_of
from prodsec.vocabulary.severity import Severity


class Package(msgspec.Struct, frozen=True, gc=False):
    """The package in use; a checked-out repository has a commit instead of a version."""

    name: str | None = None
    version: str | None = None
    ecosystem: str | None = None
    commit: str | None = None


class AffectedPackage(msgspec.Struct, frozen=True, gc=False):
    """A package an advisory is about."""

    name: str | None = None
    ecosystem: str | None = None
    purl: str | None = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """A point in a range."""

    fixed: str | None = None


class Range(msgspec.Struct, frozen=True, gc=False):
    """A range of affected versions or commits."""

    type: str | None = None
    repo: str | None = None
    events: list[Event] | None = None


class Affected(msgspec.Struct, frozen=True, gc=False):
    """What an advisory says of one package."""

    package: AffectedPackage | None = None
    ranges: list[Range] | None = None
    versions: list[str] | None = None
    database_specific: Any = None


class Rating(msgspec.Struct, frozen=True, gc=False):
    """A CVSS vector."""

    type: str | None = None
    score: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """A page to read on."""

    url: str | None = None


class Vulnerability(msgspec.Struct, frozen=True, gc=False):
    """An advisory in OSV shape."""

    id: str
    aliases: list[str] | None = None
    related: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    affected: list[Affected] | None = None
    severity: list[Rating] | None = None
    references: list[Reference] | None = None
    published: str | None = None
    withdrawn: str | None = None
    database_specific: Any = None


class Analysis(msgspec.Struct, frozen=True, gc=False):
    """Whether the vulnerable code is called."""

    called: bool | None = None


class Group(msgspec.Struct, frozen=True, gc=False):
    """Advisories that speak of the same vulnerability."""

    ids: list[str]
    aliases: list[str] | None = None
    max_severity: str | None = None
    experimental_analysis: dict[str, Analysis] | None = None
    experimental_analysis_old: dict[str, Analysis] | None = msgspec.field(name="experimentalAnalysis", default=None)


class PackageRow(msgspec.Struct, frozen=True, gc=False):
    """A row: a package with its advisories and their groups."""

    package: Package
    vulnerabilities: list[Vulnerability] | None = None
    groups: list[Group] | None = None


class Source(msgspec.Struct, frozen=True, gc=False):
    """The lock file, SBOM, repository or image a package was found in."""

    path: str | None = None
    type: str | None = None


class SourceResult(msgspec.Struct, frozen=True, gc=False):
    """What one source has in common; its packages are read apart."""

    source: Source | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """The report without its packages."""

    results: list[SourceResult] | None = None
    image_metadata: Any = None


def observations(row: PackageRow, *, kind: Kind, source: Source, root: str, pointer: str) -> Iterator[Observation]:
    """One observation a group, in the order of the report; `root` is the folder all sources are in."""
    known = {vulnerability.id: vulnerability for vulnerability in row.vulnerabilities or ()}
    groups = row.groups if row.groups is not None else [Group(ids=[name]) for name in known]
    path = (source.path or "").removeprefix(root)
    place = Place(file=path, commit=row.package.commit or "")
    for index, group in enumerate(groups):
        advisories = [known[name] for name in group.ids if name in known]
        if advisories:
            yield _observation(
                row.package, group, advisories, kind=kind, place=place, pointer=f"{pointer}/groups/{index}"
            )


def _observation(
    package: Package, group: Group, advisories: list[Vulnerability], *, kind: Kind, place: Place, pointer: str
) -> Observation:
    main = advisories[0]
    ids = dict.fromkeys(name.upper() for name in group.ids)
    for names in (group.aliases or (), *[advisory.aliases or () for advisory in advisories]):
        ids.update(dict.fromkeys(name.upper() for name in names))
    name, version, ecosystem = package.name or "", package.version or "", package.ecosystem or ""
    fixed = _fixed(package, advisories)
    severity, word, score = _severity(group, advisories)
    summary = next((advisory.summary for advisory in advisories if advisory.summary), "")
    analysis = group.experimental_analysis or group.experimental_analysis_old or {}
    uncalled = bool(analysis) and not any(told.called for told in analysis.values())
    return Observation(
        kind=kind,
        rule=main.id,
        title=summary or f"{main.id} in {name}",
        pointer=pointer,
        severity=severity,
        severity_text=word,
        score=score,
        description=next((advisory.details for advisory in advisories if advisory.details), ""),
        remedy=f"Upgrade {name} to {' or '.join(fixed)}." if fixed else "",
        references=tuple(
            dict.fromkeys(link.url for advisory in advisories for link in advisory.references or () if link.url)
        ),
        ids=tuple(ids),
        cwes=_cwes(advisories),
        cvss=_vectors(advisories),
        component=component(
            name=name, version=version, ecosystem=ecosystem, distribution=distribution_of(ecosystem), fixed=fixed
        ),
        place=place,
        published_at=instant(main.published),
        tags=("not-called",) if uncalled else (),
    )


def _fixed(package: Package, advisories: list[Vulnerability]) -> tuple[str, ...]:
    """The fixed versions for this package; only those of the branch in use where an advisory lists its versions."""
    mine: dict[str, None] = {}
    others: dict[str, None] = {}
    type_ = type_of(package.ecosystem or "")
    for advisory in advisories:
        for affected in advisory.affected or ():
            named = affected.package or AffectedPackage()
            if named.name != package.name or type_of(named.ecosystem or "") != type_:
                continue
            into = mine if package.version and package.version in (affected.versions or ()) else others
            for range_ in affected.ranges or ():
                if range_.type != "GIT":
                    into.update((event.fixed, None) for event in range_.events or () if event.fixed)
    return tuple(mine or others)


def _severity(group: Group, advisories: list[Vulnerability]) -> tuple[Severity, str, float | None]:
    """The scanner's own highest score, else the word of the advisory's database, else what its vector amounts to."""
    if group.max_severity:
        try:
            score = float(group.max_severity)
        except ValueError:
            return severity_of(group.max_severity), group.max_severity, None
        return Severity.from_score(score), group.max_severity, score
    for advisory in advisories:
        for told in (advisory.database_specific, *[affected.database_specific for affected in advisory.affected or ()]):
            word = told.get("severity") if isinstance(told, dict) else None
            if isinstance(word, str) and severity_of(word) is not Severity.UNKNOWN:
                return severity_of(word), word, None
    computed = cvss.score_of(_vectors(advisories))
    return (Severity.UNKNOWN if computed is None else Severity.from_score(computed)), "", computed


def _vectors(advisories: list[Vulnerability]) -> tuple[str, ...]:
    return by_version(rating.score for advisory in advisories for rating in advisory.severity or () if rating.score)


def _cwes(advisories: list[Vulnerability]) -> tuple[int, ...]:
    """GitHub's advisories write `cwe_ids`, crates' and Go's `cwes` with `cweId`, in the advisory or in what it affects."""
    numbers: dict[int, None] = {}
    for advisory in advisories:
        for told in (advisory.database_specific, *[affected.database_specific for affected in advisory.affected or ()]):
            if not isinstance(told, dict):
                continue
            for weakness in (*_listed(told.get("cwe_ids")), *_listed(told.get("cwes"))):
                name = weakness.get("cweId") if isinstance(weakness, dict) else weakness
                if isinstance(name, str):
                    numbers.update(dict.fromkeys(cwe.numbers_in(name)))
    return tuple(numbers)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
