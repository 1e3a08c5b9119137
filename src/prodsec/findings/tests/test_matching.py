"""Which row is which finding: what no order of rows and no honest edit of a file may break."""

import dataclasses
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from prodsec.findings.rules.alignment import Line, align
from prodsec.findings.rules.matching import Shifts, match_moved, match_same
from prodsec.findings.rules.rows import Join, Known, Seen
from prodsec.vocabulary.kinds import Kind


def known(number: int, line: int, says: str = "same", **more: object) -> Known:
    return Known(number, says.encode(), "rule", "a.py", line, **more)  # type: ignore[arg-type]


def seen(number: int, line: int, says: str = "same", **more: object) -> Seen:
    return Seen(number, says.encode(), "rule", "a.py", line, **more)  # type: ignore[arg-type]


def pairs(joins: list[Join]) -> list[tuple[int, int]]:
    return sorted((join.id, join.number) for join in joins)


lines = st.lists(st.tuples(st.integers(1, 300), st.sampled_from("abc")), max_size=12)


@given(lines, lines, st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(
    before: list[tuple[int, str]], after: list[tuple[int, str]], seed: int
) -> None:
    olds = [known(at, line, says, order=at) for at, (line, says) in enumerate(before)]
    news = [seen(at, line, says, order=at) for at, (line, says) in enumerate(after)]
    shuffled_olds, shuffled_news = (
        random.Random(seed).sample(olds, len(olds)),
        random.Random(seed).sample(news, len(news)),
    )
    assert pairs(match_same(olds, news, Shifts())) == pairs(match_same(shuffled_olds, shuffled_news, Shifts()))
    assert pairs(match_moved(olds, news, Shifts())) == pairs(match_moved(shuffled_olds, shuffled_news, Shifts()))


@given(lines, lines)
def test_nobody_is_paired_twice_and_only_equal_identities_are_the_same(
    before: list[tuple[int, str]], after: list[tuple[int, str]]
) -> None:
    olds = [known(at, line, says) for at, (line, says) in enumerate(before)]
    news = [seen(at, line, says) for at, (line, says) in enumerate(after)]
    joins = match_same(olds, news, Shifts())
    assert max(Counter(join.id for join in joins).values(), default=1) == 1
    assert max(Counter(join.number for join in joins).values(), default=1) == 1
    assert all(olds[join.id].identity == news[join.number].identity for join in joins)


@given(st.lists(st.integers(1, 3000), unique=True, min_size=1, max_size=15), st.integers(0, 900))
def test_a_block_of_equal_code_that_moves_as_one_keeps_its_findings(numbers: list[int], by: int) -> None:
    olds = [known(at, line) for at, line in enumerate(numbers)]
    news = [seen(at, line + by) for at, line in enumerate(numbers)]
    assert pairs(match_same(olds, news, Shifts())) == [(at, at) for at in range(len(numbers))]


@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=12).map(
        lambda gaps: [sum(gaps[:n]) for n in range(1, len(gaps) + 1)]
    ),
    st.data(),
)
def test_one_gone_from_equal_code_takes_none_of_the_others_along(numbers: list[int], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(numbers) - 1))
    olds = [known(at, line) for at, line in enumerate(numbers)]
    news = [seen(at, line) for at, line in enumerate(numbers) if at != gone]
    assert pairs(match_same(olds, news, Shifts())) == [(at, at) for at in range(len(numbers)) if at != gone]


def test_sure_lines_tell_what_moved() -> None:
    """Three equal lines, three apart, below an insertion of three: line numbers alone would pair the wrong ones."""
    olds = [known(1, 10, "above"), known(2, 20), known(3, 23), known(4, 26), known(5, 40, "below")]
    news = [seen(1, 13, "above"), seen(2, 23), seen(3, 26), seen(4, 29), seen(5, 43, "below")]
    assert pairs(match_same(olds, news, Shifts())) == [(at, at) for at in range(1, 6)]


def test_the_look_of_a_line_tells_equal_messages_apart() -> None:
    olds = [Line("message", 10, (5, 30, 0)), Line("message", 12, (9, 61, 0))]
    news = [Line("message", 10, (9, 61, 0))]
    assert align(olds, news) == [(1, 0)]


def test_too_many_equal_lines_are_paired_in_turn() -> None:
    many = [Line("message", number) for number in range(600)]
    assert align(many, many) == [(at, at) for at in range(600)]


def test_only_like_code_moves() -> None:
    known_code, seen_code = known(1, 10, "old", text="eval(user_input)"), seen(1, 12, "new", text="eval(user_inputs)")
    assert [join.how for join in match_moved([known_code], [seen_code], Shifts())] == ["moved"]
    unlike = dataclasses.replace(seen_code, text="open('/etc/passwd').read()")
    assert match_moved([known_code], [unlike], Shifts()) == []


def test_packages_do_not_move_into_each_other() -> None:
    went = Known(1, b"libssl", "CVE-2024-1", "lock", 0, kind=Kind.DEPENDENCY)
    came = Seen(1, b"openssl", "CVE-2024-1", "lock", 0, kind=Kind.DEPENDENCY)
    assert match_moved([went], [came], Shifts()) == []


def test_what_changed_a_little_in_a_renamed_file_is_found_with_the_rest() -> None:
    olds = [
        Known(n, bytes([n]), "rule", "old.py", 10 * n, bytes([n]), f"call_{n}(argument, {n}{n}{n})", kind=Kind.CODE)
        for n in (1, 2, 3)
    ]
    news = [
        Seen(n, bytes([n + 9]), "rule", "new/old.py", 10 * n + 2, bytes([n]), old.text) for n, old in enumerate(olds, 1)
    ]
    news[2] = dataclasses.replace(news[2], code=b"x", text="call_3(arguments, 333)")
    joins = match_moved(olds, news, Shifts())
    assert pairs(joins) == [(1, 1), (2, 2), (3, 3)]
    assert {join.how for join in joins} == {"renamed"}


def test_what_differs_in_style_only_keeps_the_order_of_the_file() -> None:
    """Four equal lines five apart, six lower and with a comment: the nearest line is the one of the neighbour."""
    text = "print(getattr(dirs, 'prop'))"
    olds = [known(at, 28 + 5 * at, "old", text=text) for at in range(4)]
    news = [seen(at, 34 + 5 * at, "new", text='print(getattr(dirs, "prop"))  # noqa: T201') for at in range(4)]
    assert pairs(match_moved(olds, news, Shifts())) == [(at, at) for at in range(4)]


def test_code_that_changed_more_is_the_same_only_near_its_place() -> None:
    old = known(1, 10, "old", text="run(args, stdout=PIPE, stderr=PIPE)", code=b"a")
    near = seen(1, 12, "new", text="run(args, capture_output=True, stderr=PIPE)", code=b"b")
    assert pairs(match_moved([old], [near], Shifts())) == [(1, 1)]
    assert match_moved([old], [dataclasses.replace(near, line=40)], Shifts()) == []


def test_equal_code_that_moved_to_another_file_keeps_its_order() -> None:
    text = "assert isinstance(c, int)"
    olds = [known(at, 142 + 4 * at, text=text, code=b"c") for at in range(2)]
    news = [dataclasses.replace(seen(at, 31 + 5 * at, text=text, code=b"c"), file="lib/common.py") for at in range(2)]
    assert pairs(match_moved(olds, news, Shifts())) == [(0, 0), (1, 1)]


def test_one_short_line_alone_leaves_a_file_that_lives_on_for_no_other_name() -> None:
    lives, gone = Shifts(), Shifts()
    lives.add("a.py", 20, 22)
    old = known(1, 3, text="import pickle", code=b"p")
    new = dataclasses.replace(seen(1, 3, text="import pickle", code=b"p"), file="redis.py")
    assert match_moved([old], [new], lives) == []
    assert pairs(match_moved([old], [dataclasses.replace(new, file="lib/a.py")], lives)) == [(1, 1)]
    assert pairs(match_moved([old], [new], gone)) == [(1, 1)]


def test_a_renamed_file_is_known_by_the_looks_of_its_lines_where_no_code_is_told() -> None:
    shapes = [(10, 43, 0), (9, 61, 0), (5, 30, 2)]
    olds = [known(at, 10 * at + 31, shape=shape) for at, shape in enumerate(shapes)]
    news = [
        dataclasses.replace(seen(at, 10 * at + 33, "other", shape=shape), file="new/b.py")
        for at, shape in enumerate(shapes)
    ]
    assert pairs(match_moved(olds, news, Shifts())) == [(0, 0), (1, 1), (2, 2)]
    strangers = [
        *news,
        *(dataclasses.replace(new, number=new.number + n, shape=(n, n, n)) for new in news for n in (10, 20)),
    ]
    assert match_moved(olds, strangers, Shifts()) == []


def test_a_file_that_became_a_folder_is_known_in_each_of_its_parts() -> None:
    olds = [known(at, 10 * at + 31, shape=(at, 40 + at, 0)) for at in range(5)]
    parts = ["a/one.py", "a/one.py", "a/two.py", "a/two.py", "a/two.py"]
    news = [
        dataclasses.replace(seen(at, 10 * at + 2, "other", shape=(at, 40 + at, 0)), file=part)
        for at, part in enumerate(parts)
    ]
    assert pairs(match_moved(olds, news, Shifts())) == [(at, at) for at in range(5)]
    elsewhere = [dataclasses.replace(new, file=f"lib/{new.file}") for new in news]
    assert match_moved(olds, elsewhere[:2], Shifts()) == []
