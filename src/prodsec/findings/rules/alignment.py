"""The lines of a file before and after: which could be which, when only what they say and where they stand is known.

Code moves in blocks: what stands below an inserted line moves by the same number of lines, and seldom overtakes. So the best
reading of a file pairs most lines, in their order, with the fewest changes of shift; sure pairs weigh more than possible ones.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

# A pair is worth more than a change of shift costs, so that nothing that could be paired in order stays alone.
PAIR, SURE_PAIR, LIKE_SHAPE, CHANGE_OF_SHIFT, DISTANCE = 1.0, 3.0, 0.8, 0.6, 0.3
_FAR = 500
_MOST_PAIRS = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one of the two files: what it says, where, and what it looks like (empty: unknown)."""

    says: Hashable
    number: int
    shape: tuple[int, ...] = ()


@dataclass(slots=True)
class _Pair:
    old: int
    new: int
    shift: int
    score: float
    before: "_Pair | None" = None


def align(olds: list[Line], news: list[Line], sure: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """Pairs of positions in `olds` and `news` that say the same, in the order of the file before and after.

    sure: numbers of other lines, before and after, that are known to be the same.
    Cost: n log n in the pairs that are possible; with too many of them, lines that say the same are paired in turn.
    """
    anchors = sorted(set(sure))
    before = sorted(
        [(line.number, at, line.says) for at, line in enumerate(olds)] + [(old, -1, (old, new)) for old, new in anchors]
    )
    after = sorted(
        [(line.number, at, line.says) for at, line in enumerate(news)] + [(new, -1, (old, new)) for old, new in anchors]
    )
    where: dict[Hashable, list[int]] = {}
    for at, (_, _, says) in enumerate(after):
        where.setdefault(says, []).append(at)
    if sum(len(where.get(says, ())) for _, _, says in before) > _MOST_PAIRS:
        return _in_turn(before, after, where)
    best, same_shift, last = _Best(len(after)), dict[int, _Pair](), None
    for i, (number, at, says) in enumerate(before):
        row = []
        for j in where.get(says, ()):
            shift = after[j][0] - number
            far = abs(shift - _predicted(anchors, number))
            worth = SURE_PAIR if at < 0 else PAIR - DISTANCE * min(far, _FAR) / _FAR
            if at >= 0 and olds[at].shape and olds[at].shape == news[after[j][1]].shape:
                worth += LIKE_SHAPE
            row.append(_reached(_Pair(i, j, shift, worth), same_shift.get(shift), best.below(j)))
        for pair in row:
            held = same_shift.get(pair.shift)
            if held is None or pair.score >= held.score:
                same_shift[pair.shift] = pair
            if last is None or pair.score > last.score:
                last = pair
            best.put(pair)
    chained = ((before[i][1], after[j][1]) for i, j in _chain(last))
    return [(i, j) for i, j in chained if i >= 0]


def _reached(pair: _Pair, same: _Pair | None, other: _Pair | None) -> _Pair:
    """The pair at the end of the best chain that leads to it; a file begins with a shift of none."""
    worth = pair.score
    pair.score = worth - (CHANGE_OF_SHIFT if pair.shift else 0)
    if same is not None and same.new < pair.new and worth + same.score > pair.score:
        pair.score, pair.before = worth + same.score, same
    if other is not None and worth + other.score - CHANGE_OF_SHIFT > pair.score:
        pair.score, pair.before = worth + other.score - CHANGE_OF_SHIFT, other
    return pair


class _Best:
    """The best pair that ends before a position, kept as a Fenwick tree."""

    def __init__(self, size: int) -> None:
        self._tree: list[_Pair | None] = [None] * (size + 1)

    def put(self, pair: _Pair) -> None:
        at = pair.new + 1
        while at < len(self._tree):
            held = self._tree[at]
            if held is None or held.score < pair.score:
                self._tree[at] = pair
            at += at & -at

    def below(self, position: int) -> _Pair | None:
        best, at = None, position
        while at:
            held = self._tree[at]
            if held is not None and (best is None or held.score > best.score):
                best = held
            at -= at & -at
        return best


def _chain(last: _Pair | None) -> list[tuple[int, int]]:
    pairs = []
    while last is not None:
        pairs.append((last.old, last.new))
        last = last.before
    return pairs[::-1]


def _predicted(anchors: list[tuple[int, int]], number: int) -> int:
    """The shift of the nearest sure line at or above, else of the first one below."""
    if not anchors:
        return 0
    at = bisect_left(anchors, (number + 1,))
    before, after = anchors[max(at - 1, 0)]
    return after - before


def _in_turn(
    before: list[tuple[int, int, Hashable]], after: list[tuple[int, int, Hashable]], where: dict[Hashable, list[int]]
) -> list[tuple[int, int]]:
    waiting = {says: iter(places) for says, places in where.items()}
    pairs = []
    for _, at, says in before:
        place = next(waiting.get(says, iter(())), None)
        if place is not None and at >= 0:
            pairs.append((at, after[place][1]))
    return pairs
