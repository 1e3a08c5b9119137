"""Findings of code, configuration and secrets that meet: one topic, one file, lines that overlap, two tools. Part of recipe 2.

The nearest pairs are joined first. A group never holds two findings of one tool on lines apart or of different first topics: a long
statement that one tool reports as a whole joins one of the short ones inside, not all of them. In configuration it joins all of them,
since what one tool says of a resource another says of each of its blocks. Equal secrets are one wherever they are.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prodsec.findings.rules.kin.roots import Prefixes, plain, prefixes_of
from prodsec.findings.rules.kin.rows import Group, Line, hashed
from prodsec.findings.rules.kin.topics import is_config, topics_of

# Where data travels, one tool points at the statement that builds it and another at the one that uses it, a line or two further.
_TRAVELLING = frozenset({"CWE-89", "CWE-22", "CWE-918", "CWE-601"})
_NEAR = 2
# How many neighbours of another tool a finding is compared with: lines that all overlap (a file in one line) would cost a square.
_NEIGHBOURS = 8
_LOOKED_AT = 64
_WHOLE_FILE = (1, 1 << 30)
# Secrets stand on neighbouring lines, and a tool may tell the line after, too: what is this short means its first line.
_HARD_CODED = "CWE-798"
_SHORT = 2


@dataclass(frozen=True)
class Node:
    """Findings of one tool that nothing tells apart: equal topics, lines and secret."""

    tool: str
    file: str
    topics: tuple[str, ...]
    first: int
    last: int
    secret: bytes | None
    resource: str
    is_config: bool
    ids: list[int] = field(default_factory=list, compare=False)

    @property
    def is_whole(self) -> bool:
        """Whether the report tells no line of it."""
        return (self.first, self.last) == _WHOLE_FILE

    @property
    def length(self) -> int:
        """How many lines."""
        return self.last - self.first + 1

    def meets(self, other: "Node") -> bool:
        """Whether their lines overlap."""
        return self.first <= other.last and other.first <= self.last


def groups_of(lines: Iterable[Line], prefixes: Prefixes | None = None) -> list[Group]:
    """Groups of two and more findings. prefixes: what to put before each tool's paths; told from the lines when not given."""
    rows = sorted(lines, key=lambda row: row.id)
    if prefixes is None:
        prefixes = prefixes_of(files_by_tool((row.tool, row.file) for row in rows))
    raw: dict[int, Line] = {row.id: row for row in rows}
    nodes = _nodes(rows, prefixes)
    groups = _Groups(nodes)
    for _, one, other in sorted(_pairs(nodes)):
        if not groups.conflict(one, other):
            groups.join(one, other)
    for _, same in sorted(_same_secret(nodes).items()):
        for other in same[1:]:
            groups.join(same[0], other)
    return _named(nodes, groups, raw)


def files_by_tool(rows: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    """The files that each tool names, out of (tool, file)."""
    files: dict[str, set[str]] = defaultdict(set)
    for tool, file in rows:
        files[tool].add(file)
    return files


def _nodes(rows: list[Line], prefixes: Prefixes) -> list[Node]:
    found: dict[Node, Node] = {}
    for row in rows:
        config = is_config(row.file)
        topics = topics_of(row.kind, row.rule, row.title, row.cwes, is_config=config)
        if not topics or (not row.first and row.secret is None and not config):
            continue
        first, last = (row.first, max(row.first, row.last)) if row.first else _WHOLE_FILE
        if not row.first and not config:
            first, last = 0, -1
        file = prefixes.get(row.tool, "") + plain(row.file) if row.file else ""
        node = Node(row.tool, file, topics, first, last, row.secret, row.resource if config else "", config)
        found.setdefault(node, node).ids.append(row.id)
    return sorted(found, key=lambda node: (node.file, node.first, node.last, node.ids[0]))


def _same_secret(nodes: list[Node]) -> dict[bytes, list[int]]:
    same: dict[bytes, list[int]] = defaultdict(list)
    for number, node in enumerate(nodes):
        if node.secret is not None:
            same[node.secret].append(number)
    return same


_Cost = tuple[int, int, int, int, int]


def _pairs(nodes: list[Node]) -> set[tuple[_Cost, int, int]]:
    """Pairs of nodes that may be one, with what speaks against it."""
    buckets: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, node in enumerate(nodes):
        if node.file and node.last >= 0:
            for topic in node.topics:
                buckets[node.file, topic][node.tool].append(number)
    pairs: set[tuple[_Cost, int, int]] = set()
    for (_, topic), by_tool in buckets.items():
        tools = sorted(by_tool)
        for index, tool in enumerate(tools):
            for other in tools[index + 1 :]:
                near = _NEAR if topic in _TRAVELLING else 0
                pairs |= _all_near(nodes, by_tool[tool], by_tool[other], near)
                pairs |= _all_near(nodes, by_tool[other], by_tool[tool], near)
    return pairs


def _all_near(nodes: list[Node], ones: list[int], others: list[int], near: int) -> set[tuple[_Cost, int, int]]:
    """The best neighbours of one tool's nodes among another's; both are in the order of their first lines."""
    longest = max(nodes[other].length for other in others)
    firsts = [nodes[other].first for other in others]
    pairs: set[tuple[_Cost, int, int]] = set()
    for one in ones:
        node, found = nodes[one], []
        at = bisect_right(firsts, node.last + near)
        for other in reversed(others[max(0, at - _LOOKED_AT) : at]):
            if nodes[other].first + longest <= node.first - near:
                break
            cost = _cost(node, nodes[other], near)
            if cost is not None:
                found.append((cost, min(one, other), max(one, other)))
        pairs.update(found if len(found) <= _NEIGHBOURS else sorted(found)[:_NEIGHBOURS])
    return pairs


def _cost(one: Node, other: Node, near: int) -> _Cost | None:
    """What speaks against two being one: lines apart, other secrets (as told), other first topics, other ends; None when they cannot be."""
    if one.is_config and _other_resource(one.resource, other.resource):
        return None
    apart = max(one.first - other.last, other.first - one.last, 0)
    if apart > (0 if one.is_config else near):
        return None
    starts, ends = abs(one.first - other.first), abs(one.last - other.last)
    if starts and one.topics[0] == other.topics[0] == _HARD_CODED and max(one.length, other.length) <= _SHORT:
        return None
    return (
        apart,
        int(_other_secret(one, other)),
        int(one.topics[0] != other.topics[0]),
        min(starts, ends),
        starts + ends,
    )


def _other_secret(one: Node, other: Node) -> bool:
    return one.secret is not None and other.secret is not None and one.secret != other.secret


def _other_resource(one: str, other: str) -> bool:
    """Whether two names of resources of one type differ; what a module or index adds does not count."""
    names = [name.split("[")[0].split(".")[-2:] for name in (one, other)]
    return all(len(name) == 2 for name in names) and names[0][0] == names[1][0] and names[0][1] != names[1][1]


class _Groups:
    """Which nodes are together so far."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._of = list(range(len(nodes)))
        self._members = {number: [number] for number in range(len(nodes))}

    def of(self, number: int) -> int:
        """The group of a node."""
        return self._of[number]

    def members(self) -> list[list[int]]:
        """All groups, nodes in order."""
        return [sorted(members) for _, members in sorted(self._members.items())]

    def join(self, one: int, other: int) -> None:
        """Put two groups together."""
        kept, gone = sorted((self._of[one], self._of[other]))
        if kept != gone:
            moved = self._members.pop(gone)
            for number in moved:
                self._of[number] = kept
            self._members[kept] += moved

    def conflict(self, one: int, other: int) -> bool:
        """Whether joining their groups would put two findings of one tool together that are not one."""
        mine, theirs = self._members[self._of[one]], self._members[self._of[other]]
        if mine is theirs:
            return False
        first, second = self._nodes[one], self._nodes[other]
        if len(mine) == len(theirs) == 1 and (first.file, first.tool) != (second.file, second.tool):
            return False
        apart = not first.meets(second)
        covers = first.is_config and first.topics[0] == second.topics[0] != _HARD_CODED
        covers = covers and not first.is_whole and not second.is_whole
        seen: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for number in mine:
            node = self._nodes[number]
            seen[node.file, node.tool].append(node)
        return any(
            apart or self._differ(node, known, covers=covers)
            for node in (self._nodes[number] for number in theirs)
            for known in seen.get((node.file, node.tool), ())
        )

    @staticmethod
    def _differ(one: Node, other: Node, *, covers: bool) -> bool:
        return _other_secret(one, other) or one.topics[0] != other.topics[0] or not (covers or one.meets(other))


def _named(nodes: list[Node], groups: _Groups, raw: dict[int, Line]) -> list[Group]:
    found: list[Group] = []
    taken: dict[bytes, int] = defaultdict(int)
    for members in groups.members():
        ids = sorted(identifier for number in members for identifier in nodes[number].ids)
        secrets = sorted({node.secret for number in members if (node := nodes[number]).secret is not None})
        tools = {nodes[number].tool for number in members}
        if len(ids) < 2 or (len(tools) < 2 and not secrets):
            continue
        if secrets:
            parts: tuple[str, ...] = ("secret", secrets[0].hex())
            reason = "the same secret"
        else:
            parts, reason = _said(nodes, members, raw)
        key = hashed(*parts)
        taken[key] += 1
        if taken[key] > 1:
            key = hashed(*parts, str(taken[key]))
        found.append(Group(key, reason, tuple(ids)))
    return found


def _said(nodes: list[Node], members: list[int], raw: dict[int, Line]) -> tuple[tuple[str, ...], str]:
    """What a group has in common, as the parts of its key and in words."""
    shared = set.intersection(*(set(nodes[number].topics) for number in members))
    first = nodes[members[0]]
    topic = next((topic for topic in first.topics if topic in shared), first.topics[0])
    file = min(
        (raw[identifier].file for number in members for identifier in nodes[number].ids),
        key=lambda name: (len(name), name),
    )
    line = "0" if first.is_whole else str(min(nodes[number].first for number in members))
    where = "one place" if first.is_config else "overlapping lines"
    return ("code", topic.removeprefix("CWE-"), file, line), f"{topic} in {file}, {where}"
