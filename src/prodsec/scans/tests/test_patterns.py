"""Patterns of specs are bounded by their shape: what could take for ever is refused before it ever runs (T15)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.scans.formats.filters import FILTERS
from prodsec.scans.formats.patterns import SEEN_CHARACTERS, bounded

PIECES = st.lists(
    st.sampled_from(["a", "b", "[ab]", ".", "(a|b)", "(?:ab)", "(?:a|ab)", r"\w"]), min_size=1, max_size=3
)
REPEATED = st.tuples(PIECES, st.sampled_from(["", "*", "+", "?", "{1,3}", "*?"])).map(
    lambda it: f"(?:{''.join(it[0])}){it[1]}"
)
SHAPES = st.recursive(
    REPEATED,
    lambda inner: st.tuples(st.lists(inner, min_size=1, max_size=2), st.sampled_from(["", "*", "+", "?"])).map(
        lambda it: f"(?:{''.join(it[0])}){it[1]}"
    ),
    max_leaves=4,
)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$", "((a+))+$", "(a|a)*$", "(a|ab|b)*$", "(a?a)*x", "(a*)*b", "([a-z]+)*$", r"(\w+\s?)*$", "(?=(a+)+)b",
        "(a{1,5}){2,90}$", "^(?:.{0,9}x){0,9}y", "(.*)(.*)(.*)(.*)x", ".*.*.*=.*", r"(a)(?:b\1?)*c", "x" * 2_000,
    ],
)  # fmt: skip
def test_t15_a_pattern_that_could_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        bounded(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^(.*?): (.*)$", "key: value", "value"),
        (r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}", "at 10.1.2.3.", "10.1.2.3"),
        (r"((?:foo|bar)+)", "x foobar", "foobar"),
        (r"(?:-?\d)+", "n 1-23", "1-23"),
        (r"(?>a+)b", "aaab", "aaab"),
        (r"\[(\d+)\] (.*)", "[12] twelve", "twelve"),
    ],
)
def test_a_pattern_that_cannot_is_used(pattern: str, text: str, found: str) -> None:
    assert FILTERS["capture"](text, pattern) == found


def test_t15_where_repetitions_multiply_less_of_the_text_is_seen() -> None:
    assert bounded(r"(\w+) (\w+)").seen_characters == SEEN_CHARACTERS[2]
    assert bounded(r"\w+\d+").seen_characters == SEEN_CHARACTERS[3]
    assert bounded(r"\w+\d+", from_start=True).seen_characters == SEEN_CHARACTERS[2]
    assert FILTERS["capture"](" " * 2_000 + "a1", r"(\w+\d+)") is None


@given(pattern=SHAPES, unit=st.text("ab ", min_size=1, max_size=3))
def test_t15_what_is_let_through_does_not_double_with_each_character(pattern: str, unit: str) -> None:
    """A text of sixty units ends; a pattern that doubled would still be running tomorrow."""
    try:
        known = bounded(pattern + "!")
    except re.error:
        return
    assert known.compiled.search(unit * 60) is None
