"""Which row of a new scan is which known finding, when neither is exactly as it was.

First rows and findings of equal identity (`same`), then, within one scope, what is left over: same rule and file with like code
(`moved`), same rule and code in another file (`renamed`). Where several could be meant, lines decide: from what is known to be the same
in a file the shift of every other line is predicted, and the pair nearest to its predicted line is taken first, never against the
order of the file. What is not like enough stays apart: a wrong join hides a new finding, which is worse than a lost one.
The result depends on the sets given, never on their order.
"""

import bisect
import difflib
import heapq
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from prodsec.findings.rules.alignment import Line, align
from prodsec.findings.rules.renaming import MOST_COMPARED, SURE_OF_RENAMED, name_distance, pair_renamed
from prodsec.findings.rules.rows import Join, Known, Row, Seen, left_over
from prodsec.vocabulary.kinds import Kind

LIKE_ENOUGH = 0.75
# Code that changed more is the same when it stands where it is looked for.
LIKE_ENOUGH_NEARBY, NEARBY_LINES = 0.6, 5
FARTHEST_LINES = 60
MOVING = frozenset({Kind.CODE, Kind.IAC, Kind.SECRET})
# Bounds of work for reports that repeat one rule thousands of times: a larger group is paired in order, without looking for
# the best; and of two texts so much is compared.
_MOST_PAIRED = 160_000
_COMPARED = 500
_COMMENT = re.compile(r"\s(?:#|//).*")
_LAYOUT = re.compile(r"\s+|,(?=\s*[)\]}])")


def match_same(known: list[Known], seen: list[Seen], shifts: "Shifts") -> list[Join]:
    """Pair rows and findings of equal identity, each at most once. What it learns about moved lines goes into `shifts`."""
    return sorted(_pair_groups(known, seen, shifts, how="same"), key=lambda join: join.number)


def match_moved(known: list[Known], seen: list[Seen], shifts: "Shifts") -> list[Join]:
    """Pair what is left over within one scope: like code in the same file, then the same code in another file.

    Only what sits in lines of code moves. A package that went and another that came, with the same flaw, are two findings.
    """
    known = sorted(
        (one for one in known if one.kind in MOVING), key=lambda one: (one.file, one.line, one.order, one.id)
    )
    seen = sorted(
        (row for row in seen if row.kind in MOVING), key=lambda row: (row.file, row.line, row.order, row.number)
    )
    joins = _pair_like(known, seen, shifts, how="moved")
    known, seen = left_over(known, seen, joins)
    renamed = pair_renamed(known, seen, {*shifts.files()})
    joins += renamed
    joins += _pair_like_in_renamed(known, seen, renamed)
    return sorted(joins, key=lambda join: join.number)


class Shifts:
    """How the lines of each file moved, as far as sure pairs tell."""

    def __init__(self) -> None:
        self._of: dict[str, _Shift] = {}

    def add(self, file: str, old: int, new: int) -> None:
        """A line that is surely the same."""
        self._of.setdefault(file, _Shift()).add(old, new)

    def pairs(self, file: str) -> list[tuple[int, int]]:
        """The sure lines of a file, before and after."""
        return list(self.of(file).pairs())

    def files(self) -> Iterable[str]:
        """The files of which something is known."""
        return self._of.keys()

    def of(self, file: str) -> "_Shift":
        """What is known of a file."""
        return self._of.get(file) or _NO_SHIFT


class _Shift:
    """Predicts where an old line is now: by the shift of the nearest sure pair at or above it, else below."""

    def __init__(self, pairs: list[tuple[int, int]] | None = None) -> None:
        self._pairs = sorted(set(pairs or []))

    def add(self, old: int, new: int) -> None:
        bisect.insort(self._pairs, (old, new))

    def pairs(self) -> list[tuple[int, int]]:
        """The sure lines, before and after."""
        return self._pairs

    def distance(self, old: int, new: int) -> int:
        """How far a new line is from where the old one should be, by the surer of the anchors above and below."""
        if not self._pairs:
            return abs(old - new)
        at = bisect.bisect_right(self._pairs, (old, 1 << 60))
        near = self._pairs[max(at - 1, 0) : at + 1]
        return min(abs(old + (after - before) - new) for before, after in near)


_NO_SHIFT = _Shift()


def _pair_groups(known: list[Known], seen: list[Seen], shifts: Shifts, *, how: str) -> list[Join]:
    """Pair rows and findings of equal identity: unique ones first, since they tell the shifts that the others need."""
    olds: dict[bytes, list[Known]] = defaultdict(list)
    news: dict[bytes, list[Seen]] = defaultdict(list)
    for one in known:
        olds[one.identity].append(one)
    for row in seen:
        news[row.identity].append(row)
    joins, crowded = [], []
    for shared in olds.keys() & news.keys():
        if len(olds[shared]) == len(news[shared]) == 1:
            old, new = olds[shared][0], news[shared][0]
            joins.append(Join(new.number, old.id, how))
            if old.file == new.file and old.line and new.line:
                shifts.add(new.file, old.line, new.line)
        else:
            crowded.append(shared)
    in_order = _align_files(
        [old for shared in crowded for old in olds[shared]],
        [new for shared in crowded for new in news[shared]],
        shifts,
        how,
    )
    ids, numbers = {pair.id for pair in in_order}, {pair.number for pair in in_order}
    for shared in sorted(crowded):
        rest_olds = [old for old in olds[shared] if old.id not in ids]
        rest_news = [new for new in news[shared] if new.number not in numbers]
        joins += _pair_rest(rest_olds, rest_news, shifts, how)
    return joins + in_order


def _align_files(olds: list[Known], news: list[Seen], shifts: Shifts, how: str) -> list[Join]:
    """Pair what has lines, a file at a time, in the order of the file."""
    before: dict[str, list[Known]] = defaultdict(list)
    after: dict[str, list[Seen]] = defaultdict(list)
    for old in olds:
        if old.line:
            before[old.file].append(old)
    for new in news:
        if new.line:
            after[new.file].append(new)
    joins = []
    for file in sorted(before.keys() & after.keys()):
        there = sorted(before[file], key=lambda one: (one.line, one.order, one.id))
        here = sorted(after[file], key=lambda row: (row.line, row.order, row.number))
        pairs = align(
            [Line(one.identity, one.line, one.shape) for one in there],
            [Line(row.identity, row.line, row.shape) for row in here],
            shifts.pairs(file),
        )
        for i, j in pairs:
            joins.append(Join(here[j].number, there[i].id, how))
            shifts.add(file, there[i].line, here[j].line)
    return joins


def _pair_rest(olds: list[Known], news: list[Seen], shifts: Shifts, how: str) -> list[Join]:
    """Pair equal ones that overtook others, or have no lines: the nearest first. Without code, far ones are strangers."""
    olds = sorted(olds, key=lambda one: (one.line, one.order, one.id))
    news = sorted(news, key=lambda row: (row.line, row.order, row.number))
    if len(olds) * len(news) > _MOST_PAIRED:
        return [Join(new.number, old.id, how) for old, new in zip(olds, news, strict=False)]
    candidates = []
    for at, old in enumerate(olds):
        for place, new in enumerate(news):
            distance = shifts.of(new.file).distance(old.line, new.line)
            alike = new.code or not new.line or (new.shape and new.shape == old.shape)
            if alike or distance <= FARTHEST_LINES:
                candidates.append((distance, at, place, old.id, new.number))
    return _greedy(candidates, how)


def _pair_like_in_renamed(known: list[Known], seen: list[Seen], renamed: list[Join]) -> list[Join]:
    """What is left over in files that were renamed: like code, as if the old file had the new name."""
    old_of, new_of = {one.id: one for one in known}, {row.number: row for row in seen}
    shared: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for pair in renamed:
        old, new = old_of[pair.id], new_of[pair.number]
        shared[old.file, new.file].append((old.line, new.line))
    names: dict[str, str] = {}
    shifts = Shifts()
    for (before, after), lines in sorted(shared.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        sure = len(lines) >= SURE_OF_RENAMED or name_distance(before, after) == 0
        if before not in names and after not in names.values() and sure:
            names[before] = after
            for line in lines:
                shifts.add(after, *line)
    known, seen = left_over(known, seen, renamed)
    there = [replace(one, file=names[one.file]) for one in known if one.code and one.file in names]
    return _pair_like(there, seen, shifts, how="renamed")


def _pair_like(known: list[Known], seen: list[Seen], shifts: Shifts, *, how: str) -> list[Join]:
    """Same rule, same file: first what differs in layout only, in the order of the file, then like code near the predicted line."""
    joins = _align_files(_by_plain_text(known), _by_plain_text(seen), shifts, how)
    known, seen = left_over(known, seen, joins)
    olds: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for one in known:
        if one.file:
            olds[one.rule, one.file].append(one)
    candidates = []
    for new in seen:
        shift = shifts.of(new.file)
        measured = (
            (shift.distance(old.line, new.line), at, old) for at, old in enumerate(olds.get((new.rule, new.file), []))
        )
        for distance, _, old in heapq.nsmallest(MOST_COMPARED, measured):
            likeness = _likeness(old, new)
            if likeness >= _enough(distance) or (likeness < 0 and distance <= FARTHEST_LINES):
                candidates.append((-likeness, distance, *_tie(old, new), old.id, new.number))
    return joins + _greedy(candidates, how)


def _enough(distance: int) -> float:
    """How like code must be so many lines from where it is looked for."""
    return 0.0 if distance == 0 else LIKE_ENOUGH_NEARBY if distance <= NEARBY_LINES else LIKE_ENOUGH


def _by_plain_text(rows: list[Row]) -> list[Row]:
    """The rows with code, as if what their code says were their identity."""
    return [replace(row, identity=f"{row.rule} {plain}".encode()) for row in rows if (plain := _plain(row.text))]


def _plain(text: str) -> str:
    """Code without what is layout and style: spacing, kind of quotes, a last comma, a comment at the end."""
    return _LAYOUT.sub("", _COMMENT.sub("", text)).replace("'", '"')


def _tie(old: Known, new: Seen) -> tuple[int, bytes, int, int]:
    """What settles equal candidates: nothing that depends on the order of rows."""
    return (old.line, new.identity, new.line, new.order)


def _greedy(candidates: list[tuple[Any, ...]], how: str) -> list[Join]:
    """Take candidates in order; the last two parts are the finding's id and the row's number."""
    used_ids: set[float] = set()
    used_numbers: set[float] = set()
    joins = []
    for *_, old, new in sorted(candidates):
        if old not in used_ids and new not in used_numbers:
            used_ids.add(old)
            used_numbers.add(new)
            joins.append(Join(int(new), int(old), how))
    return joins


def _likeness(old: Known, new: Seen) -> float:
    """0 to 1; -1 when there is no code to compare."""
    if not old.text or not new.text:
        return 1.0 if old.code and old.code == new.code else -1.0
    before, after = _plain(old.text)[:_COMPARED], _plain(new.text)[:_COMPARED]
    if before == after:
        return 1.0
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= LIKE_ENOUGH_NEARBY else matcher.quick_ratio() / 2
