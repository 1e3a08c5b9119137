"""Findings in files that were renamed, split or had code taken out: which file was which, told by the findings alone."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable
from pathlib import PurePosixPath

from prodsec.findings.rules.alignment import Line, align
from prodsec.findings.rules.rows import Join, Known, Row, Seen

# A file counts as renamed when so many of its findings were found again in the other, or one and it has the same name; where
# only the look of the code is told, more are needed. One finding alone moves to another file with code that is not said twice.
SURE_OF_RENAMED, _SURE_WITHOUT_CODE, _LONG_CODE = 2, 3, 30
# Of all files that could have been one, so many of the nearest are compared.
MOST_COMPARED = 40


def pair_renamed(known: list[Known], seen: list[Seen], living: set[str]) -> list[Join]:
    """Same rule and same code in another file; pairs of files that share most go first, then like file names.

    living: files that have findings still, beside those of `seen`.
    """
    olds, news = _by_file(known), _by_file(seen)
    joins: list[Join] = []
    for before, after in _file_pairs(olds, news, {*news, *living}):
        there, here = olds[before], news[after]
        while there and here and (pairs := _align_signs(there, here)):
            joins += [Join(here[j].number, there[i].id, "renamed") for i, j in pairs]
            there, here = _without(there, {i for i, _ in pairs}), _without(here, {j for _, j in pairs})
        olds[before], news[after] = there, here
    return joins


def _align_signs(olds: list[Known], news: list[Seen]) -> list[tuple[int, int]]:
    signs = {_sign(old) for old in olds} & {_sign(new) for new in news}
    if not signs:
        return []
    return align(
        [Line(_sign(old), old.line, old.shape) for old in olds], [Line(_sign(new), new.line, new.shape) for new in news]
    )


def _without(rows: list[Row], positions: set[int]) -> list[Row]:
    return [row for at, row in enumerate(rows) if at not in positions]


def _by_file(rows: list[Row]) -> dict[str, list[Row]]:
    """Rows with something to be told by, by their file."""
    files: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.file and _sign(row):
            files[row.file].append(row)
    return files


def _file_pairs(olds: dict[str, list[Known]], news: dict[str, list[Seen]], living: set[str]) -> list[tuple[str, str]]:
    """Files of which one may be the other, or what left the one came into the other: the surest first.

    living: files that have findings still, so that they are not renamed.
    """
    where: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for before, there in olds.items():
        for old in there:
            where[_sign(old)][before] += 1
    found = []
    for after, here in news.items():
        shared: Counter[str] = Counter()
        for sign, count in Counter(map(_sign, here)).items():
            near = ((name_distance(before, after), before) for before in where.get(sign, ()))
            for _, before in heapq.nsmallest(MOST_COMPARED, near):
                shared[before] += min(count, where[sign][before])
        for before, count in shared.items():
            gone = before not in living and count == len(olds[before]) and any(old.code for old in olds[before])
            if gone or _may_be(olds[before], here, count):
                found.append((-count, name_distance(before, after), before, after))
    return [(before, after) for *_, before, after in sorted(found)]


def _may_be(olds: list[Known], news: list[Seen], shared: int) -> bool:
    """Whether what two files share is more than chance: a short line that stands alone is written in many places."""
    before, after = olds[0].file, news[0].file
    same_name = name_distance(before, after) == 0
    if not any(old.code for old in olds):
        whole = len(news) if _was_split(before, after) else max(len(olds), len(news))
        return 2 * shared >= whole and (same_name or shared >= _SURE_WITHOUT_CODE)
    if same_name or shared >= SURE_OF_RENAMED:
        return True
    signs = {_sign(new) for new in news}
    return any(len(old.text) >= _LONG_CODE for old in olds if _sign(old) in signs)


def _sign(one: Known | Seen) -> Hashable:
    """What is the same in another file: the rule and the code, or the look of the code; empty when neither is told."""
    told = one.code or one.shape
    return (one.rule, told) if told else ()


def name_distance(old: str, new: str) -> int:
    """0 for the same file name, or a part of a file that became a folder; 1 for the same folder, 2 for neither."""
    before, after = PurePosixPath(old), PurePosixPath(new)
    return 0 if before.name == after.name or _was_split(old, new) else 1 if before.parent == after.parent else 2


def _was_split(old: str, new: str) -> bool:
    """Whether the new file is in a folder that has the old one's name."""
    return PurePosixPath(old).with_suffix("") == PurePosixPath(new).parent
