"""Names of packages and ids of vulnerabilities, in the one form that all tools share."""

import re
from collections.abc import Iterable

from prodsec.findings.rules.kin.rows import Group, Package, hashed

_SEPARATORS = re.compile(r"[-_.]+")
_MAJOR = re.compile(r"[/.]v\d+$")
# Ids that stand for one vulnerability each; an advisory of a distribution stands for many.
_SCHEMES = ("CVE-", "GHSA-", "PYSEC-", "RUSTSEC-", "GO-", "SNYK-", "OSV-", "SONATYPE-", "MAL-")


def shared_name(name: str) -> str:
    """A package's name without what tools write differently: group or namespace, case, separators, Go's major version."""
    name = _MAJOR.sub("", name.lower().replace("%40", "@"))
    return _SEPARATORS.sub("-", name.replace(":", "/").rpartition("/")[2])


def aliases_of(ids: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """The id that stands for all of a row's, and the others; None where there are no others, or where it is not clear who stands for whom."""
    known: dict[str, str] = {}
    for identifier in ids:
        scheme = next((scheme for scheme in _SCHEMES if identifier.startswith(scheme)), None)
        if scheme is None:
            continue
        if known.setdefault(scheme, identifier) != identifier:
            return None
    if len(known) < 2:
        return None
    first, *others = (known[scheme] for scheme in _SCHEMES if scheme in known)
    return first, tuple(others)


def groups_of(packages: Iterable[Package], *, loosely: bool) -> list[Group]:
    """Findings of one vulnerability in one package. loosely: by `shared_name`; else by name in any case of letters."""
    groups: dict[tuple[str, str], list[Package]] = {}
    for package in sorted(packages, key=lambda row: row.id):
        name = shared_name(package.name) if loosely else package.name.lower()
        groups.setdefault((package.vulnerability, name), []).append(package)
    return [
        Group(hashed("package", *key), f"{key[0]} in {rows[0].label}", tuple(row.id for row in rows))
        for key, rows in sorted(groups.items())
        if len(rows) > 1
    ]
