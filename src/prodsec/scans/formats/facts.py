"""From the values of a spec's fields to an `Observation`: each fact read by its own rule, in any way tools write it."""

import re
from collections.abc import Callable
from typing import Any

from prodsec.scans.formats.dates import date
from prodsec.scans.formats.expressions import Expression, Scope
from prodsec.scans.formats.filters import FILTERS, text_of
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import cvss, cwe, identifiers, purls
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place, Step
from prodsec.vocabulary.severity import Severity

Value = Any
LONGEST_TEXT, LONGEST_LINE, LONGEST_TITLE = 64_000, 2_000, 400
MOST_ITEMS = 200
_SPACES = re.compile(r"\s+")
_URL = re.compile(r"https?://[^\s<>\"'\])]+")


def text(value: Value) -> str:
    """Text of any length up to the limit, without NUL and with plain line ends."""
    found = text_of(value)
    if "\x00" in found or "\r" in found:
        found = found.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    found = found.strip()
    return found if len(found) <= LONGEST_TEXT else found[: LONGEST_TEXT - 1] + "…"


def line(value: Value) -> str:
    """Text on one line."""
    found = text_of(value).strip()
    if "\n" in found or "\t" in found or "\x00" in found or "\r" in found:
        found = _SPACES.sub(" ", found.replace("\x00", "")).strip()
    return found if len(found) <= LONGEST_LINE else found[: LONGEST_LINE - 1] + "…"


def title(value: Value) -> str:
    """A title: one line, not endless."""
    found = line(value)
    return found if len(found) <= LONGEST_TITLE else found[: LONGEST_TITLE - 1] + "…"


def whole(value: Value) -> int | None:
    """A number from 0 up, out of a number or a text that begins with one."""
    number = FILTERS["number"](value)
    return int(number) if number is not None and 0 <= number < 2**31 else None


def _line_number(value: Value) -> int | None:
    return whole(value) or None


def _port(value: Value) -> int | None:
    number = whole(value)
    return number if number is not None and 0 < number < 65536 else None


def _score(value: Value) -> float | None:
    number = FILTERS["number"](value)
    return cvss.checked_score(number) if number is not None else None


def _epss(value: Value) -> float | None:
    number = FILTERS["number"](value)
    return number if number is not None and 0.0 <= number <= 1.0 else None


def _texts(value: Value) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    found = dict.fromkeys(line(item) for item in items if item not in (None, "", {}))
    found.pop("", None)
    return tuple(found)[:MOST_ITEMS]


def references(value: Value) -> tuple[str, ...]:
    """Addresses, out of a list or out of any text."""
    return tuple(dict.fromkeys(match.rstrip(".,;") for match in _URL.findall(text_of(value))))[:MOST_ITEMS]


def ids(value: Value) -> tuple[str, ...]:
    """Vulnerability ids: those a text names; a list's items as they are."""
    if isinstance(value, list):
        found = [
            identifier for item in value for identifier in (identifiers.ids_in(text_of(item)) or (line(item).upper(),))
        ]
    else:
        found = list(identifiers.ids_in(text_of(value)))
    return tuple(dict.fromkeys(identifier for identifier in found if identifier))[:MOST_ITEMS]


def cwes(value: Value) -> tuple[int, ...]:
    """CWE numbers, in the order they are named."""
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(number for item in items for number in cwe.numbers_in(text_of(item)[:20_000])))


def status(value: Value) -> Status:
    """What the tool says of the row, in our words; open when it says something else."""
    try:
        return Status(text_of(value).strip().lower())
    except ValueError:
        return Status.OPEN


def _flow(value: Value) -> tuple[Step, ...]:
    steps = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            steps.append(
                Step(file=line(item.get("file")), line=_line_number(item.get("line")), text=text(item.get("text")))
            )
    return tuple(steps[:MOST_ITEMS])


_READ: dict[str, Callable[[Value], Value]] = {
    "rule": line, "title": title, "description": text, "message": text, "remedy": text, "snippet": text,
    "fingerprint": line, "secret": text, "secret_hash": line, "justification": text, "score": _score, "epss": _epss,
    "references": references, "ids": ids, "cwes": cwes, "cvss": lambda value: cvss.vectors_in(text_of(value)[:20_000]), "tags": _texts,
    "flow": _flow, "status": status, "first_seen_at": date, "published_at": date, "fix_available_at": date,
}  # fmt: skip
_PLACE: dict[str, Callable[[Value], Value]] = {
    "file": line, "line": _line_number, "end_line": _line_number, "column": _line_number, "end_column": _line_number,
    "function": line, "url": line, "method": lambda value: line(value).upper(), "parameter": line, "host": line, "port": _port,
    "protocol": lambda value: line(value).lower(), "resource": line, "region": line, "account": line, "image": line, "layer": line,
    "commit": line,
}  # fmt: skip
_COMPONENT = ("package", "version", "ecosystem", "namespace", "purl", "fixed")
_OTHER = ("severity", "severity_text", "kind")
OBSERVATION_FACTS = frozenset((*_READ, *_PLACE, *_COMPONENT, *_OTHER))


def build(fields: dict[str, Expression], scope: Scope, pointer: str, kind: Kind) -> Observation:
    """The observation of one row. Raises: ValueError when the row has neither a title nor a rule."""
    facts: dict[str, Value] = {}
    place: dict[str, Value] = {}
    other: dict[str, Value] = {}
    for name, expression in fields.items():
        value = expression(scope)
        if value is None or value == "" or value == []:
            continue
        read = _READ.get(name)
        if read is not None:
            found = read(value)
            if found not in (None, "", ()):
                facts[name] = found
        elif name in _PLACE:
            found = _PLACE[name](value)
            if found not in (None, ""):
                place[name] = found
        else:
            other[name] = value
    facts.setdefault("rule", facts.get("title", ""))
    facts.setdefault("title", facts["rule"])
    if not facts["rule"]:
        raise ValueError("the row has neither a title nor a rule")
    return Observation(
        kind=_kind(other.get("kind"), kind),
        pointer=pointer,
        component=_component(other),
        place=Place(**place) if place else _NO_PLACE,
        **_severity(other.get("severity"), other.get("severity_text"), facts),
        **facts,
    )


_NO_PLACE = Place()


def _kind(value: Value, default: Kind) -> Kind:
    return Kind.__members__.get(text_of(value).strip().upper(), default) if value else default


def _component(other: dict[str, Value]) -> Component | None:
    purl = line(other.get("purl"))
    parsed = purls.parse(purl) if purl else None
    name = line(other.get("package"))
    if parsed is None and not name:
        return None
    return Component(
        name=name or (parsed.name if parsed else ""),
        version=line(other.get("version")) or (parsed.version if parsed else ""),
        type=(parsed.type if parsed else "") or purls.type_of(line(other.get("ecosystem"))),
        namespace=line(other.get("namespace")) or (parsed.namespace if parsed else ""),
        purl=purl if parsed else "",
        fixed_versions=_texts(other.get("fixed")),
    )


def _severity(value: Value, own_word: Value, facts: dict[str, Value]) -> dict[str, Value]:
    """The tool's word read; a number as a score; without a word the score's or vector's severity."""
    word = line(value)
    severity = Severity.from_text(word)
    if severity is Severity.UNKNOWN and word:
        number = FILTERS["number"](value) if word.replace(".", "", 1).isdigit() else None
        if number is not None and 0.0 <= number <= 10.0:
            severity = Severity.from_score(number)
    own = line(own_word) or word
    said: dict[str, Value] = {"severity_text": own[:60]} if own else {}
    if facts.get("score") is None and facts.get("cvss"):
        score = cvss.score_of(facts["cvss"])
        if score is not None:
            facts["score"] = score
    if severity is Severity.UNKNOWN and not word and facts.get("score") is not None:
        severity = Severity.from_score(facts["score"])
    return {"severity": severity, **said}
