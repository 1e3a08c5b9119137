"""Regular expressions of specs: what a pattern can cost at worst, told from its shape before it ever runs.

Reports are hostile and whoever writes a spec is in a hurry, so a pattern may not be able to take for ever. It is taken apart
by the parser of `re` itself. Where a repetition repeats something that can match one text in several ways, the time doubles
with each character: such a pattern is refused. Repetitions in a row that can take each other's characters multiply: with each
one the pattern sees less of the text, and one too many is refused. See docs/decisions/0018.
"""

import functools
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SEEN_CHARACTERS = {0: 10_000, 1: 10_000, 2: 10_000, 3: 1_000}
"""How much of a text a pattern of this order sees; at the worst that is about a second for a row."""
LONGEST_PATTERN = 1_000
_MANY = 10
_PARSER: Any = importlib.import_module("re._parser")
# Every Latin sign by its code; all others by one of their sort: a letter, a digit, a space, a mark.
_OTHERS = {256: "ж", 257: "٣", 258: "\u2003", 259: "…"}
_SIGNS = {**{code: chr(code) for code in range(256)}, **_OTHERS}
_ANYTHING = frozenset(_SIGNS)

Parsed = Any
Signs = frozenset[int]


@dataclass(frozen=True)
class Pattern:
    """A pattern that was found to be bounded. `seen_characters`: how much of a text it is shown."""

    compiled: re.Pattern[str]
    seen_characters: int


@functools.lru_cache(maxsize=2048)
def bounded(text: str, *, from_start: bool = False) -> Pattern:
    """The pattern, compiled. `from_start`: it is tried at the start of a text only.

    Raises: re.error with the reason when it is none, or could take for ever.
    """
    if len(text) > LONGEST_PATTERN:
        raise re.error(f"it is longer than {LONGEST_PATTERN} characters")
    try:
        parsed = list(_PARSER.parse(text, re.DOTALL))
        compiled = re.compile(text, re.DOTALL)
    except (RecursionError, OverflowError):
        raise re.error("it is nested too deep") from None
    _refuse_doubling(parsed)
    order = _order(parsed, from_start=from_start)
    if order not in SEEN_CHARACTERS:
        raise re.error(
            "too many repetitions can take each other's characters, so it could take for ever; begin with ^, "
            "or let each take less, as [^:]* for .*"
        )
    return Pattern(compiled, SEEN_CHARACTERS[order])


def _order(parsed: Parsed, *, from_start: bool) -> int:
    """The power of the text's length with which the time grows."""
    begins = str(parsed[0][1]) if parsed and _name(parsed[0]) == "AT" else ""
    starts = 0 if from_start or begins in ("AT_BEGINNING", "AT_BEGINNING_STRING") else 1
    repeats, ambiguous = _repeats(parsed, frozenset())
    return starts + (repeats > 0) + ambiguous


def _repeats(parsed: Parsed, behind: Signs) -> tuple[int, int]:
    """How many long repetitions stand in a row, and how many of them what follows can take characters from."""
    repeats = ambiguous = 0
    for at, item in enumerate(parsed):
        follows = _first_of(parsed[at + 1 :], behind)
        name, value = _name(item), item[1]
        if name in ("MAX_REPEAT", "MIN_REPEAT") and value[1] - value[0] >= _MANY:
            repeats += 1
            ambiguous += bool(_first_of(value[2], frozenset()) & follows)
        for group in _alternatives(item):
            inner, mixed = _repeats(group, follows) if name not in ("MAX_REPEAT", "MIN_REPEAT") else (0, 0)
            repeats += inner
            ambiguous += mixed
    return repeats, ambiguous


def _refuse_doubling(parsed: Parsed, repeated: Signs | None = None) -> None:
    """Refuse a repetition of what can match in several ways. `repeated`: what the repetition around may begin with again."""
    for at, item in enumerate(parsed):
        name, value = _name(item), item[1]
        if repeated is not None:
            follows = _first_of(parsed[at + 1 :], repeated)
            is_repeat = name in ("MAX_REPEAT", "MIN_REPEAT") and value[1] > value[0]
            if is_repeat and _first_of(value[2], frozenset()) & follows:
                raise re.error("a repetition within a repetition can take for ever")
            if name == "BRANCH" and _overlap(_first_of(branch, follows) for branch in value[1]):
                raise re.error("alternatives that begin alike, within a repetition, can take for ever")
            if name in ("GROUPREF", "GROUPREF_EXISTS"):
                raise re.error("a reference to a group within a repetition can take for ever")
        inside = repeated
        if name in ("MAX_REPEAT", "MIN_REPEAT") and value[1] > 1:
            inside = _first_of(value[2], frozenset())
        elif name in ("ATOMIC_GROUP", "POSSESSIVE_REPEAT"):
            inside = None
        for group in _alternatives(item):
            _refuse_doubling(group, inside)


def _alternatives(item: Any) -> list[Parsed]:
    """What stands inside an item: one sequence, or several of which one matches."""
    name, value = _name(item), item[1]
    if name == "BRANCH":
        return [list(branch) for branch in value[1]]
    if name == "SUBPATTERN":
        return [list(value[3])]
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [list(value[2])]
    if name == "ATOMIC_GROUP":
        return [list(value)]
    if name in ("ASSERT", "ASSERT_NOT"):
        return [list(value[1])]
    return [list(part) for part in value[1:] if part] if name == "GROUPREF_EXISTS" else []


def _first_of(parsed: Parsed, behind: Signs) -> Signs:
    """The signs a sequence may begin with; those of what stands behind it, where it may be empty."""
    found: Signs = frozenset()
    for item in parsed:
        signs, may_be_empty = _first(item)
        found |= signs
        if not may_be_empty:
            return found
    return found | behind


def _first(item: Any) -> tuple[Signs, bool]:
    name, value = _name(item), item[1]
    if name in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
        return _signs(name, value), False
    if name in ("AT", "ASSERT", "ASSERT_NOT"):
        return frozenset(), True
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        signs, may_be_empty = _first_of_any([list(value[2])])
        return signs, may_be_empty or value[0] == 0
    if name in ("GROUPREF", "GROUPREF_EXISTS"):
        return _ANYTHING, True
    return _first_of_any(_alternatives(item))


def _first_of_any(groups: list[Parsed]) -> tuple[Signs, bool]:
    signs: Signs = frozenset()
    may_be_empty = False
    for group in groups:
        inside = [_first(item) for item in group]
        signs |= _first_of(group, frozenset())
        may_be_empty |= all(empty for _, empty in inside)
    return signs, may_be_empty


@functools.lru_cache(maxsize=1024)
def _class_signs(name: str, shown: str) -> Signs:
    """By trying: the class says itself which signs it takes."""
    one = re.compile(shown, re.DOTALL)
    return frozenset(code for code, sign in _SIGNS.items() if one.fullmatch(sign))


def _code(value: int) -> int:
    """A sign's own code, or that of its sort."""
    if value < 256:
        return value
    sign = chr(value)
    return 257 if sign.isdigit() else 256 if sign.isalnum() else 258 if sign.isspace() else 259


def _signs(name: str, value: Any) -> Signs:
    if name == "ANY":
        return _ANYTHING
    if name == "LITERAL":
        return frozenset({_code(value)})
    if name == "NOT_LITERAL":
        return _ANYTHING - ({value} if value < 256 else set())
    found: set[int] = set()
    negated = False
    for item in value:
        kind, what = _name(item), item[1]
        if kind == "NEGATE":
            negated = True
        elif kind == "LITERAL":
            found.add(_code(what))
        elif kind == "RANGE":
            found |= {_code(code) for code in range(what[0], min(what[1], 255) + 1)}
            found |= set(_OTHERS) if what[1] > 255 else set()
        else:
            found |= _class_signs(kind, _CATEGORIES[str(what)])
    return (_ANYTHING - found) | set(_OTHERS) if negated else frozenset(found)


_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip


def _overlap(sets: Iterable[Signs]) -> bool:
    seen: set[int] = set()
    for signs in sets:
        if seen & signs:
            return True
        seen |= signs
    return False


def _name(item: Any) -> str:
    return str(item[0])
