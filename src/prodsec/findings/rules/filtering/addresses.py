"""Questions as parameters of an address, and back.

`severity=critical,high` asks for one of these, `not_severity=low` for all others. One form for pages, API, exports and views:
`not_` is a word that every client can write, and needs no escape in an address.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar
from urllib.parse import parse_qs, quote_plus

from prodsec.findings.rules.filtering import tokens
from prodsec.findings.rules.filtering.clauses import Clause, Filters
from prodsec.findings.rules.filtering.fields import BY_NAME, FIELDS, Field, Group, Order, arranged, checked, named
from prodsec.kit.errors import InvalidError

NOT = "not_"
# Parameters of a list that do not narrow it. What only says how a page shows it is no business of a view or an API call.
SHOWING = ("cursor", "size", "back", "view", "columns")
_KNOWN = ("q", "order", "group", *SHOWING)
_LONGEST_QUERY = 8_000
Word = TypeVar("Word", Order, Group)
Params = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Ignored:
    """A part of a question that cannot be answered (any more), as a person would type it, and why, in a sentence."""

    token: str
    sentence: str
    place: str


@dataclass(frozen=True)
class Reading:
    """What of an address was understood, and what was not."""

    filters: Filters
    ignored: tuple[Ignored, ...] = ()


def filters_from(params: Params) -> Filters:
    """Read a question; several values of one name (or `a,b`) are alternatives.

    Raises: InvalidError naming the parameter, for one that is not known and for a value it cannot have.
    """
    reading = read(params)
    if reading.ignored:
        raise InvalidError(reading.ignored[0].sentence, place=reading.ignored[0].place)
    return reading.filters


def filters_in(query: str) -> Filters:
    """Read a question out of the part of an address behind the question mark. Raises: InvalidError."""
    return filters_from(_parsed(query))


def read(params: Params) -> Reading:
    """Read as much of a question as makes sense, and say what does not."""
    found: dict[tuple[str, bool], list[str]] = {}
    ignored: list[Ignored] = []
    for name, values in params.items():
        if name not in _KNOWN:
            _take(name, [value for value in values if value.strip()], found, ignored)
    for typed in params.get("q", ()):
        if len(typed) > _LONGEST_QUERY:
            ignored.append(Ignored(typed[:60], f"at most {_LONGEST_QUERY} characters", "q"))
            continue
        for token in tokens.tokens(typed):
            _take(NOT * token.negated + token.field, token.values, found, ignored, whole=token.written)
    clauses = list(_clauses(found, ignored))
    order = _word(params, "order", Order, ignored) or Order.SEVERITY
    return Reading(Filters(tuple(clauses), order, _word(params, "group", Group, ignored)), tuple(ignored))


def params_of(filters: Filters) -> list[tuple[str, str]]:
    """A question as the names and values of an address, in normal form."""
    found = [pair for clause in filters.clauses for pair in clause_params(clause)]
    if filters.group is not None:
        found.append(("group", filters.group.value))
    if filters.order is not Order.SEVERITY:
        found.append(("order", filters.order.value))
    return found


def clause_params(clause: Clause) -> list[tuple[str, str]]:
    """One clause as names and values of an address."""
    name = NOT * clause.negated + clause.field
    if clause.field == "text":
        return [(name, " ".join(tokens.together(word) for word in clause.values))]
    if BY_NAME[clause.field].splits:
        return [(name, ",".join(clause.values))]
    return [(name, value) for value in clause.values]


def written(filters: Filters) -> str:
    """A question as the part of an address behind the question mark, in normal form and easy to read."""
    return "&".join(f"{name}={quote_plus(value, safe='/:,.@-_~')}" for name, value in params_of(filters))


def canonical(query: str) -> str:
    """The normal form of an address's question, without what belongs to one page of it: equal questions have equal ones.

    Raises: InvalidError for what is no question.
    """
    return written(filters_in(query))


def salvaged(query: str) -> tuple[str, tuple[Ignored, ...]]:
    """The normal form of what can still be asked of a question that was kept, and what cannot."""
    reading = read(_parsed(query))
    return written(reading.filters), reading.ignored


def parameters() -> list[dict[str, object]]:
    """The parameters of a list for the API's description: each field and its negation, with its meaning."""
    found = []
    for field in FIELDS:
        old = f" An older way to ask for `{field.replaced_by}`." if field.replaced_by else ""
        said = f"{field.meaning}{old} Several: {'with commas between' if field.splits else 'name it again'}."
        for name, text in ((field.name, said), (NOT + field.name, f"Everything but: {field.meaning}")):
            found.append(parameter(name, text, field.example))
    found.append(
        parameter("q", "The same as people type it: severity:critical,high -kind:secret due:<7d login.", "owner:none")
    )
    found.append(parameter("order", f"One of {', '.join(Order)}.", "due"))
    return found


def parameter(name: str, text: str, example: str) -> dict[str, object]:
    """One of them."""
    schema = {"type": "string"}
    told = {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
    return {**told, "example": example} if example else told


def _parsed(query: str) -> dict[str, list[str]]:
    if len(query) > _LONGEST_QUERY:
        raise InvalidError(f"an address has at most {_LONGEST_QUERY} characters", place="query")
    try:
        return parse_qs(query.lstrip("?"), max_num_fields=200)
    except ValueError as error:
        raise InvalidError(f"this is no question in an address: {error}", place="query") from None


def _take(
    name: str,
    values: Iterable[str],
    found: dict[tuple[str, bool], list[str]],
    ignored: list[Ignored],
    whole: str = "",
) -> None:
    negated = name.startswith(NOT)
    field = named(name.removeprefix(NOT))
    if field is None:
        ignored.append(Ignored(whole[:100] or name[:100], _unknown(name[:60]), name[:60]))
        return
    kept = found.setdefault((field.name, negated), [])
    for value in _parted(field, values) if not whole else values:
        try:
            kept += checked(field, value)
        except InvalidError as error:
            shown = whole[:100] or f"{'-' * negated}{field.name}:{tokens.quoted(value[:60])}"
            ignored.append(Ignored(shown, error.sentence, NOT * negated + field.name))


def _parted(field: Field, values: Iterable[str]) -> list[str]:
    if field.name == "text":
        return [word for value in values for word in tokens.words(value)]
    if field.splits:
        return [part.strip() for value in values for part in value.split(",") if part.strip()]
    return list(values)


def _clauses(found: Mapping[tuple[str, bool], list[str]], ignored: list[Ignored]) -> Iterable[Clause]:
    for field in FIELDS:
        for negated in (False, True):
            values = found.get((field.name, negated))
            if not values:
                continue
            try:
                yield Clause(field.name, arranged(field, values), negated)
            except InvalidError as error:
                ignored.append(Ignored(f"{'-' * negated}{field.name}:", error.sentence, NOT * negated + field.name))


def _word(params: Params, name: str, kind: type[Word], ignored: list[Ignored]) -> Word | None:
    value = next((value.strip().lower() for value in params.get(name, ()) if value.strip()), "")
    if not value:
        return None
    try:
        return kind(value)
    except ValueError:
        ignored.append(Ignored(f"{name}:{value[:60]}", f"{value[:40]!r} is none of {', '.join(kind)}", name))
        return None


def _unknown(name: str) -> str:
    known = [field.name for field in FIELDS if not field.replaced_by]
    near = get_close_matches(name.removeprefix(NOT).lower().replace("-", "_"), known, 1)
    meant = f"did you mean {near[0]}? Known are" if near else "known are"
    return f"there is no such filter; {meant} {', '.join(known)}"
