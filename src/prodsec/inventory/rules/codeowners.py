"""CODEOWNERS: who owns which file. The last matching pattern of a section decides.

Source: GitLab's "Code Owners syntax" and GitHub's "About code owners". Patterns follow gitignore without negation:
`/` at the start anchors, a pattern without inner `/` matches at any depth, `*` stays within a folder, `**` crosses
folders, a trailing `/` takes everything below. Sections (`[Name]`, `^[Name][2] @default`) may give default owners; where several
sections match a file, the first section with an owner we know decides.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

MOST_RULES = 20_000
_SECTION = re.compile(r"^\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>.*)$")
_PARTS = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True)
class OwnerRule:
    """One line: files that match belong to these owners (as written: `@group/team`, e-mail). No owners: nobody's."""

    pattern: str
    owners: tuple[str, ...]
    matches: Callable[[str], bool]
    section: int
    line: int


@dataclass(frozen=True)
class Codeowners:
    """A file's rules in order, and the lines that could not be read as `line N: reason`."""

    rules: tuple[OwnerRule, ...]
    problems: tuple[str, ...]

    def owners_of(self, file: str) -> list[tuple[str, ...]]:
        """The owners of a path, one entry a section in which it is owned."""
        path = file.lstrip("/")
        found: dict[int, tuple[str, ...]] = {}
        for rule in self.rules:
            if rule.matches(path):
                found[rule.section] = rule.owners
        return [owners for _, owners in sorted(found.items()) if owners]


def parse(text: str) -> Codeowners:
    """Read a CODEOWNERS file. Never raises: what cannot be read is a problem with its line."""
    rules: list[OwnerRule] = []
    problems: list[str] = []
    sections: dict[str, int] = {}
    section, defaults = 0, tuple[str, ...]()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if header := _SECTION.match(line):
            section = sections.setdefault(header["name"].lower(), len(sections) + 1)
            defaults = _owners(header["owners"].split())
            continue
        if line.startswith("!"):
            problems.append(f"line {number}: negation with ! is not supported in CODEOWNERS")
            continue
        if len(rules) >= MOST_RULES:
            problems.append(f"line {number}: only the first {MOST_RULES} rules are used")
            break
        pattern, *rest = _PARTS.findall(line.split(" #", 1)[0])
        rules.append(OwnerRule(pattern, _owners(rest) or defaults, matcher(pattern), section, number))
    return Codeowners(tuple(rules), tuple(problems))


def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether a path without leading slash matches a pattern."""
    compiled = re.compile(_expression(pattern))
    return lambda path: compiled.fullmatch(path) is not None


def _owners(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if "@" in word)


def _expression(pattern: str) -> str:
    """The pattern as a regular expression without nested repetition, so that matching takes linear time."""
    text = re.sub(r"\\(.)", r"\1", pattern)
    anchored = text.startswith("/") or "/" in text.rstrip("/")
    below = text.endswith("/")
    body = text.strip("/")
    if body in ("*", "**", ""):
        return r"[^/]+" if text == "/*" else r".*"
    out = []
    for piece in re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body):
        out.append(_PIECES.get(piece, re.escape(piece)))
    # A pattern that names a folder takes all it holds; one whose last part has a star names files only when anchored.
    tail = r"/.*" if below else ("" if anchored and body.endswith("*") else r"(?:/.*)?")
    return (r"" if anchored else r"(?:.*/)?") + "".join(out) + tail


_PIECES = {"**/": r"(?:.*/)?", "/**": r"/.*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
