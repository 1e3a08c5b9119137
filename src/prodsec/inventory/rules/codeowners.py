r"""CODEOWNERS: who owns which file. The last matching line of a section decides.

Source: GitLab "Syntax of CODEOWNERS file" and "Advanced CODEOWNERS configuration", GitHub "About code owners".

A pattern that starts with `/` is meant from the root; any other at every depth (GitHub: only when it has no inner `/`).
`*` and `?` stay within a folder, `**` crosses folders, a `/` at the end takes all below, and so does a name without
wildcard that turns out to be a folder. `\` takes a character as it is (`\ `, `\#`). Sections (`[Name]`,
`^[Name][2] @default`) may give default owners; `!pattern` takes files out of its section. Sets (`[a-z]`) and roles
(`@@maintainer`) are not read. Where several sections match a file, the first one with an owner we know decides.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_RULES = 20_000
LONGEST_PATTERN = 1_000
_SECTION = re.compile(r"\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?:\s+(?P<owners>.*))?")
_WORDS = re.compile(r"(?:\\.|[^\s\\])+")
_SIGNS = re.compile(r"\\(.)|(\*+)|(\?)|(.)", re.DOTALL)
_PLAIN_FIRST_PART = re.compile(r"/([^/*?\\]+)/")

Matcher = Callable[[str], object]


@dataclass(frozen=True)
class OwnerRule:
    """One line: files that match belong to these owners (as written: `@group/team`, e-mail). No owners: nobody's."""

    pattern: str
    owners: tuple[str, ...]
    matches: Matcher
    section: int
    line: int
    excludes: bool = False


@dataclass(frozen=True)
class Codeowners:
    """A file's rules in order, and the lines that could not be read as `line N: reason`."""

    rules: tuple[OwnerRule, ...]
    problems: tuple[str, ...]
    _anywhere: list[OwnerRule] = field(default_factory=list, init=False, repr=False)
    _below: dict[str, list[OwnerRule]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the rules by the top folder they name, so that a file is not tried against those of other folders."""
        for rule in self.rules:
            if top := _PLAIN_FIRST_PART.match(rule.pattern):
                self._below.setdefault(top[1], []).append(rule)
            else:
                self._anywhere.append(rule)

    def owners_of(self, file: str) -> list[tuple[str, ...]]:
        """The owners of a path, one entry a section in which it is owned, in the order of the sections."""
        path = file.lstrip("/")
        found: dict[int, OwnerRule] = {}
        excluded = set()
        for rules in (self._anywhere, self._below.get(path.partition("/")[0], ())):
            for rule in rules:
                if rule.matches(path):
                    if rule.excludes:
                        excluded.add(rule.section)
                    elif rule.section not in found or found[rule.section].line < rule.line:
                        found[rule.section] = rule
        return [rule.owners for section, rule in sorted(found.items()) if rule.owners and section not in excluded]


def parse(text: str, *, is_github: bool = False) -> Codeowners:
    """Read a CODEOWNERS file. Never raises: what cannot be read is a problem with its line."""
    rules: list[OwnerRule] = []
    problems: list[str] = []
    sections: dict[str, int] = {}
    section, defaults = 0, tuple[str, ...]()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if header := _SECTION.fullmatch(line):
            section = sections.setdefault(header["name"].strip().lower(), len(sections) + 1)
            defaults = _owners((header["owners"] or "").split())
            continue
        if len(rules) >= MOST_RULES:
            problems.append(f"line {number}: only the first {MOST_RULES} rules are used")
            break
        excludes = line.startswith("!")
        pattern, *rest = _WORDS.findall(line.removeprefix("!").split(" #", 1)[0]) or [""]
        if not pattern.strip("/") or len(pattern) > LONGEST_PATTERN:
            problems.append(f"line {number}: there is no pattern, or one of more than {LONGEST_PATTERN} characters")
            continue
        owners = () if excludes else _owners(rest) or defaults
        rules.append(OwnerRule(pattern, owners, matcher(pattern, is_github=is_github), section, number, excludes))
    return Codeowners(tuple(rules), tuple(problems))


def matcher(pattern: str, *, is_github: bool = False) -> Matcher:
    """A function that is true for the paths (without leading slash) that a pattern means."""
    return re.compile(_expression(pattern, is_github=is_github), re.DOTALL).fullmatch


def _owners(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if "@" in word and not word.startswith("@@"))


def _expression(pattern: str, *, is_github: bool) -> str:
    """The pattern as a regular expression in which no star is tried twice.

    A star (or `**`) takes as little as it can until what follows it fits, and that choice is kept: an earlier fit leaves
    more for what comes after, so a later one is never needed. Hence atomic groups, and time that grows with the square
    of the path's length at most, whatever the pattern.
    """
    parts = pattern.strip("/").split("/")
    is_anchored = pattern.startswith("/") or (is_github and len(parts) > 1)
    runs: list[list[str]] = [[]]
    for part in parts if is_anchored else ["**", *parts]:
        if part == "**":
            runs.append([])
        else:
            runs[-1].append(_part_expression(part))
    below = ""
    if pattern.endswith("/") or parts[-1] == "**":
        below = r"/.+"
    elif not _has_wildcard(parts[-1]):
        below = r"(?:/.+)?"
    out = "/".join(runs[0])
    floating = ["/".join(run) for run in runs[1:] if run]
    for number, run in enumerate(floating, start=1):
        slash = "/" if out else ""
        anywhere = rf"(?:[^/]+/)*?{run}"
        out += slash + (anywhere if number == len(floating) and not below else rf"(?>{anywhere}(?=/|\Z))")
    return out + below if out else r".+"


def _has_wildcard(part: str) -> bool:
    return any(stars or question for _, stars, question, _ in _SIGNS.findall(part))


def _part_expression(part: str) -> str:
    """One part of a path, up to the next slash."""
    pieces: list[str] = [""]
    for escaped, stars, question, sign in _SIGNS.findall(part):
        if stars:
            pieces.append("")
        else:
            pieces[-1] += r"[^/]" if question else re.escape(escaped or sign)
    head, *rest = pieces
    if not rest:
        return head
    *inner, last = rest
    return head + "".join(rf"(?>[^/]*?{piece})" for piece in inner if piece) + rf"[^/]*{last}(?=/|\Z)"
