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


# What scanners call an ecosystem, and its package URL type. Sources: the package URL type list; Syft's and Trivy's
# package types; the OSV schema's ecosystems; GitLab's package managers; Snyk's package managers.
_TYPES = {
    word: type_
    for type_, words in {
        "apk": "apk alpine wolfi chainguard",
        "cargo": "cargo rust crates.io rust-crate rustbinary rust-binary",
        "cocoapods": "cocoapods pod swift-cocoapods",
        "composer": "composer packagist php php-composer composer-vendor composer-lock php-pear",
        "conan": "conan conancenter c c++",
        "conda": "conda conda-pkg conda-environment",
        "cran": "cran r r-package",
        "deb": "deb debian ubuntu dpkg linuxmint echo",
        "gem": "gem rubygems ruby bundler gemspec",
        "generic": "generic",
        "github": "github github-action github-action-workflow",
        "golang": "golang go go-module gomod gobinary golangdep gomodules govendor go-mod stdlib",
        "hackage": "hackage cabal stack haskell",
        "hex": "hex mix elixir erlang rebar",
        "julia": "julia",
        "maven": "maven java java-archive jar pom gradle gradle-lock sbt-lockfile sbt jenkins-plugin graalvm-native-image kotlin",
        "npm": "npm yarn pnpm node-pkg javascript js node nodejs bun",
        "nuget": "nuget dotnet .net dotnet-core dotnet-deps packages-config paket packages-props",
        "pub": "pub dart dart-pub",
        "pypi": "pypi python pip pipenv poetry uv python-pkg setuptools python-setuptools wheel pylock",
        "rpm": "rpm redhat rhel centos fedora rocky almalinux alma oracle amazon suse opensuse sles mariner azurelinux photon"
        " cbl-mariner bottlerocket",
        "swift": "swift swifturl swiftpm",
    }.items()
    for word in words.split()
}


@functools.lru_cache(maxsize=1_024)
def type_of(ecosystem: str) -> str:
    """The package URL type an ecosystem's word stands for (`Debian:12` too); empty for a word nobody knows."""
    word = ecosystem.lower().partition(":")[0].strip()
    found = _TYPES.get(word)
    if found is not None:
        return found
    for separator in ("-", " ", "."):
        found = _TYPES.get(word.partition(separator)[0])
        if found is not None:
            return found
    return ""


@functools.lru_cache(maxsize=65536)
def normal_name(package_type: str, name: str) -> str:
    """The name in the one form its ecosystem compares by (PEP 503 for pypi; lower case where case does not count)."""
    if package_type == "pypi":
        return re.sub(r"[-_.]+", "-", name).lower()
    if package_type in ("npm", "nuget", "composer", "golang", "github", "deb", "apk", "rpm", ""):
        return name.lower()
    return name
