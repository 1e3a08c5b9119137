"""What a list of findings can be narrowed by, read from an address. The same words for pages and API."""

import datetime
import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from prodsec.findings.types import OPEN_STATES, State
from prodsec.kit.errors import InvalidError
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

LONGEST = 500
Word = TypeVar("Word", bound=enum.StrEnum)


class Order(enum.StrEnum):
    """The orders that have an index."""

    SEVERITY = "severity"
    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"


class Due(enum.StrEnum):
    """Due dates in words."""

    OVERDUE = "overdue"
    SOON = "soon"
    NONE = "none"


@dataclass(frozen=True)
class Filters:
    """Empty means: not narrowed by it. `states` empty means all; an address without `state` means the open ones.

    owner, assignee     ids as text, or `none`
    asset               a path; its subtree counts
    """

    severities: frozenset[int] = frozenset()
    states: frozenset[int] = frozenset()
    kinds: frozenset[int] = frozenset()
    asset: str = ""
    owner: str = ""
    assignee: str = ""
    tool: str = ""
    rule: str = ""
    cwe: int | None = None
    vulnerability: str = ""
    component: str = ""
    file: str = ""
    due: Due | None = None
    due_before: datetime.date | None = None
    due_after: datetime.date | None = None
    seen_before: datetime.date | None = None
    seen_after: datetime.date | None = None
    text: str = ""
    order: Order = Order.SEVERITY
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def only_open(self) -> bool:
        """Whether only open findings are asked for, all open states of them."""
        return self.states == frozenset(OPEN_STATES)

    @property
    def tells_members_apart(self) -> bool:
        """Whether it asks for something in which the members of a cluster differ; then members are rows of their own."""
        return bool(self.tool or self.rule or self.text or self.file)


_KNOWN = frozenset(
    [
        "severity",
        "state",
        "kind",
        "asset",
        "owner",
        "assignee",
        "tool",
        "rule",
        "cwe",
        "vulnerability",
        "component",
        "file",
        "due",
        "due_before",
        "due_after",
        "seen_before",
        "seen_after",
        "text",
        "order",
        "cursor",
        "size",
    ]
)


PARAMETERS: list[dict[str, object]] = [
    {"name": name, "in": "query", "schema": {"type": "string"}, "required": False} for name in sorted(_KNOWN)
]


def filters_from(params: Mapping[str, Sequence[str]]) -> Filters:
    """Read filters from an address's parameters; several values of one name (or `a,b`) are alternatives.

    Raises: InvalidError naming the parameter, for a value it cannot have.
    """
    if unknown := sorted(set(params) - _KNOWN):
        raise InvalidError(f"there is no such filter; known are {', '.join(sorted(_KNOWN))}", place=unknown[0])
    states = _words(params, "state", {state.word: state.value for state in State})
    if "state" not in params or "open" in _values(params, "state"):
        states |= frozenset(OPEN_STATES)
    if "all" in _values(params, "state"):
        states = frozenset()
    return Filters(
        severities=_words(params, "severity", {severity.word: severity.value for severity in Severity}),
        states=states,
        kinds=_words(params, "kind", {kind.word: kind.value for kind in Kind}),
        asset=_one(params, "asset").strip("/"),
        owner=_id(params, "owner"),
        assignee=_id(params, "assignee"),
        tool=_one(params, "tool"),
        rule=_one(params, "rule"),
        cwe=_cwe(_one(params, "cwe")),
        vulnerability=_one(params, "vulnerability").upper(),
        component=_one(params, "component"),
        file=_one(params, "file"),
        due=_enum(params, "due", Due),
        due_before=_date(params, "due_before"),
        due_after=_date(params, "due_after"),
        seen_before=_date(params, "seen_before"),
        seen_after=_date(params, "seen_after"),
        text=_one(params, "text"),
        order=_enum(params, "order", Order) or Order.SEVERITY,
    )


def _values(params: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [part.strip() for value in params.get(name, ()) for part in value.split(",") if part.strip()]


def _one(params: Mapping[str, Sequence[str]], name: str) -> str:
    value = next((value.strip() for value in params.get(name, ()) if value.strip()), "")
    if len(value) > LONGEST or "\x00" in value:
        raise InvalidError(f"at most {LONGEST} characters, none of them invisible", place=name)
    return value


def _words(params: Mapping[str, Sequence[str]], name: str, known: Mapping[str, int]) -> frozenset[int]:
    values = [value.lower() for value in _values(params, name)]
    special = {"open", "all"} if name == "state" else set()
    if unknown := [value for value in values if value not in known and value not in special]:
        raise InvalidError(f"{unknown[0][:40]!r} is none of {', '.join(known)}", place=name)
    return frozenset(known[value] for value in values if value in known)


def _enum(params: Mapping[str, Sequence[str]], name: str, kind: type[Word]) -> Word | None:
    value = _one(params, name).lower()
    if not value:
        return None
    try:
        return kind(value)
    except ValueError:
        raise InvalidError(f"{value[:40]!r} is none of {', '.join(kind)}", place=name) from None


def _id(params: Mapping[str, Sequence[str]], name: str) -> str:
    value = _one(params, name).lower()
    if value and value not in ("none", "me", "mine") and not (value.isdecimal() and len(value) < 18):
        raise InvalidError("give an id, or none", place=name)
    return value


def _cwe(text: str) -> int | None:
    match = re.fullmatch(r"(?:cwe-?)?(\d{1,4})", text.lower())
    if text and match is None:
        raise InvalidError("give a number, such as 79 or CWE-79", place="cwe")
    return int(match[1]) if match else None


def _date(params: Mapping[str, Sequence[str]], name: str) -> datetime.date | None:
    value = _one(params, name)
    if not value:
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise InvalidError("give a date, such as 2026-03-31", place=name) from None
