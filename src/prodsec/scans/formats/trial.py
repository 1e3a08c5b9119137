"""A spec tried on a file without being installed: what it reads, what it rejects, and whether the file would be told as its."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from prodsec.scans.formats import mapping
from prodsec.scans.formats.detect import Signature, Sniff, sniff
from prodsec.scans.formats.inspecting import SeverityCounts
from prodsec.scans.formats.masking import masked
from prodsec.scans.formats.registry import Entry, Format, Known, Origin, detect, readings
from prodsec.scans.formats.source import members
from prodsec.scans.types import Limits, Observation, Rejected, ReportError
from prodsec.vocabulary.severity import Severity

FIRST_ROWS = 10
_MOST_WORDS = 50
_ORDER = sorted(Severity, reverse=True)


class TriedRow(msgspec.Struct, frozen=True):
    """A row as it was read: its place, and its facts as text by their names in specs."""

    place: str
    severity: str
    title: str
    facts: dict[str, str]


class WordCount(msgspec.Struct, frozen=True):
    """A word that the tool uses for a severity, how often, and what it was read as."""

    word: str
    count: int
    severity: str


class Rival(msgspec.Struct, frozen=True):
    """Another format that takes the same reports.

    wins    whether it is told in front of this one
    always  whether every report of it also fits this spec (else: this file fits it)
    """

    id: str
    title: str
    wins: bool
    always: bool


class Trial(msgspec.Struct, frozen=True):
    """What `prodsec formats test` answers.

    rejected    the first 1,000 rows that could not be read; `rejected_count` has them all
    told_as     the format detection takes the file for; empty when it knows none
    """

    format: str
    tool: str
    tool_version: str
    target: str
    kind: str
    count: int
    severities: SeverityCounts
    words: list[WordCount]
    rows: list[TriedRow]
    rejected: list[Rejected]
    rejected_count: int
    told_as: str
    rivals: list[Rival]


def trial(text: str, path: Path, *, name: str, known: Known, limits: Limits | None = None) -> Trial:
    """Read a file by a spec that nobody else knows.

    Raises: SpecError for the spec, ReportError for the file.
    """
    limits = limits or Limits()
    spec = mapping.LazySpec(text, "spec", is_own=True)
    _ = spec.spec
    tried = Known({**known.entries, spec.id: Entry(spec, Origin.SHARED, "draft")})
    told_as, rivals = _told(spec, path, name, tried, limits)
    seen = _Seen(limits.rejected)
    header = None
    for reading in readings(path, name=name, format=spec.id, limits=limits, known=tried):
        header = header or reading.header
        for item in reading:
            seen.add(item)
    if header is None:
        raise ReportError(f"{name} holds no rows")
    return Trial(
        format=spec.id,
        tool=header.tool,
        tool_version=header.tool_version,
        target=header.target,
        kind=header.analysis.word,
        count=sum(seen.counts.values()),
        severities=SeverityCounts(*(seen.counts[severity] for severity in _ORDER)),
        words=[WordCount(word, count, severity.word) for word, (count, severity) in seen.words.items() if word],
        rows=seen.rows,
        rejected=seen.rejected,
        rejected_count=seen.rejected_count,
        told_as=told_as,
        rivals=rivals,
    )


class _Seen:
    """What was read so far."""

    def __init__(self, most_rejected: int) -> None:
        self._most_rejected = most_rejected
        self.counts = dict.fromkeys(Severity, 0)
        self.words: dict[str, tuple[int, Severity]] = {}
        self.rows: list[TriedRow] = []
        self.rejected: list[Rejected] = []
        self.rejected_count = 0

    def add(self, item: Observation | Rejected) -> None:
        """Count a row, and keep it while there is room."""
        if isinstance(item, Rejected):
            self.rejected_count += 1
            if len(self.rejected) < self._most_rejected:
                self.rejected.append(item)
            return
        self.counts[item.severity] += 1
        if item.severity_text in self.words or len(self.words) < _MOST_WORDS:
            before = self.words.get(item.severity_text, (0, item.severity))[0]
            self.words[item.severity_text] = (before + 1, item.severity)
        if len(self.rows) < FIRST_ROWS:
            self.rows.append(_row(item))


def rivals_of(spec: Format, known: Known) -> list[Rival]:
    """Formats whose every report also fits this spec."""
    return [
        Rival(other.id, other.title, wins=_strength(theirs) > _strength(mine), always=True)
        for other in known.formats.values()
        if other.id != spec.id
        for mine, theirs in [_overlap(spec, other)]
        if mine is not None and theirs is not None
    ]


def _told(spec: Format, path: Path, name: str, known: Known, limits: Limits) -> tuple[str, list[Rival]]:
    with members(path, name, limits) as found:
        try:
            told_as = detect(found[0], limits, known).id
        except ReportError:
            told_as = ""
        seen = sniff(found[0], limits)
    fitting = list(_fitting(spec, seen, known))
    more = [rival for rival in rivals_of(spec, known) if rival.id not in {one.id for one in fitting}]
    return told_as, fitting + more


def _fitting(spec: Format, seen: Sniff, known: Known) -> Iterator[Rival]:
    mine = max((one.score(seen) for one in spec.signatures), default=0)
    for other in known.formats.values():
        theirs = max((one.score(seen) for one in other.signatures), default=0)
        if other.id != spec.id and theirs:
            wins = theirs > mine or (theirs == mine and other.id < spec.id)
            yield Rival(other.id, other.title, wins=wins, always=False)


def _overlap(spec: Format, other: Format) -> tuple[Signature | None, Signature | None]:
    for mine in spec.signatures:
        for theirs in other.signatures:
            if _conditions(mine) and _conditions(mine) <= _conditions(theirs):
                return mine, theirs
    return None, None


def _conditions(one: Signature) -> frozenset[tuple[str, str]]:
    """What has to hold, as a set; the more, the fewer reports."""
    return frozenset(
        [("json", path) for path in (*one.json, *one.equals)]
        + [("equals", f"{path}={pattern.lower()}") for path, patterns in one.equals.items() for pattern in patterns]
        + [("xml", name) for name in one.xml]
        + [("element", name) for name in one.elements]
        + [("attribute", f"{name}={pattern}") for name, pattern in one.attributes.items()]
        + [("column", name.lower()) for name in one.columns]
        + [("line", pattern) for pattern in one.lines_like]
        + ([("title", one.title.lower())] if one.title else [])
        + [("named", pattern) for pattern in one.named]
        + [("nothing", text) for text in one.nothing]
    )


def _strength(one: Signature | None) -> int:
    return len(_conditions(one)) + one.weight if one else 0


def _row(item: Observation) -> TriedRow:
    plain = msgspec.to_builtins(masked(item))
    facts: dict[str, str] = {}
    for name, value in plain.items():
        if name in ("kind", "severity", "title", "pointer", "rule"):
            continue
        inner = value if isinstance(value, dict) else {name: value}
        for fact, one in inner.items():
            text = ", ".join(map(_text, one)) if isinstance(one, list | tuple) else _text(one)
            if text:
                facts[_FACT.get(str(fact), str(fact)) if name == "component" else str(fact)] = text[:500]
    return TriedRow(item.pointer, item.severity.word, item.title, {"rule": item.rule, **facts})


_FACT = {"name": "package", "type": "ecosystem", "fixed_versions": "fixed"}


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ":".join(str(part) for part in value.values() if part)
    return "" if value is None else str(value)
