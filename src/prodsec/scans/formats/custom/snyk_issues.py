"""The issues of Snyk's REST API become observations: packages, code, licences and configuration of a project.

Source: docs.snyk.io, REST API, "Get issues by org ID", version 2024-10-15.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.vectors import by_version
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import cwe
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place

_KINDS = {
    "package_vulnerability": Kind.DEPENDENCY,
    "license": Kind.DEPENDENCY,
    "code": Kind.CODE,
    "config": Kind.IAC,
    "cloud": Kind.CLOUD,
}
_OWN_SOURCE = "Snyk"


class Position(msgspec.Struct, frozen=True, gc=False):
    """A place in a file."""

    line: int | None = None
    column: int | None = None


class Region(msgspec.Struct, frozen=True, gc=False):
    """From where to where."""

    start: Position | None = None
    end: Position | None = None


class SourceLocation(msgspec.Struct, frozen=True, gc=False):
    """Code."""

    file: str | None = None
    commit_id: str | None = None
    region: Region | None = None


class Dependency(msgspec.Struct, frozen=True, gc=False):
    """A package."""

    package_name: str | None = None
    package_version: str | None = None


class Representation(msgspec.Struct, frozen=True, gc=False):
    """One way of saying where an issue is."""

    source_location: SourceLocation | None = msgspec.field(name="sourceLocation", default=None)
    dependency: Dependency | None = None
    resource_path: str | None = msgspec.field(name="resourcePath", default=None)


class Remedy(msgspec.Struct, frozen=True, gc=False):
    """What would fix it."""

    description: str | None = None


class Coordinate(msgspec.Struct, frozen=True, gc=False):
    """A place of an issue, with what would fix it there."""

    representations: list[Representation] | None = None
    remedies: list[Remedy] | None = None
    reachability: str | None = None


class Class(msgspec.Struct, frozen=True, gc=False):
    """A weakness."""

    id: str | None = None
    source: str | None = None


class Problem(msgspec.Struct, frozen=True, gc=False):
    """A name of the issue, of Snyk or of another source."""

    id: str | None = None
    source: str | None = None
    type: str | None = None
    url: str | None = None


class Rating(msgspec.Struct, frozen=True, gc=False):
    """How bad a source thinks it is."""

    score: float | None = None
    source: str | None = None
    vector: str | None = None


class Attributes(msgspec.Struct, frozen=True, gc=False):
    """What is known of an issue."""

    key: str | None = None
    title: str | None = None
    type: str | None = None
    status: str | None = None
    ignored: bool | None = None
    description: str | None = None
    effective_severity_level: str | None = None
    classes: list[Class] | None = None
    coordinates: list[Coordinate] | None = None
    problems: list[Problem] | None = None
    severities: list[Rating] | None = None
    created_at: str | None = None
    resolution: Any = None


class Issue(msgspec.Struct, frozen=True, gc=False):
    """A row."""

    id: str
    attributes: Attributes


def kind_of(type_: str | None) -> Kind:
    """The kind an issue's type is about."""
    return _KINDS.get(type_ or "", Kind.DEPENDENCY)


def issue(row: Issue, pointer: str) -> Iterator[Observation]:
    """One observation for each place of an issue; one in all for an issue without a place."""
    told = row.attributes
    for index, coordinate in enumerate(told.coordinates or [Coordinate()]):
        at = f"{pointer}/attributes/coordinates/{index}" if told.coordinates else pointer
        yield _observation(row, told, coordinate, at)


def _observation(row: Issue, told: Attributes, coordinate: Coordinate, pointer: str) -> Observation:
    kind = kind_of(told.type)
    problems = told.problems or []
    rule = _rule(told, kind) or row.id
    package = _component(coordinate)
    remedies = [remedy.description for remedy in coordinate.remedies or () if remedy.description]
    status, justification = _status(told)
    return Observation(
        kind=kind,
        rule=rule,
        title=told.title or rule,
        pointer=pointer,
        severity=severity_of(told.effective_severity_level),
        severity_text=told.effective_severity_level or "",
        score=_score(told.severities or []),
        description=told.description or "",
        remedy="\n".join(remedies),
        references=tuple(dict.fromkeys(problem.url for problem in problems if problem.url)),
        ids=_ids(problems) if told.type == "package_vulnerability" else (),
        cwes=tuple(number for class_ in told.classes or () if class_.id for number in cwe.numbers_in(class_.id)),
        cvss=by_version(rating.vector for rating in told.severities or () if rating.vector),
        component=package,
        place=_place(coordinate),
        fingerprint=f"snykKey:{told.key}" if kind is Kind.CODE and told.key else "",
        status=status,
        justification=justification,
        first_seen_at=instant(told.created_at),
        tags=("license",) if told.type == "license" else (),
    )


def _rule(told: Attributes, kind: Kind) -> str:
    """Snyk's name of the vulnerability. A code issue's key names the single finding, so its title is the rule."""
    return (told.title if kind is Kind.CODE else told.key) or ""


def _ids(problems: list[Problem]) -> tuple[str, ...]:
    names = [problem.id for problem in problems if problem.id and (problem.source or "").upper() != "CWE"]
    return tuple(dict.fromkeys(name.upper() for name in names))


def _component(coordinate: Coordinate) -> Component | None:
    for representation in coordinate.representations or ():
        dependency = representation.dependency
        if dependency is not None:
            return component(name=dependency.package_name or "", version=dependency.package_version or "")
    return None


def _place(coordinate: Coordinate) -> Place:
    resource = ""
    for representation in coordinate.representations or ():
        resource = resource or representation.resource_path or ""
        location = representation.source_location
        if location is not None:
            region = location.region or Region()
            start, end = region.start or Position(), region.end or Position()
            return Place(
                file=location.file or "",
                line=start.line,
                column=start.column,
                end_line=end.line,
                end_column=end.column,
                resource=resource,
                commit=location.commit_id or "",
            )
    return Place(resource=resource)


def _score(ratings: list[Rating]) -> float | None:
    """Snyk's own score, else the first one."""
    scored = sorted(
        (rating for rating in ratings if rating.score is not None), key=lambda one: one.source != _OWN_SOURCE
    )
    return scored[0].score if scored else None


def _status(told: Attributes) -> tuple[Status, str]:
    if told.status == "resolved":
        resolution = told.resolution if isinstance(told.resolution, dict) else {}
        details = resolution.get("details") or resolution.get("type")
        return Status.FIXED, details if isinstance(details, str) else ""
    return (Status.SUPPRESSED, "Ignored in Snyk.") if told.ignored else (Status.OPEN, "")
