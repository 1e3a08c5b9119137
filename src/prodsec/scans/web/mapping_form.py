"""The page on which a format is described: what a form says as a draft, and a sample's tree with what a click on it does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.scans.formats.apart import Looked
from prodsec.scans.formats.drafts import Draft
from prodsec.scans.formats.outline import Node, RowList, Value
from prodsec.scans.formats.trial import Trial
from prodsec.vocabulary.kinds import Kind

_MOST_BRANCHES = 1_500
_LONGEST = 2_000

FACTS: tuple[tuple[Promise, tuple[tuple[str, Promise], ...]], ...] = (
    (
        _("What it is"),
        (
            ("title", _("Title")), ("rule", _("Rule")), ("severity", _("Severity")), ("description", _("Description")),
            ("message", _("Message")), ("remedy", _("Remedy")), ("references", _("References")), ("ids", _("Vulnerability ids")),
            ("cwes", _("Weaknesses (CWE)")), ("cvss", _("CVSS vector")), ("score", _("CVSS score")), ("tags", _("Tags")),
            ("status", _("Status")), ("fingerprint", _("Fingerprint")), ("first_seen_at", _("First seen")),
        ),
    ),
    (
        _("Where it is"),
        (
            ("file", _("File")), ("line", _("Line")), ("end_line", _("Last line")), ("column", _("Column")),
            ("function", _("Function")), ("snippet", _("Code")), ("url", _("Address")), ("method", _("Method")),
            ("parameter", _("Parameter")), ("host", _("Host")), ("port", _("Port")), ("protocol", _("Protocol")),
            ("resource", _("Resource")), ("region", _("Region")), ("account", _("Account")), ("image", _("Image")),
        ),
    ),
    (
        _("Package"),
        (
            ("package", _("Package")), ("version", _("Version")), ("fixed", _("Fixed version")),
            ("ecosystem", _("Ecosystem")), ("purl", _("Package address (purl)")),
        ),
    ),
)  # fmt: skip
RUN: tuple[tuple[str, Promise], ...] = (
    ("version", _("Version of the tool")), ("target", _("What was scanned")), ("scanned_at", _("When it was scanned")),
    ("tool", _("Name of the tool, where the report says it")),
)  # fmt: skip
_ALWAYS = frozenset({"title", "rule", "severity", "description", "file", "line", "remedy", "references"})


@dataclass(frozen=True)
class Field:
    """A fact's field."""

    name: str
    label: Promise
    value: str


@dataclass(frozen=True)
class Group:
    """Fields of one sort: those that are shown, and those that are folded away because they are seldom there."""

    label: Promise
    shown: list[Field]
    folded: list[Field]


@dataclass(frozen=True)
class Word:
    """A word of the tool for a severity: `told` is what the person said, `read_as` what it is read as."""

    word: str
    count: int
    told: str
    read_as: str


@dataclass(frozen=True)
class Branch:
    """A branch of the sample's tree. `each`: what to press to take it for the rows; `take`: the path that a click fills in."""

    key: str
    kinds: str
    count: int
    examples: tuple[str, ...]
    each: str | None
    is_rows: bool
    take: str
    children: "list[Branch]"
    more: int
    is_open: bool


def draft_from(given: QueryDict) -> Draft:
    """What the form says."""

    def text(name: str) -> str:
        return given.get(name, "").strip()[:_LONGEST]

    facts = [name for _label, fields in FACTS for name, _name in fields]
    words = zip(given.getlist("word"), given.getlist("severity_of_word"), strict=False)
    return Draft(
        id=text("id"),
        title=text("title"),
        tool=text("tool"),
        kind=text("kind"),
        reader=text("reader"),
        each=given.get("each", "")[:_LONGEST].rstrip(),
        replaces="replaces" in given,
        run={name: text(f"run.{name}") for name, _label in RUN if text(f"run.{name}")},
        fields={name: text(f"fact.{name}") for name in facts if text(f"fact.{name}")},
        severities={word.strip().lower(): ours for word, ours in words if word.strip() and ours},
        marks=tuple(line.strip() for line in given.get("marks", "")[: 10 * _LONGEST].splitlines() if line.strip()),
    )


def taken(draft: Draft, fact: str, path: str) -> Draft:
    """The draft with a value of the sample as a fact."""
    return replace(draft, fields={**draft.fields, fact: path})


def groups(draft: Draft) -> list[Group]:
    """The fields of the facts."""
    made = []
    for label, fields in FACTS:
        rows = [Field(name, named, draft.fields.get(name, "")) for name, named in fields]
        shown = [row for row in rows if row.value or row.name in _ALWAYS]
        made.append(Group(label, shown, [row for row in rows if row not in shown]))
    return made


def run_fields(draft: Draft) -> list[Field]:
    """The fields of the whole report."""
    return [Field(name, label, draft.run.get(name, "")) for name, label in RUN]


def words(draft: Draft, trial: Trial | None) -> list[Word]:
    """The words for severities that the sample has, and those that were told before."""
    seen = [Word(one.word, one.count, draft.severities.get(one.word.strip().lower(), ""), one.severity) for one in trial.words] if trial else []  # fmt: skip
    known = {one.word.strip().lower() for one in seen}
    return seen + [Word(word, 0, ours, ours) for word, ours in draft.severities.items() if word not in known]


def kinds() -> list[Kind]:
    """The kinds of findings."""
    return list(Kind)


def rows_of(looked: Looked, each: str) -> RowList | None:
    """The list of the sample that a draft reads."""
    return next((one for one in looked.lists if one.each == each), None)


def values_of(looked: Looked, each: str) -> tuple[Value, ...]:
    """What its rows offer, for the fields to complete."""
    rows = rows_of(looked, each)
    return rows.values if rows else ()


def tree(looked: Looked, each: str) -> Branch:
    """The sample's tree, with what can be pressed in it."""
    rows = rows_of(looked, each)
    takes = {_bare(_absolute(looked.reader, each, value.path)): value.path for value in rows.values} if rows else {}
    lists = {_bare(one.each.replace("/", ".").replace(" > ", "")): one.each for one in looked.lists}
    chosen = _bare(each.replace("/", ".").replace(" > ", ""))
    left = [_MOST_BRANCHES]

    def branch(node: Node, depth: int) -> Branch:
        left[0] -= 1
        bare = _bare(node.path)
        can_be_rows = bare in lists and (node.is_list or looked.reader == "xml")
        children = [branch(child, depth + 1) for child in node.children if left[0] > 0]
        return Branch(
            key=node.key,
            kinds=", ".join(node.kinds),
            count=node.count,
            examples=node.examples,
            each=lists[bare] if can_be_rows else None,
            is_rows=can_be_rows and bare == chosen and rows is not None,
            take="" if node.children else takes.get(bare, ""),
            children=children,
            more=node.more + len(node.children) - len(children),
            is_open=depth < 2
            or chosen.startswith(bare)
            or (rows is not None and bare.startswith(chosen) and depth < 6),
        )

    return branch(looked.root, 0)


def _absolute(reader: str, each: str, path: str) -> str:
    """Where a value of the rows stands in the document."""
    up = len(path) - len(path.lstrip("^"))
    owners = list(_owners(reader, each))
    owner = owners[up] if up < len(owners) else ""
    rest = path[up:].lstrip(".")
    return f"{owner}{rest}" if rest.startswith("[") or not owner else f"{owner}.{rest}"


def _owners(reader: str, each: str) -> Iterator[str]:
    """The rows themselves, and the objects around them, innermost first."""
    if reader == "xml":
        names = each.split("/")
        yield from (".".join(names[:length]) for length in range(len(names), 0, -1))
        return
    steps = re.findall(r'\["[^"]*"\]|\[\*\]|[^.\[\]]+', each.removeprefix(" > "))
    made, objects = "", [""]
    for number, step in enumerate(steps):
        made += step if step.startswith("[") or not made else f".{step}"
        if step == "[*]" or (number + 1 < len(steps) and steps[number + 1] != "[*]"):
            objects.append(made)
    yield from reversed(objects)


def _bare(path: str) -> str:
    return path.replace("[*]", "").strip(".")
