"""Which findings of an asset are one piece of work though different tools (or places) report them. Source: design.md §5.

Keys are computed a row at a time; what shares a key is one cluster. Code is clustered by CWE family, file and overlapping
lines, which no key can say: see `overlapping`.
"""

import hashlib

from prodsec.findings.rules.identity import vulnerability_of
from prodsec.scans.types import Observation
from prodsec.vocabulary import purls
from prodsec.vocabulary.kinds import Kind

CODE_KINDS = frozenset({Kind.CODE.value, Kind.IAC.value})
# Weaknesses that tools name at different depths, under the one they share. Source: the CWE tree, ChildOf relations.
_FAMILY = {
    564: 89, 943: 74, 80: 79, 83: 79, 87: 79, 88: 77, 78: 77, 23: 22, 36: 22, 73: 22, 35: 22, 95: 94, 96: 94, 1336: 94,
    259: 798, 321: 798, 328: 327, 326: 327, 916: 327, 338: 330, 331: 330, 337: 330, 297: 295, 599: 295, 776: 611, 827: 611,
    915: 502, 379: 377, 378: 377, 605: 284, 250: 284, 732: 284, 703: 754, 617: 754,
}  # fmt: skip


def family_of(cwe: int | None) -> int | None:
    """The weakness that stands for a CWE and its close relatives."""
    return _FAMILY.get(cwe, cwe) if cwe else None


def key_of(observation: Observation, secret_hash: bytes | None) -> tuple[bytes, str] | None:
    """The cluster key of a row and the reason in words; None when only lines can tell (code), or nothing can."""
    if observation.kind is Kind.SECRET and secret_hash is not None:
        return _hashed("secret", secret_hash.hex()), "the same secret"
    vulnerability = vulnerability_of(observation)
    component = observation.component
    if vulnerability and component is not None:
        name = purls.normal_name(component.type, component.name)
        return _hashed("package", vulnerability, name), f"{vulnerability} in {component.name}"
    return None


def code_key(family: int, file: str, line: int) -> bytes:
    """The key of a cluster of code findings, by the line its first finding is on."""
    return _hashed("code", str(family), file, str(line))


def overlapping(rows: list[tuple[int, int, int]]) -> list[list[int]]:
    """Groups of ids whose line ranges overlap, out of (id, first line, last line); only groups of two and more."""
    groups: list[list[int]] = []
    current: list[int] = []
    reach = -1
    for identifier, first, last in sorted(rows, key=lambda row: (row[1], row[2], row[0])):
        if current and first <= reach:
            current.append(identifier)
        else:
            if len(current) > 1:
                groups.append(current)
            current = [identifier]
            reach = -1
        reach = max(reach, last)
    if len(current) > 1:
        groups.append(current)
    return groups


def _hashed(*parts: str) -> bytes:
    return hashlib.blake2b(
        "\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16, person=b"cluster1"
    ).digest()
