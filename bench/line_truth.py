"""Where a line of one release is in the next one, as the diff of the two trees tells; knows nothing of findings.

Compared are statements, by their tokens, so that code which was only laid out anew is the same code. A statement survives when
the diff keeps it, or changes it so little that a reader would call it the same; its lines are then where their tokens went. A
file that is gone is looked for among the new ones by its lines, as `git diff -M` does; code that is gone here and new there, in
blocks, was moved, as `git diff --color-moved=blocks` does.
"""

import difflib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from bench.statements import Statement, statements

SAME_STATEMENT = 0.6
SAME_FILE = 0.5
# A line of a changed statement became another when so many of its words are there.
SAME_LINE = 0.25
# A block that was moved has at least so many statements and letters; one line alone may be written twice by chance.
MOVED_STATEMENTS, MOVED_LETTERS = 2, 30
_LONGEST_COMPARED = 400
_MOST_COMPARED = 40_000

Place = tuple[str, int]
Pairs = dict[int, int]


class Tree:
    """The Python files of one unpacked release, by path from its root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lines: dict[str, list[str]] = {}
        self._statements: dict[str, list[Statement]] = {}

    @cached_property
    def files(self) -> set[str]:
        """All paths."""
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*.py")}

    def lines(self, file: str) -> list[str]:
        """The lines of a file, without their ends."""
        if file not in self._lines:
            text = (self.root / file).read_text(encoding="utf-8", errors="replace")
            self._lines[file] = text.replace("\f", " ").split("\n")
        return self._lines[file]

    def statements(self, file: str) -> list[Statement]:
        """The statements of a file."""
        if file not in self._statements:
            self._statements[file] = statements(self.lines(file))
        return self._statements[file]


class Truth:
    """Maps (file, line) of an old tree to the new one."""

    def __init__(self, old: Tree, new: Tree) -> None:
        self._old, self._new = old, new
        self._pairs: dict[str, Pairs] = {}
        self._places: dict[str, dict[int, set[Place]]] = {}

    def of(self, file: str, line: int) -> frozenset[Place]:
        """Where the line is now: more than one place when it was broken up, none when it is gone."""
        if file not in self._old.files:
            return frozenset()
        there = self._there(file)
        if there is not None and self._old.lines(file) == self._new.lines(there):
            return frozenset({(there, line)})
        if file not in self._places:
            self._places[file] = self._placed(file, there)
        return frozenset(self._places[file].get(line, ()))

    def _there(self, file: str) -> str | None:
        return file if file in self._new.files else self._renamed.get(file)

    def _placed(self, file: str, there: str | None) -> dict[int, set[Place]]:
        """Lines of a file that changed: where their tokens went."""
        places: dict[int, set[Place]] = defaultdict(set)
        before = self._old.statements(file)
        pairs = {at: (there, to) for at, to in self._paired(file, there).items()} if there is not None else {}
        moved = {at: place for (name, at), place in self._moved.items() if name == file}
        for at, (name, to) in {**pairs, **moved}.items():
            for line, now in _token_lines(before[at], self._new.statements(name)[to]):
                places[line].add((name, now))
        return places

    def _paired(self, file: str, there: str) -> Pairs:
        if file not in self._pairs:
            self._pairs[file] = pair(self._old.statements(file), self._new.statements(there))
        return self._pairs[file]

    @cached_property
    def _moved(self) -> dict[Place, Place]:
        """Statements, by file and position, of blocks that are gone in one place and new in just one other."""
        gone = {(file, at): one.text for file, at, one in self._gone()}
        born = {(file, at): one.text for file, at, one in self._born()}
        where: dict[str, list[Place]] = defaultdict(list)
        for place, text in born.items():
            where[text].append(place)
        blocks = sorted(
            (-length, start, to)
            for start, text in gone.items()
            for to in where.get(text, ())
            if born.get((to[0], to[1] - 1), 0) != gone.get((start[0], start[1] - 1), 1)
            and (length := _block(gone, born, start, to)) >= MOVED_STATEMENTS
        )
        times = Counter((length, start) for length, start, _ in blocks)
        moved: dict[Place, Place] = {}
        taken: set[Place] = set()
        for length, start, to in blocks:
            steps = [((start[0], start[1] + step), (to[0], to[1] + step)) for step in range(-length)]
            if times[length, start] > 1 or any(old in moved or new in taken for old, new in steps):
                continue
            if sum(map(str.isalnum, "".join(gone[old] for old, _ in steps))) >= MOVED_LETTERS:
                moved.update(steps)
                taken.update(new for _, new in steps)
        return moved

    def _gone(self) -> Iterator[tuple[str, int, Statement]]:
        for file in sorted(self._old.files):
            there = self._there(file)
            if there is not None and self._old.lines(file) == self._new.lines(there):
                continue
            kept = self._paired(file, there) if there is not None else {}
            yield from ((file, at, one) for at, one in enumerate(self._old.statements(file)) if at not in kept)

    def _born(self) -> Iterator[tuple[str, int, Statement]]:
        whence = {there: file for file in self._old.files if (there := self._there(file)) is not None}
        for file in sorted(self._new.files):
            old = whence.get(file)
            if old is not None and self._old.lines(old) == self._new.lines(file):
                continue
            kept = set(self._paired(old, file).values()) if old is not None else set()
            yield from ((file, at, one) for at, one in enumerate(self._new.statements(file)) if at not in kept)

    @cached_property
    def _renamed(self) -> dict[str, str]:
        """Old path to new path of files that were moved: the likest first, each used once."""
        gone, born = self._old.files - self._new.files, self._new.files - self._old.files
        before = {file: _bag(self._old.lines(file)) for file in gone}
        after = {file: _bag(self._new.lines(file)) for file in born}
        found = sorted(
            (-share, old, new)
            for old, old_bag in before.items()
            for new, new_bag in after.items()
            if (share := _shared(old_bag, new_bag)) >= SAME_FILE
        )
        pairs: dict[str, str] = {}
        for _, old, new in found:
            if old not in pairs and new not in pairs.values():
                pairs[old] = new
        return pairs


def pair(old: list[Statement], new: list[Statement]) -> Pairs:
    """Positions of the statements that survive, before and after, in order: those that stand once in both files hold the rest."""
    before, after = [one.text for one in old], [one.text for one in new]
    held = [(-1, -1), *_held(before, after), (len(old), len(new))]
    pairs = dict(held[1:-1])
    for (a, c), (b, d) in pairwise(held):
        pairs.update(_between(before, after, range(a + 1, b), range(c + 1, d)))
    return pairs


def _held(before: list[str], after: list[str]) -> list[tuple[int, int]]:
    """Statements that stand once in both, the most of them that are in order (as `git diff --patience` does)."""
    olds, news = Counter(before), Counter(after)
    where = {text: at for at, text in enumerate(after) if news[text] == 1}
    unique = [(at, where[text]) for at, text in enumerate(before) if olds[text] == 1 and text in where]
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for number, (_, to) in enumerate(unique):
        length = bisect_left(ends, to)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [to]
        last[length : length + 1] = [number]
    chain, number = [], last[-1] if last else -1
    while number >= 0:
        chain.append(unique[number])
        number = previous[number]
    return chain[::-1]


def _between(before: list[str], after: list[str], old: range, new: range) -> Iterator[tuple[int, int]]:
    if not old or not new:
        return
    here, there = [before[at] for at in old], [after[at] for at in new]
    for kind, a, b, c, d in difflib.SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from zip(old[a:b], new[c:d], strict=True)
        elif kind == "replace":
            yield from ((old[a + i], new[c + j]) for i, j in _like(here[a:b], there[c:d]))


def _like(old: list[str], new: list[str]) -> Iterator[tuple[int, int]]:
    """Statements of a changed passage that are the same but for a little, the likest first and never crossing."""
    if len(old) * len(new) > _MOST_COMPARED:
        return
    found = sorted(
        (-ratio, i, j)
        for i, before in enumerate(old)
        for j, after in enumerate(new)
        if (ratio := _ratio(before, after)) >= SAME_STATEMENT
    )
    taken: list[tuple[int, int]] = []
    for _, i, j in found:
        if all((i - a) * (j - b) > 0 for a, b in taken):
            taken.append((i, j))
            yield i, j


def _ratio(before: str, after: str) -> float:
    if before == after:
        return 1.0
    matcher = difflib.SequenceMatcher(None, before[:_LONGEST_COMPARED], after[:_LONGEST_COMPARED], autojunk=False)
    if matcher.real_quick_ratio() < SAME_STATEMENT or matcher.quick_ratio() < SAME_STATEMENT:
        return 0.0
    return matcher.ratio()


def _token_lines(old: Statement, new: Statement) -> Iterator[tuple[int, int]]:
    """Lines of a statement before and after of which one became the other, whole or in part."""
    if old.tokens == new.tokens:
        yield from zip(old.lines, new.lines, strict=True)
        return
    yield old.lines[0], new.lines[0]
    words = Counter(line for token, line in zip(old.tokens, old.lines, strict=True) if _says(token))
    shared: Counter[tuple[int, int]] = Counter()
    matcher = difflib.SequenceMatcher(None, old.tokens, new.tokens, autojunk=False)
    for a, b, size in matcher.get_matching_blocks():
        for step in range(size):
            if _says(old.tokens[a + step]):
                shared[old.lines[a + step], new.lines[b + step]] += 1
    yield from (lines for lines, count in shared.items() if count >= SAME_LINE * words[lines[0]])


def _says(token: str) -> bool:
    """A name, number or text, no sign."""
    return any(map(str.isalnum, token))


def _block(gone: dict[Place, str], born: dict[Place, str], start: Place, to: Place) -> int:
    """How many statements from there on are gone here and new there."""
    length = 1
    while (text := gone.get((start[0], start[1] + length))) is not None and text == born.get((to[0], to[1] + length)):
        length += 1
    return length


def _bag(lines: list[str]) -> Counter[str]:
    return Counter(text for line in lines if (text := line.strip()))


def _shared(old: Counter[str], new: Counter[str]) -> float:
    fewest, most = sorted((old.total(), new.total()))
    return (old & new).total() / most if most > 5 and fewest >= SAME_FILE * most else 0.0
