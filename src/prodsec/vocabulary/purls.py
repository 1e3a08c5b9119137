"""Package URLs and what ecosystems call the same thing."""

import functools
import re

from packageurl import PackageURL

from prodsec.vocabulary.components import Component


@functools.lru_cache(maxsize=65536)
def parse(purl: str) -> Component | None:
    """The component a package URL names; None when it is none."""
    try:
        parsed = PackageURL.from_string(purl)
    except ValueError:
        return None
    return Component(
        name=parsed.name, version=parsed.version or "", type=parsed.type, namespace=parsed.namespace or "", purl=purl
    )


_TYPES = {
    "python": "pypi", "pip": "pypi", "pipenv": "pypi", "poetry": "pypi", "python-pkg": "pypi", "pypi": "pypi", "uv": "pypi",
    "node": "npm", "node-pkg": "npm", "yarn": "npm", "pnpm": "npm", "npm": "npm", "javascript": "npm", "nodejs": "npm",
    "go": "golang", "gomod": "golang", "gobinary": "golang", "go-module": "golang", "golang": "golang",
    "java": "maven", "jar": "maven", "pom": "maven", "gradle": "maven", "java-archive": "maven", "maven": "maven",
    "ruby": "gem", "bundler": "gem", "gemspec": "gem", "rubygems": "gem", "gem": "gem",
    "rust": "cargo", "crates.io": "cargo", "cargo": "cargo", "rust-crate": "cargo", "rustbinary": "cargo",
    "php": "composer", "composer": "composer", "packagist": "composer", "php-composer": "composer",
    "nuget": "nuget", "dotnet": "nuget", "dotnet-core": "nuget", ".net": "nuget",
    "debian": "deb", "ubuntu": "deb", "deb": "deb", "dpkg": "deb",
    "alpine": "apk", "wolfi": "apk", "chainguard": "apk", "apk": "apk",
    "redhat": "rpm", "centos": "rpm", "rocky": "rpm", "alma": "rpm", "amazon": "rpm", "oracle": "rpm", "fedora": "rpm",
    "suse": "rpm", "photon": "rpm", "rpm": "rpm", "hex": "hex", "pub": "pub", "swift": "swift", "cocoapods": "cocoapods",
    "conan": "conan", "conda": "conda",
}  # fmt: skip


def type_of(ecosystem: str) -> str:
    """The package URL type of what a tool calls an ecosystem; empty when we do not know it."""
    return _TYPES.get(ecosystem.strip().lower(), "")


@functools.lru_cache(maxsize=65536)
def normal_name(package_type: str, name: str) -> str:
    """The name in the one form its ecosystem compares by (PEP 503 for pypi; lower case where case does not count)."""
    if package_type == "pypi":
        return re.sub(r"[-_.]+", "-", name).lower()
    if package_type in ("npm", "nuget", "composer", "golang", "github", "deb", "apk", "rpm", ""):
        return name.lower()
    return name
