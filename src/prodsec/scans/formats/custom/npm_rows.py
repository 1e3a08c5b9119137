"""The rows of `npm audit --json` become observations: advisories of npm 6, vulnerable packages of npm 7 and later.

Sources: docs.npmjs.com/cli/commands/npm-audit; @npmcli/metavuln-calculator and npm-audit-report.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.types import Observation
from prodsec.vocabulary import cwe
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind

_GHSA = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s)\]>,]+")
_AT_LEAST = re.compile(r">=\s*([\w.+-]+)")
_NO_PATCH = "<0.0.0"  # how the registry writes that there is no patched version


class Cvss(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The registry's rating; a score of 0 with no vector means that nobody rated."""

    score: float | None = None
    vector_string: str | None = None


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One installed version and the ways it is depended upon."""

    version: str | None = None
    paths: list[str] | None = None
    dev: bool | None = None


class Advisory(msgspec.Struct, frozen=True, gc=False):
    """A row of npm 6 (and of pnpm and Yarn 1): one advisory."""

    id: int | str
    module_name: str
    severity: str | None = None
    title: str | None = None
    findings: list[Finding] | None = None
    cves: list[str] | None = None
    cwe: Any = None
    cvss: Cvss | None = None
    overview: str | None = None
    recommendation: str | None = None
    references: Any = None
    url: str | None = None
    patched_versions: str | None = None
    github_advisory_id: str | None = None
    created: str | None = None


class Via(msgspec.Struct, frozen=True, gc=False):
    """An advisory behind a vulnerable package."""

    source: int | str | None = None
    name: str | None = None
    title: str | None = None
    url: str | None = None
    severity: str | None = None
    cwe: Any = None
    cvss: Cvss | None = None
    range: str | None = None


class FixAvailable(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What `npm audit fix` would install."""

    name: str | None = None
    version: str | None = None
    is_sem_ver_major: bool | None = None


class VulnerablePackage(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A row of npm 7 and later: a package, by an advisory of its own or through one it depends on."""

    name: str
    severity: str | None = None
    is_direct: bool | None = None
    via: list[Via | str] | None = None
    range: str | None = None
    nodes: list[str] | None = None
    fix_available: FixAvailable | bool | None = None


def advisory(row: Advisory, pointer: str) -> Iterator[Observation]:
    """One observation for each installed version an advisory of npm 6 names."""
    name = row.module_name
    published = _ids(row.url, row.github_advisory_id, *(row.cves or ())) or [f"NPM-{row.id}"]
    ids = tuple(dict.fromkeys(id_.upper() for id_ in (*published, f"NPM-{row.id}")))
    patched = row.patched_versions or ""
    fixed = tuple(_AT_LEAST.findall(patched)) if patched != _NO_PATCH else ()
    rating = row.cvss or Cvss()
    for index, finding in enumerate(row.findings or [Finding()]):
        paths = finding.paths or []
        yield Observation(
            kind=Kind.DEPENDENCY,
            rule=published[0],
            title=(row.title or f"Advisory {row.id} in {name}").strip(),
            pointer=f"{pointer}/findings/{index}",
            severity=severity_of(row.severity),
            severity_text=row.severity or "",
            score=_score(rating),
            description=row.overview or "",
            message="\n".join(paths),
            remedy=row.recommendation or "",
            references=tuple(dict.fromkeys([*([row.url] if row.url else []), *_addresses(row.references)])),
            ids=ids,
            cwes=_cwes(row.cwe),
            cvss=(rating.vector_string,) if rating.vector_string else (),
            component=component(name=name, version=finding.version or "", ecosystem="npm", fixed=fixed),
            published_at=instant(row.created),
            tags=("dev",) if finding.dev else (),
        )


def vulnerable_package(row: VulnerablePackage, pointer: str) -> Iterator[Observation]:
    """One observation for each advisory of the package; one in all for a package at fault only through another."""
    own = [(index, via) for index, via in enumerate(row.via or ()) if isinstance(via, Via)]
    through = [via for via in row.via or () if isinstance(via, str)]
    remedy, fixed = _fix(row)
    package = component(name=row.name, ecosystem="npm", fixed=fixed)
    for index, via in own:
        yield _by_advisory(row, via, package, f"{pointer}/via/{index}")
    if not own:
        yield Observation(
            kind=Kind.DEPENDENCY,
            rule="vulnerable-dependency",
            title=f"{row.name} depends on vulnerable versions of {', '.join(through) or 'another package'}",
            pointer=pointer,
            severity=severity_of(row.severity),
            severity_text=row.severity or "",
            message=_where(row, None),
            remedy=remedy,
            component=package,
            tags=("direct",) if row.is_direct else (),
        )


def _by_advisory(row: VulnerablePackage, via: Via, package: Component | None, pointer: str) -> Observation:
    published = _ids(via.url) or [f"NPM-{via.source}"]
    rating = via.cvss or Cvss()
    word = via.severity or row.severity or ""
    return Observation(
        kind=Kind.DEPENDENCY,
        rule=published[0],
        title=via.title or f"{published[0]} in {row.name}",
        pointer=pointer,
        severity=severity_of(word),
        severity_text=word,
        score=_score(rating),
        message=_where(row, via),
        remedy=_fix(row)[0],
        references=(via.url,) if via.url else (),
        ids=tuple(id_.upper() for id_ in published),
        cwes=_cwes(via.cwe),
        cvss=(rating.vector_string,) if rating.vector_string else (),
        component=package,
        tags=("direct",) if row.is_direct else (),
    )


def _where(row: VulnerablePackage, via: Via | None) -> str:
    """The affected range and the installed copies. A copy's folder is no manifest: it moves when the tree is rebuilt."""
    affected = (via.range if via is not None else None) or row.range
    lines = [f"Affected range: {affected}"] if affected else []
    return "\n".join([*lines, *(row.nodes or ())])


def _fix(row: VulnerablePackage) -> tuple[str, tuple[str, ...]]:
    """The remedy in words, and the fixed version when the fix is an upgrade of the package itself."""
    fix = row.fix_available
    if fix is True:
        return "Run npm audit fix.", ()
    if not isinstance(fix, FixAvailable):
        return "", ()
    breaking = " This is a breaking change." if fix.is_sem_ver_major else ""
    fixed = (fix.version,) if fix.name == row.name and fix.version else ()
    return f"Upgrade {fix.name} to {fix.version}.{breaking}", fixed


def _ids(url: str | None, *names: str | None) -> list[str]:
    """CVE ids before the GitHub advisory's, which npm 7 names only in an address."""
    found = _GHSA.findall(url or "")
    return sorted(filter(None, (*names, *found)), key=lambda name: not name.upper().startswith("CVE-"))


def _score(rating: Cvss) -> float | None:
    return rating.score if rating.vector_string or rating.score else None


def _cwes(value: object) -> tuple[int, ...]:
    names = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(number for name in names if isinstance(name, str) for number in cwe.numbers_in(name)))


def _addresses(references: object) -> list[str]:
    text = "\n".join(str(item) for item in references) if isinstance(references, list) else references
    return _ADDRESS.findall(text) if isinstance(text, str) else []
