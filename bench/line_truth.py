"""Where a line of one release is in the next one, as the diff of the two trees tells; knows nothing of findings.

A line survives when the diff keeps it, or changes it so little that a reader would call it the same. A file that is gone is
looked for among the new ones by its lines, as `git diff -M` does.
"""

import difflib
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

SAME_LINE = 0.6
SAME_FILE = 0.5


class Tree:
    """The Python files of one unpacked release, by path from its root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lines: dict[str, list[str]] = {}

    @cached_property
    def files(self) -> set[str]:
        """All paths."""
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*.py")}

    def lines(self, file: str) -> list[str]:
        """The lines of a file, without their ends."""
        if file not in self._lines:
            self._lines[file] = (self.root / file).read_text(encoding="utf-8", errors="replace").splitlines()
        return self._lines[file]


class Truth:
    """Maps (file, line) of an old tree to the new one."""

    def __init__(self, old: Tree, new: Tree) -> None:
        self._old, self._new = old, new
        self._maps: dict[str, tuple[str, dict[int, int]] | None] = {}

    def of(self, file: str, line: int) -> tuple[str, int] | None:
        """Where the line is now; None when it is gone."""
        if file not in self._maps:
            self._maps[file] = self._mapping(file)
        mapping = self._maps[file]
        if mapping is None or line not in mapping[1]:
            return None
        return mapping[0], mapping[1][line]

    def _mapping(self, file: str) -> tuple[str, dict[int, int]] | None:
        if file not in self._old.files:
            return None
        there = file if file in self._new.files else self._renamed.get(file)
        if there is None:
            return None
        return there, line_map(self._old.lines(file), self._new.lines(there))

    @cached_property
    def _renamed(self) -> dict[str, str]:
        """Old path to new path of files that were moved: the likest first, each used once."""
        gone, born = self._old.files - self._new.files, self._new.files - self._old.files
        bags = {file: _bag(self._new.lines(file)) for file in born}
        found = sorted(
            (-share, old, new)
            for old in gone
            for new, bag in bags.items()
            if (share := _shared(_bag(self._old.lines(old)), bag)) >= SAME_FILE
        )
        pairs: dict[str, str] = {}
        for _, old, new in found:
            if old not in pairs and new not in pairs.values():
                pairs[old] = new
        return pairs


def line_map(old: list[str], new: list[str]) -> dict[int, int]:
    """Old line number to new one, both from 1, of the lines that survive."""
    if old == new:
        return {number: number for number in range(1, len(old) + 1)}
    pairs: dict[int, int] = {}
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs.update(zip(range(a + 1, b + 1), range(c + 1, d + 1), strict=True))
        elif kind == "replace":
            pairs.update((a + i + 1, c + j + 1) for i, j in _like(old[a:b], new[c:d]))
    return pairs


def _like(old: list[str], new: list[str]) -> Iterator[tuple[int, int]]:
    """Lines of a changed passage that are the same but for a little, the likest first and never crossing."""
    if len(old) * len(new) > 40_000:
        return
    found = sorted(
        (-ratio, i, j)
        for i, before in enumerate(old)
        for j, after in enumerate(new)
        if (ratio := _ratio(before.strip(), after.strip())) >= SAME_LINE
    )
    taken: list[tuple[int, int]] = []
    for _, i, j in found:
        if all((i - a) * (j - b) > 0 for a, b in taken):
            taken.append((i, j))
            yield i, j


def _ratio(before: str, after: str) -> float:
    if not before or not after:
        return 0.0
    if before == after:
        return 1.0
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= SAME_LINE else 0.0


def _bag(lines: list[str]) -> Counter[str]:
    return Counter(text for line in lines if (text := line.strip()))


def _shared(old: Counter[str], new: Counter[str]) -> float:
    most = max(old.total(), new.total())
    return (old & new).total() / most if most > 5 else 0.0
