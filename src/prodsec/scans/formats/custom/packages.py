"""A package in use, put together from what reports say of it: a package URL, or a name with the scanner's ecosystem word."""

import functools
import re
from urllib.parse import unquote

from prodsec.vocabulary.components import Component
from prodsec.vocabulary.purls import type_of

_GROUPED = {"maven": ":", "npm": "/", "golang": "/", "composer": "/", "swift": "/", "github": "/"}
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*")
_LOWER_NAMESPACES = frozenset({"alpm", "apk", "bitbucket", "composer", "github", "gitlab", "hex", "luarocks", "pypi"})
_LOWER_NAMES = _LOWER_NAMESPACES | {"bitnami", "npm", "oci", "pub"}
_DISTRIBUTED = frozenset({"deb", "rpm", "apk"})


@functools.lru_cache(maxsize=20_000)
def parse_purl(purl: str) -> tuple[str, str, str, str] | None:
    """Type, namespace, name and version of a package URL, or None when it is none; its qualifiers are not looked at.

    Source: purl-spec, "How to parse a purl string in its components"; a raw `@` in an npm scope is forgiven.
    """
    scheme, colon, rest = purl.partition(":")
    if not colon or scheme.lower() != "pkg":
        return None
    rest = rest.partition("#")[0].partition("?")[0].strip("/")
    head, at, version = rest.rpartition("@")
    if not at or "/" in version:
        head, version = rest, ""
    type_, slash, path = head.partition("/")
    if not slash or not path or not _TYPE.fullmatch(type_):
        return None
    namespace, _, name = path.rstrip("/").rpartition("/")
    if not name:
        return None
    type_ = type_.lower()
    return (type_, *_normal(type_, unquote(namespace), unquote(name)), unquote(version))


@functools.lru_cache(maxsize=256)
def distribution_of(operating_system: str) -> str:
    """The distribution an operating system is of, as package URLs name it: `debian:12.9` and `debian 10.9` are debian."""
    word = re.split(r"[:\s]", operating_system.strip().lower(), maxsplit=1)[0]
    return word if type_of(word) in _DISTRIBUTED else ""


def component(
    *,
    name: str = "",
    version: str = "",
    ecosystem: str = "",
    purl: str = "",
    distribution: str = "",
    fixed: tuple[str, ...] = (),
) -> Component | None:
    """The component these words name; None when there is neither a name nor a package URL.

    A package URL decides; a version the report gives beside it wins, since some scanners leave it out of the URL.
    """
    parsed = parse_purl(purl) if purl else None
    if parsed is not None:
        type_, namespace, short, own_version = parsed
        return Component(
            name=short,
            version=version or own_version,
            type=type_,
            namespace=namespace,
            purl=purl,
            fixed_versions=fixed,
        )
    if not name:
        return None
    type_ = type_of(ecosystem) if ecosystem else ""
    namespace, short = _split(type_, name) if type_ in _GROUPED else (distribution, name)
    namespace, short = _normal(type_, namespace, short)
    return Component(name=short, version=version, type=type_, namespace=namespace, fixed_versions=fixed)


def _split(type_: str, name: str) -> tuple[str, str]:
    """Namespace and name, for the types whose full name holds both (`org.apache:commons`, `@scope/name`)."""
    namespace, _, short = name.rpartition(_GROUPED[type_])
    return (namespace, short) if short else ("", name)


def _normal(type_: str, namespace: str, name: str) -> tuple[str, str]:
    """Namespace and name as the type's rules write them, so that one package has one name. Source: purl-spec, types."""
    if type_ in _LOWER_NAMES:
        name = name.lower()
        if type_ == "pypi":
            name = name.replace("_", "-")
        if type_ in _LOWER_NAMESPACES:
            namespace = namespace.lower()
    return namespace, name
