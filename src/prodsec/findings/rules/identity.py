"""Identity, recipe 1: what makes a finding the same finding next week.

Sixteen bytes of BLAKE2b over the parts that do not change when lines move, text is reworded or versions are bumped; which parts
depends on the kind (design.md §5). Equal parts in one asset are told apart by an ordinal, see `matching`. Changing any rule
here needs a new recipe number. Decision: docs/decisions/0005-identity-recipe-1.md.
"""

import functools
import hashlib
import re
from urllib.parse import parse_qsl, urlsplit

from prodsec.scans.types import Observation
from prodsec.vocabulary import identifiers, purls
from prodsec.vocabulary.kinds import Kind

IDENTITY_BYTES = 16
_SEPARATOR = "\x1f"
_LINE_NUMBER = re.compile(r"^\s*\d+[\s:|]", re.M)
_UUID = re.compile(r"^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$", re.I)
_VARIABLE = re.compile(r"^(?:\d+|[0-9a-f]{16,}|\{[^}]*\}|:[a-z_]\w*|<[^>]*>)$", re.I)
_IMAGE = re.compile(r"^(?P<name>[^@]+?)(?::[^/:@]+)?(?:@sha256:[0-9a-f]+)?$")


def identity_of(observation: Observation, tool: str, *, secret_hash: bytes | None) -> bytes:
    """The identity of what a row reports.

    tool: the scope's tool; part of the identity where rules are the tool's own.
    secret_hash: the keyed hash of the secret, for Kind.SECRET.
    """
    parts = _PARTS[observation.kind](observation, tool, secret_hash)
    text = _SEPARATOR.join(parts)
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=IDENTITY_BYTES, person=b"recipe1"
    ).digest()


def vulnerability_of(observation: Observation) -> str:
    """The id that stands for a known vulnerability; empty for a finding that is none."""
    if not observation.ids:
        return ""
    return identifiers.primary(observation.ids, observation.rule)


def snippet_text(snippet: str) -> str:
    """Code without what changes when it only moves: line numbers, indentation, spacing."""
    return " ".join((_LINE_NUMBER.sub("", snippet) if _numbered(snippet) else snippet).split())


def _numbered(snippet: str) -> bool:
    if _LINE_NUMBER.match(snippet.lstrip("\r\n")) is None:
        return False
    return all(_LINE_NUMBER.match(line) for line in snippet.splitlines() if line.strip())


def flagged_text(observation: Observation) -> str:
    """The code that a row points at: its own line out of a snippet with numbered context, else the whole snippet."""
    return code_of(observation.snippet, observation.place.line or 0, observation.place.end_line)


def code_of(snippet: str, line: int, end_line: int | None = None) -> str:
    """The normalised code of the given lines out of a snippet."""
    if line and snippet and _numbered(snippet):
        last = max(end_line or line, line)
        own = []
        for text in snippet.splitlines():
            number = re.match(r"\s*(\d+)[\s:|]", text)
            if number and line <= int(number[1]) <= last:
                own.append(text)
        if own:
            return snippet_text("\n".join(own))
    return snippet_text(snippet)


@functools.lru_cache(maxsize=4096)
def image_name(image: str) -> str:
    """An image without tag and digest."""
    match = _IMAGE.match(image)
    return match["name"] if match else image


@functools.lru_cache(maxsize=4096)
def route_of(url: str) -> str:
    """A URL as a route: no host case, no ids, sorted names of parameters without their values."""
    try:
        split = urlsplit(url)
    except ValueError:
        return url
    path = "/".join("{}" if _UUID.match(part) or _VARIABLE.match(part) else part for part in split.path.split("/"))
    keys = sorted({key for key, _ in parse_qsl(split.query, keep_blank_values=True)})
    return f"{split.netloc.lower()}{path.rstrip('/') or '/'}?{'&'.join(keys)}"


def _package(observation: Observation, tool: str, secret_hash: bytes | None) -> tuple[str, ...]:
    component, place = observation.component, observation.place
    if component is None:
        return _code(observation, tool, secret_hash)
    name = purls.normal_name(component.type, component.name)
    where = image_name(place.image) if place.image else place.file
    return (
        "package",
        component.type,
        component.namespace.lower(),
        name,
        vulnerability_of(observation) or observation.rule,
        where,
    )


def _code(observation: Observation, tool: str, secret_hash: bytes | None) -> tuple[str, ...]:
    if observation.fingerprint:
        # Line hashes (SARIF, CodeQL) are equal for equal code in two files, so the file belongs to them.
        return ("fingerprint", tool.lower(), observation.rule, observation.place.file, observation.fingerprint)
    code = flagged_text(observation)
    if code:
        return ("code", tool.lower(), observation.rule, observation.place.file, code)
    resource = observation.place.resource
    if resource:
        return ("resource", tool.lower(), observation.rule, observation.place.file, resource)
    return ("message", tool.lower(), observation.rule, observation.place.file, observation.message or observation.title)


def _secret(observation: Observation, tool: str, secret_hash: bytes | None) -> tuple[str, ...]:
    if secret_hash is None and not observation.secret_hash:
        return _code(observation, tool, secret_hash)
    hashed = secret_hash.hex() if secret_hash is not None else observation.secret_hash
    return ("secret", hashed, observation.place.file)


def _web(observation: Observation, tool: str, secret_hash: bytes | None) -> tuple[str, ...]:
    place = observation.place
    where = route_of(place.url) if place.url else place.host
    return ("web", tool.lower(), observation.rule, place.method, where, place.parameter)


def _cloud(observation: Observation, tool: str, secret_hash: bytes | None) -> tuple[str, ...]:
    place = observation.place
    where = place.resource or place.file or place.host
    if not where:
        return _code(observation, tool, secret_hash)
    return ("cloud", tool.lower(), observation.rule, place.account, place.region, where)


def _host(observation: Observation, tool: str, secret_hash: bytes | None) -> tuple[str, ...]:
    if observation.component is not None:
        return (*_package(observation, tool, secret_hash), observation.place.host)
    place = observation.place
    vulnerability = vulnerability_of(observation) if len(observation.ids) == 1 else ""
    plugin = vulnerability or f"{tool.lower()} {observation.rule}"
    return ("host", plugin, place.host.lower() or place.resource, str(place.port or ""), place.protocol)


def _manual(observation: Observation, tool: str, secret_hash: bytes | None) -> tuple[str, ...]:
    return ("manual", tool.lower(), observation.fingerprint or observation.rule, observation.title)


_PARTS = {
    Kind.DEPENDENCY: _package,
    Kind.CONTAINER: _package,
    Kind.CODE: _code,
    Kind.IAC: _code,
    Kind.SECRET: _secret,
    Kind.WEB: _web,
    Kind.CLOUD: _cloud,
    Kind.CLUSTER: _cloud,
    Kind.HOST: _host,
    Kind.NETWORK: _host,
    Kind.MANUAL: _manual,
}
