"""From the values of a spec's fields to an `Observation`: each fact read by its own rule, in any way tools write it."""

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

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
_Default = TypeVar("_Default", Kind, Kind | None)
LONGEST_TEXT, LONGEST_LINE, LONGEST_TITLE = 64_000, 2_000, 400
MOST_ITEMS = 200
_SPACES = re.compile(r"\s+")
_URL = re.compile(r"https?://[^\s<>\"'\])]+")


def text(value: Value) -> str:
    """Text of any length up to the limit, without NUL and with plain line ends."""
    if value is None:
        return ""
    found = value if type(value) is str else text_of(value)
    if "\x00" in found or "\r" in found:
        found = found.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    found = found.strip()
    return found if len(found) <= LONGEST_TEXT else found[: LONGEST_TEXT - 1] + "…"


def line(value: Value) -> str:
    """Text on one line."""
    if value is None:
        return ""
    found = (value if type(value) is str else text_of(value)).strip()
    if not found.isprintable():
        found = _SPACES.sub(" ", found.replace("\x00", "")).strip()
    return found if len(found) <= LONGEST_LINE else found[: LONGEST_LINE - 1] + "…"


def title(value: Value) -> str:
    """A title: one line, not endless."""
    found = line(value)
    return found if len(found) <= LONGEST_TITLE else found[: LONGEST_TITLE - 1] + "…"


def whole(value: Value) -> int | None:
    """A number from 0 up, out of a number or a text that begins with one."""
    if type(value) is str and len(value) < 10 and value.isdecimal():
        return int(value)
    number = FILTERS["number"](value)
    return int(number) if number is not None and 0 <= number < 2**31 else None


def number(value: Value) -> float | None:
    """A number, out of a number or a text that begins with one."""
    found = FILTERS["number"](value)
    return float(found) if found is not None else None


def _line_number(value: Value) -> int | None:
    return whole(value) or None


def _port(value: Value) -> int | None:
    number = whole(value)
    return number if number is not None and 0 < number < 65536 else None


def score(value: Value) -> float | None:
    """A base score, out of a number or a text that begins with one."""
    number = FILTERS["number"](value)
    return cvss.checked_score(number) if number is not None else None


def epss(value: Value) -> float | None:
    """A probability."""
    number = FILTERS["number"](value)
    return number if number is not None and 0.0 <= number <= 1.0 else None


def texts(value: Value) -> tuple[str, ...]:
    """Lines of text, each once."""
    items = value if isinstance(value, list) else [value]
    found = dict.fromkeys(line(item) for item in items if item not in (None, "", {}))
    found.pop("", None)
    return tuple(found)[:MOST_ITEMS]


def references(value: Value) -> tuple[str, ...]:
    """Addresses, out of a list or out of any text."""
    return _addresses_in(text_of(value).replace("\x00", ""))


@functools.lru_cache(maxsize=8192)
def _addresses_in(found: str) -> tuple[str, ...]:
    if "://" not in found:
        return ()
    return tuple(dict.fromkeys(match.rstrip(".,;") for match in _URL.findall(found)))[:MOST_ITEMS]


def ids(value: Value) -> tuple[str, ...]:
    """Vulnerability ids: those a text names; a list's items as they are."""
    if isinstance(value, list):
        found = [one for item in value for one in (identifiers.ids_in(text_of(item)) or (line(item).upper(),))]
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


def vectors(value: Value) -> tuple[str, ...]:
    """CVSS vectors, out of any text."""
    found = text_of(value)
    return cvss.vectors_in(found[:20_000]) if found else ()


def flow(value: Value) -> tuple[Step, ...]:
    """Steps, out of objects with `file`, `line` and `text`."""
    return tuple(
        Step(file=line(item.get("file")), line=_line_number(item.get("line")), text=text(item.get("text")))
        for item in (value[:MOST_ITEMS] if isinstance(value, list) else [])
        if isinstance(item, dict)
    )


_READ: dict[str, Callable[[Value], Value]] = {
    "rule": line, "title": title, "description": text, "message": text, "remedy": text, "snippet": text,
    "fingerprint": line, "secret": text, "secret_hash": line, "justification": text, "score": score, "epss": epss,
    "references": references, "ids": ids, "cwes": cwes, "cvss": vectors, "tags": texts,
    "flow": flow, "status": status, "first_seen_at": date, "published_at": date, "fix_available_at": date,
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


class Plan:
    """A block's fields sorted by what they are read into, so that nothing is looked up again for each row."""

    __slots__ = ("facts", "has_component", "other", "place")

    def __init__(self, fields: dict[str, Expression]) -> None:
        self.facts = _parts(fields, _READ)
        self.place = _parts(fields, _PLACE)
        self.other = [(name, value) for name, value in fields.items() if name not in _READ and name not in _PLACE]
        self.has_component = "package" in fields or "purl" in fields

    def forget(self) -> None:
        """Forget what texts were read into: what one report said is no business of the next."""
        for *_, known in (*self.facts, *self.place):
            known.clear()


_Known = dict[str | tuple[str, ...], Value]
_Part = tuple[str, Expression, Callable[[Value], Value], _Known]
_REMEMBERED_CHARACTERS, _REMEMBERED_VALUES = 300, 1_000


def _parts(fields: dict[str, Expression], readers: dict[str, Callable[[Value], Value]]) -> list[_Part]:
    return [(name, fields[name], read, {}) for name, read in readers.items() if name in fields]


def _read(parts: list[_Part], scope: Scope) -> dict[str, Value]:
    """The facts of a row, but for those that are empty.

    Cost: names, words and addresses come again and again, so what a short text (or list of such) was read into is kept.
    """
    values: dict[str, Value] = {}
    for name, expression, read, known in parts:
        value = expression(scope)
        if type(value) is str:
            if not value:
                continue
            key: str | tuple[str, ...] | None = value if len(value) <= _REMEMBERED_CHARACTERS else None
        elif value is None:
            continue
        else:
            key = _key(value) if type(value) is list else None
        found = known if key is None else known.get(key, known)
        if found is known:
            found = read(value)
            if key is not None:
                if len(known) >= _REMEMBERED_VALUES:
                    known.clear()
                known[key] = found
        if found or found == 0:
            values[name] = found
    return values


def _key(items: list[Value]) -> tuple[str, ...] | None:
    """A list of nothing but short texts as a key."""
    if not items or type(items[0]) is not str:
        return None
    try:
        return tuple(items) if len("".join(items)) <= _REMEMBERED_CHARACTERS else None
    except TypeError:
        return None


def build(plan: Plan, scope: Scope, pointer: str, usual: Kind) -> Observation:
    """The observation of one row. Raises: ValueError when the row has neither a title nor a rule."""
    facts = _read(plan.facts, scope)
    where = _read(plan.place, scope)
    other = {name: value for name, expression in plan.other if (value := expression(scope)) is not None}
    if "rule" not in facts or "title" not in facts:
        facts.setdefault("rule", facts.get("title", ""))
        facts.setdefault("title", title(facts["rule"]))
        if not facts["rule"]:
            raise ValueError("the row has neither a title nor a rule")
    add_severity(other.get("severity"), other.get("severity_text"), facts)
    found = kind(other.get("kind"), usual)
    if found is Kind.SECRET:
        facts.setdefault("cwes", _HARD_CODED)
    return Observation(
        kind=found,
        pointer=pointer,
        component=component(other) if plan.has_component else None,
        place=Place(**where) if where else _NO_PLACE,
        **facts,
    )


# What every secret in a file is, also where a tool does not say so: use of hard-coded credentials.
_HARD_CODED = (798,)
_NO_PLACE = Place()


def place(given: dict[str, Value]) -> Place:
    """A place, out of its facts."""
    found = {name: _PLACE[name](value) for name, value in given.items() if value is not None and value != ""}
    return Place(**{name: value for name, value in found.items() if value}) if found else _NO_PLACE


def kind(value: Value, default: _Default) -> Kind | _Default:
    """The kind a word names; the default when it names none."""
    return Kind.__members__.get(text_of(value).strip().upper(), default) if value else default


def component(other: dict[str, Value]) -> Component | None:
    """A component, out of the facts of a package."""
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
        fixed_versions=texts(other.get("fixed")),
    )


def add_severity(value: Value, own_word: Value, facts: dict[str, Value]) -> None:
    """The tool's word read; a number as a score; without a word the score's or vector's severity."""
    told = _told_again if _is_word(value) and _is_word(own_word) else _told
    word, own, severity = told(value, own_word)
    if own:
        facts["severity_text"] = own
    if facts.get("score") is None and "cvss" in facts:
        score = cvss.score_of(facts["cvss"])
        if score is not None:
            facts["score"] = score
    if word:
        facts["severity"] = severity
    elif facts.get("score") is not None:
        facts["severity"] = Severity.from_score(facts["score"])


def _is_word(value: Value) -> bool:
    return value is None or (type(value) is str and len(value) < _LONGEST_WORD)


def _told(value: Value, own_word: Value) -> tuple[str, str, Severity]:
    """The word on one line, the tool's own word for it, and the severity the word names."""
    word = line(value)
    return word, (line(own_word) or word)[:60], _severity_of(word)


_LONGEST_WORD = 100
_told_again = functools.lru_cache(maxsize=4096)(_told)


@functools.lru_cache(maxsize=4096)
def _severity_of(word: str) -> Severity:
    severity = Severity.from_text(word)
    if severity is Severity.UNKNOWN and word.replace(".", "", 1).isdecimal() and float(word) <= 10.0:
        return Severity.from_score(float(word))
    return severity
