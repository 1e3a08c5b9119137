"""The text of a spec: YAML into a plain tree, what no stranger's text may hold, and the line of what is wrong."""

import re
from typing import Any

import yaml

from prodsec.scans.formats.paths import SpecError

Tree = Any
LONGEST = 64_000
_DEEPEST = 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BETWEEN = re.compile(r"[.:\s]*")
_INDEX = re.compile(r"\[(\d+)\]")
_ENDS = ("", ".", ":", "[", " ")


def parsed(text: str, name: str) -> dict[str, Any]:
    """The document as a plain tree. `name` is the file's, for messages. Raises: SpecError with the line and the reason."""
    try:
        given = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, in C where it is there
    except yaml.YAMLError as error:
        raise _no_yaml(error, name) from None
    except (ValueError, TypeError, RecursionError) as error:
        raise SpecError(name, f"not valid YAML: {error}") from None
    if not isinstance(given, dict):
        raise SpecError(name, "a spec is an object", line=1)
    return given


def refuse_hostile(text: str, name: str) -> None:
    """Refuse what a spec needs not and what could blow up: great length or depth, aliases, tags, a key that is there twice.

    Raises: SpecError with the line. For every text that did not come with the program.
    """
    if len(text) > LONGEST:
        raise SpecError(name, f"a spec has at most {LONGEST} characters, this one {len(text)}")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise SpecError(name, "anchors and aliases (& and *) are not for specs; write it out", line=line)
            if tag := getattr(event, "tag", None):
                raise SpecError(name, f"a tag ({tag}) is not for specs", line=line)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise SpecError(name, f"nested deeper than {_DEEPEST} levels", line=line)
        _refuse_doubles(yaml.compose(text, Loader=_LOADER), name)
    except yaml.YAMLError as error:
        raise _no_yaml(error, name) from None


def located(error: SpecError, text: str, name: str) -> SpecError:
    """The same error with the line in the text that it speaks of."""
    if error.line:
        return error
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError):
        return error
    rest = error.place.removeprefix(name)
    node, line = _walk(root, rest)
    if node is root and rest:
        node, line = _walk(root, re.sub(r"^[:\s]*blocks\[\d+\]", "", rest))  # said once for all blocks
    if error.key:
        inner, inner_line = _walk(node, error.key)
        line = inner_line if inner is not node else line
    return SpecError(error.place, error.reason, key=error.key, line=line)


def _walk(node: Any, rest: str) -> tuple[Any, int]:
    """The node that a place leads to, as far as it leads, and the line where it is named."""
    found, line = node, node.start_mark.line + 1 if node is not None else 1
    while True:
        rest = rest[_end(_BETWEEN.match(rest)) :]
        index = _INDEX.match(rest)
        if index and isinstance(found, yaml.SequenceNode) and int(index[1]) < len(found.value):
            found, rest = found.value[int(index[1])], rest[index.end() :]
            line = found.start_mark.line + 1
        elif index and not isinstance(found, yaml.SequenceNode) and int(index[1]) == 0:
            rest = rest[index.end() :]  # a single one may stand for a list
        elif (named := _named(found, rest)) is not None:
            key, found = named
            line, rest = key.start_mark.line + 1, rest[len(key.value) :]
        else:
            return found, line


def _named(node: Any, rest: str) -> tuple[Any, Any] | None:
    """The key and the value of the member with which the rest of a place begins; the longest, as keys may have dots."""
    members = node.value if rest and isinstance(node, yaml.MappingNode) else []
    fitting = [
        (key, value)
        for key, value in members
        if isinstance(key.value, str) and rest.startswith(key.value) and rest[len(key.value) :][:1] in _ENDS
    ]
    return max(fitting, key=lambda one: len(one[0].value)) if fitting else None


def _end(match: "re.Match[str] | None") -> int:
    return match.end() if match else 0


def _refuse_doubles(node: Any, name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                raise SpecError(name, f"{key.value!r} is there twice", line=key.start_mark.line + 1)
            seen.add(str(key.value))
            _refuse_doubles(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubles(item, name)


def _no_yaml(error: yaml.YAMLError, name: str) -> SpecError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return SpecError(name, f"not valid YAML: {problem}", line=mark.line + 1 if mark else 1)
