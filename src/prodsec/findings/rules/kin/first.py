"""Recipe 1: the CWE family of the first CWE, in files of the same path, where lines overlap; equal secrets."""

from collections import defaultdict
from collections.abc import Iterable

from prodsec.findings.rules.kin.rows import Group, Line, hashed
from prodsec.vocabulary.kinds import Kind

# Weaknesses that tools name at different depths, under the one they share. Source: the CWE tree, ChildOf relations.
_FAMILY = {
    564: 89, 943: 74, 80: 79, 83: 79, 87: 79, 88: 77, 78: 77, 23: 22, 36: 22, 73: 22, 35: 22, 95: 94, 96: 94, 1336: 94,
    259: 798, 321: 798, 328: 327, 326: 327, 916: 327, 338: 330, 331: 330, 337: 330, 297: 295, 599: 295, 776: 611, 827: 611,
    915: 502, 379: 377, 378: 377, 605: 284, 250: 284, 732: 284, 703: 754, 617: 754,
}  # fmt: skip


def groups_of(lines: Iterable[Line]) -> list[Group]:
    """Groups of two and more findings: of two and more tools in code, of any in secrets."""
    secrets: dict[bytes, list[int]] = defaultdict(list)
    code: dict[tuple[str, int], list[tuple[int, int, int]]] = defaultdict(list)
    tools: dict[int, str] = {}
    for line in lines:
        if line.kind == Kind.SECRET:
            if line.secret is not None:
                secrets[line.secret].append(line.id)
        elif line.cwes and line.first:
            family = _FAMILY.get(line.cwes[0], line.cwes[0])
            code[line.file, family].append((line.id, line.first, line.last))
            tools[line.id] = line.tool
    found = [
        Group(hashed("secret", secret.hex()), "the same secret", tuple(sorted(ids)))
        for secret, ids in sorted(secrets.items())
        if len(ids) > 1
    ]
    for (file, family), rows in sorted(code.items()):
        firsts = {identifier: first for identifier, first, _ in rows}
        for group in overlapping(rows):
            if len({tools[identifier] for identifier in group}) > 1:
                key = hashed("code", str(family), file, str(min(firsts[identifier] for identifier in group)))
                found.append(Group(key, f"CWE-{family} in {file}, overlapping lines", tuple(group)))
    return found


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
