"""The package and the vulnerability a SARIF result of a dependency scanner is about: SARIF has no member for them.

Each scanner writes them into texts; the shapes known here are those of Trivy, Grype, OSV-Scanner and Snyk.
"""

import re

import msgspec

from prodsec.scans.formats.custom.sarif_document import Location
from prodsec.scans.formats.custom.sarif_rules import RuleFacts

_LABEL = re.compile(r"^(Package|Installed Version|Version|Fixed Version|Fix Version|Type):[ \t]*(.*)$", re.MULTILINE)
_GRYPE_PATH = re.compile(r" reports (\S+) at version (\S+) .*vulnerable \(([\w-]+)\) package")
_GRYPE_IMAGE = re.compile(r"vulnerability in (\S+) package: (\S+), version (\S+) was found")
_OSV = re.compile(r"Package '([^']+)@([^'@]*)' is vulnerable")
_CLAIR = re.compile(r"^\[(\S+) - (\S+) - \w+\]")
_AT_VERSION = re.compile(r"^(?:\([^)]*\) )?((?:@?[\w.:+-]+/)*@?[\w.:+-]+)@(\S+)$")
_PURL = re.compile(r"pkg:[a-zA-Z.+-]+/\S+")


class NamedPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package as the texts of a result name it; `ecosystem` is the scanner's own word."""

    name: str = ""
    version: str = ""
    fixed: str = ""
    ecosystem: str = ""
    purl: str = ""


def package_of(facts: RuleFacts, message: str, location: Location | None) -> NamedPackage | None:
    """The package a result is about, or None when its texts name none."""
    for pattern, order in ((_GRYPE_PATH, "nve"), (_GRYPE_IMAGE, "env"), (_OSV, "nv"), (_CLAIR, "nv")):
        found = pattern.search(message)
        if found is not None:
            parts = dict(zip(order, found.groups(), strict=True))
            labels = _labels(facts.help_text)
            return NamedPackage(
                name=parts["n"],
                version=parts["v"],
                ecosystem=parts.get("e", ""),
                fixed=labels.get("Fix Version", ""),
                purl=_purl(location),
            )
    labels = {**_labels(facts.help_text), **_labels(message)}
    if labels.get("Package"):
        return NamedPackage(
            name=labels["Package"],
            version=labels.get("Installed Version") or labels.get("Version", ""),
            fixed=labels.get("Fixed Version") or labels.get("Fix Version", ""),
            ecosystem=labels.get("Type", ""),
            purl=_purl(location),
        )
    return _package_at(facts, location)


def image_of(location: Location | None) -> str:
    """The image Grype found a package in: it writes `image@digest:/path` as the logical place."""
    for logical in (location.logical_locations or []) if location is not None else ():
        name, found, _ = (logical.fully_qualified_name or "").partition("@sha256:")
        if found:
            return name
    return ""


def _package_at(facts: RuleFacts, location: Location | None) -> NamedPackage | None:
    """`name@version` as Snyk writes it, or a package URL as Dependency-Check does, in the logical place."""
    texts = [logical.fully_qualified_name or "" for logical in (location and location.logical_locations) or []]
    for text in (*texts, facts.description.partition("\n")[0]):
        purl = _PURL.match(text)
        if purl is not None:
            return NamedPackage(purl=purl[0])
        found = _AT_VERSION.match(text.strip())
        if found is not None:
            ecosystem = next((tag for tag in facts.tags if tag in _ECOSYSTEM_TAGS), "")
            return NamedPackage(name=found[1], version=found[2], ecosystem=ecosystem)
    return None


_ECOSYSTEM_TAGS = frozenset(
    {
        "npm",
        "yarn",
        "maven",
        "gradle",
        "pip",
        "poetry",
        "rubygems",
        "nuget",
        "golangdep",
        "gomodules",
        "composer",
        "cocoapods",
        "deb",
        "apk",
        "rpm",
    }
)


def _labels(text: str) -> dict[str, str]:
    return {label: value.strip() for label, value in _LABEL.findall(text)} if text else {}


def _purl(location: Location | None) -> str:
    for logical in (location.logical_locations or []) if location is not None else ():
        found = _PURL.match(logical.fully_qualified_name or "")
        if found is not None:
            return found[0]
    return ""
