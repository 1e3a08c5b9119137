"""Paths of the spec language: `a.b[0].c`, `a[*].b`, `["x.y"]`, as steps that are followed down a plain tree."""

import re
from typing import Any

Value = Any
_STEP = re.compile(r"""\.?(?:\["([^"]*)"\]|\[(\*|-?\d+)\]|([^.\[\]]+))""")


class SpecError(ValueError):
    """A spec cannot be used; the sentence names the spec, the line, the place in it and the reason.

    place   `own.yaml: blocks[1].fields.title`; the part behind the name leads through the document
    key     what is meant of an object at the place, where that is not the object itself
    line    in the spec's text, counted from 1; 0 until it was looked up
    """

    def __init__(self, place: str, reason: str, *, key: str = "", line: int = 0) -> None:
        name, mark, rest = place.partition(": ")
        told = f"{name}: line {line}{mark}{rest}" if line else place
        super().__init__(f"{told}: {reason}")
        self.place = place
        self.reason = reason
        self.key = key
        self.line = line


def steps_of(path: str) -> tuple[str | int, ...]:
    """The steps of a path that starts at the document. Raises: SpecError."""
    return steps_in(path.removeprefix("$."), path, path)


def steps_in(text: str, whole: str, place: str) -> tuple[str | int, ...]:
    """The steps of a path, or of the part of it behind its start. Raises: SpecError naming the place."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None or match.end() == at:
            raise SpecError(place, f"{whole!r} is no path; it goes wrong at {text[at:]!r}")
        quoted, index, name = match.groups()
        if quoted is not None:
            steps.append(quoted)
        elif name is not None:
            steps.append(name.strip())
        else:
            steps.append("*" if index == "*" else int(index))
        at = match.end()
    return tuple(steps)


def follow(value: Value, steps: tuple[str | int, ...]) -> Value:
    """Walk a plain tree; None where it ends early. `*` gives a flat list of what lies beyond each element."""
    for number, step in enumerate(steps):
        if step == "*":
            rest = steps[number + 1 :]
            items = spread(value, has_more=bool(rest))
            found: list[Value] = []
            for item in items:
                one = follow(item, rest)
                found.extend(one if isinstance(one, list) else [one])
            return [one for one in found if one is not None]
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            value = value[0].get(step)
        else:
            return None
        if value is None:
            return None
    return value


def spread(value: Value, *, has_more: bool) -> list[Value]:
    """What `[*]` stands for. An object that is a single element (of XML, or of a list that was left out) is a list of one."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) else [value]
    is_element = any(key[:1] in "@#" for key in value if isinstance(key, str))
    if is_element or (has_more and not all(isinstance(item, dict | list) for item in value.values())):
        return [value]
    return list(value.values())
