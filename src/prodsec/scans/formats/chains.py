"""The filters behind a value: taken apart as a spec writes them, and applied as one function.

Reports repeat themselves: names, paths and words come again and again. What the filters made of a short text is remembered.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from prodsec.scans.formats.filters import FILTERS
from prodsec.scans.formats.paths import SpecError

if TYPE_CHECKING:
    from prodsec.scans.formats.expressions import Expression, Scope

Value = Any
_REMEMBERED_CHARACTERS, _REMEMBERED_VALUES = 300, 2_000
_LONGEST_ARGUMENT = 1_000
_FILTER = re.compile(r"([a-z][a-z0-9_]*)(?:\((.*)\))?$", re.S)
_ARGUMENT = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|(-?\d+))\s*(?:,|$)")


def split(text: str, separator: str, place: str) -> list[str]:
    """Split outside of quotes and parentheses."""
    parts, depth, quoted, start, at = [], 0, False, 0, 0
    while at < len(text):
        sign = text[at]
        if sign == "\\" and quoted:
            at += 1
        elif sign == "'":
            quoted = not quoted
        elif not quoted and text.startswith('["', at):
            at = max(text.find('"]', at), at) + 1  # a quoted key may hold any sign
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
        elif not quoted and depth == 0 and text.startswith(separator, at):
            parts.append(text[start:at])
            at += len(separator)
            start = at
            continue
        at += 1
    if quoted or depth:
        raise SpecError(place, f"a quote or parenthesis is not closed in {text!r}")
    parts.append(text[start:])
    return [part.strip() for part in parts]


def filtered(source: "Expression", names: list[str], place: str) -> "Expression":
    """A value with filters behind it, which are one function: a text is looked up once for all of them."""
    filters = [_filter(name.strip(), place) for name in names]

    def work_out(value: Value) -> Value:
        for function, arguments, of_nothing in filters:
            value = of_nothing if value is None else function(value, *arguments)
        return value

    of_none = work_out(None)
    known: dict[str, Value] = {}

    def apply(scope: "Scope") -> Value:
        value = source(scope)
        if value is None:
            return of_none
        if type(value) is not str or len(value) > _REMEMBERED_CHARACTERS:
            return work_out(value)
        found = known.get(value, known)
        if found is known:
            if len(known) >= _REMEMBERED_VALUES:
                known.clear()
            found = known[value] = work_out(value)
        return found

    return apply


def _filter(text: str, place: str) -> tuple[Callable[..., Value], list[str | int], Value]:
    """A filter's function, its arguments, and what it makes of nothing."""
    match = _FILTER.match(text)
    if match is None or match[1] not in FILTERS:
        raise SpecError(place, f"there is no filter {text!r}; known are {', '.join(sorted(FILTERS))}")
    function = FILTERS[match[1]]
    arguments = _arguments(match[2] or "", text, place)
    try:
        of_nothing = function(None, *arguments)
    except TypeError:
        raise SpecError(place, f"{text!r} has the wrong number of arguments") from None
    except re.error as error:
        raise SpecError(place, f"{text!r} has no valid pattern: {error}") from None
    return function, arguments, of_nothing


def _arguments(text: str, whole: str, place: str) -> list[str | int]:
    arguments: list[str | int] = []
    at = 0
    while at < len(text):
        match = _ARGUMENT.match(text, at)
        if match is None:
            raise SpecError(place, f"arguments are quoted texts or numbers, in {whole!r}")
        if match.end() - at > _LONGEST_ARGUMENT:
            raise SpecError(place, f"an argument is longer than {_LONGEST_ARGUMENT} characters")
        arguments.append(int(match[2]) if match[2] is not None else match[1].replace("\\'", "'"))
        at = match.end()
    return arguments
