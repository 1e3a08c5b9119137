"""What lists of findings can be narrowed by: each field with its words, its checks and its meaning for the documentation."""

import enum
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prodsec.findings.rules.filtering import dates
from prodsec.findings.types import DismissalReason, State
from prodsec.kit.errors import InvalidError
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

LONGEST, MOST_VALUES = 500, 50
# In front of an asset or file: this one alone, not all that begins so.
ALONE = "="
SEVERITIES = {severity.word: severity.value for severity in reversed(Severity)}
STATES = {state.word: state.value for state in State}
KINDS = {kind.word: kind.value for kind in Kind}
DECISIONS = {reason.word: reason.value for reason in DismissalReason}
Normalise = Callable[[str], list[str]]


class Order(enum.StrEnum):
    """The orders that have an index."""

    SEVERITY = "severity"
    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"


class Group(enum.StrEnum):
    """What findings can be grouped by."""

    REMEDIATION = "remediation"
    COMPONENT = "component"
    RULE = "rule"
    CVE = "cve"
    OWNER = "owner"
    ASSET = "asset"
    FILE = "file"
    CWE = "cwe"
    TOOL = "tool"


@dataclass(frozen=True)
class Field:
    """One thing to narrow by.

    words       values it knows by name, in their order; `is_free` ones take others too
    normal      checks one written value and gives its normal forms (a range of severities is several)
    splits      whether a comma parts values in an address; in a rule's or file's name it is a character like others
    unknown     whether it can be asked for what has no such fact, with `none`
    replaced_by the field of today, for one that only old addresses use
    """

    name: str
    meaning: str
    normal: Normalise
    words: tuple[str, ...] = ()
    splits: bool = True
    unknown: bool = False
    aliases: tuple[str, ...] = ()
    example: str = ""
    replaced_by: str = ""


def _words(known: Mapping[str, object], *more: str) -> Normalise:
    every = (*known, *more)

    def check(text: str) -> list[str]:
        word = text.lower().replace("-", "_")
        if word not in every:
            raise InvalidError(f"{text[:40]!r} is none of {', '.join(every)}")
        return [word]

    return check


def _severity(text: str) -> list[str]:
    text = text.lower()
    text = "unknown" if text == "none" else text
    ranked = [word for word in SEVERITIES if word != "unknown"]  # worst first; unknown is not ranked (ux.md rule 9)
    low, high = text, text
    for sign in ("<=", ">=", "<", ">"):
        if text.startswith(sign):
            word = text[len(sign) :].strip()
            _words(SEVERITIES)(word)
            at = ranked.index(word) if word in ranked else -1
            if at < 0:
                raise InvalidError("nothing is above or below unknown")
            ends = {"<=": (at, None), "<": (at + 1, None), ">=": (None, at + 1), ">": (None, at)}[sign]
            found = ranked[slice(*ends)]
            if not found:
                raise InvalidError(f"no severity is {text[:40]}")
            return found
    if ".." in text:
        low, _, high = (part.strip() for part in text.partition(".."))
        low, high = low or ranked[-1], high or ranked[0]
    _words(SEVERITIES)(low)
    _words(SEVERITIES)(high)
    if low == high:
        return [low]
    if "unknown" in (low, high) or ranked.index(low) < ranked.index(high):
        raise InvalidError(f"{text[:40]!r} is no range of severities; low..high is one")
    return ranked[ranked.index(high) : ranked.index(low) + 1]


_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})?")


def _score(text: str) -> list[str]:
    text = text.lower().replace(" ", "")
    if text in ("none", "unknown"):
        return ["none"]
    for sign in ("<=", ">=", "<", ">"):
        if text.startswith(sign):
            number = _one_score(text[len(sign) :])
            return [f"..{number}" if sign == "<=" else f"{number}.." if sign == ">=" else f"{sign}{number}"]
    low, dots, high = text.partition("..")
    if not dots:
        return [f"{_one_score(low)}..{_one_score(low)}"]
    first, last = (_one_score(part) if part else "" for part in (low, high))
    if not first and not last:
        raise InvalidError("this range is open at both ends; give one such as 7..9")
    if first and last and float(first) > float(last):
        raise InvalidError(f"{text[:40]!r} begins after it ends")
    return [f"{first}..{last}"]


def _one_score(text: str) -> str:
    if not _NUMBER.fullmatch(text) or float(text) > 10:
        raise InvalidError(f"{text[:40]!r} is no score from 0 to 10; give one such as 7.5, or a range such as 7..9")
    return f"{float(text):g}"


def _people(own: str, *, pattern: str, what: str) -> Normalise:
    others = {"unknown": "none", "nobody": "none", "unowned": "none", "me": own, "mine": own}

    def check(text: str) -> list[str]:
        word = others.get(text.lower(), text.lower())
        if word.isascii() and word.isdecimal() and len(word) < 18:
            return [str(int(word))]
        if word not in (own, "none") and not re.fullmatch(pattern, word):
            raise InvalidError(f"{text[:40]!r} is no {what}; give one, its id, {own} or none")
        return [word]

    return check


def _cwe(text: str) -> list[str]:
    if text.lower() in ("none", "unknown"):
        return ["none"]
    match = re.fullmatch(r"(?:cwe-?)?0*([1-9]\d{0,3})", text.lower())
    if match is None:
        raise InvalidError(f"{text[:40]!r} is no weakness; give a number, such as 79 or CWE-79, or none")
    return [match[1]]


def _id(text: str) -> list[str]:
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise InvalidError(f"{text[:40]!r} is no id of a finding; give its number")
    return [str(int(text))]


def _asset(text: str) -> list[str]:
    alone, path = text.startswith(ALONE), text.removeprefix(ALONE).strip("/ ")
    if not path or path.startswith(ALONE):
        raise InvalidError("give the path of an asset, such as gitlab.com/acme")
    return [f"{ALONE}{path}" if alone else path]


def _vulnerability(text: str) -> list[str]:
    if text.lower() in ("none", "unknown"):
        return ["none"]
    if re.search(r'[\s,"]', text):
        raise InvalidError(f"{text[:40]!r} is no id of a vulnerability; give one such as CVE-2021-44228, or none")
    return [text.upper()]


def _free(*, unknown: bool = False) -> Normalise:
    def check(text: str) -> list[str]:
        return ["none"] if unknown and text.lower() in ("none", "unknown") else [text]

    return check


def _date(*, is_past: bool, nullable: bool) -> Normalise:
    return lambda text: [dates.normal(text, is_past=is_past, nullable=nullable)]


def _old_date(text: str) -> list[str]:
    value = dates.normal(text, is_past=True, nullable=False)
    first, _, last = value.partition("..")
    if first != last:
        raise InvalidError("give a date, such as 2026-03-31")
    return [first]


_TEAM = r"[a-z0-9][a-z0-9_-]{0,99}"
_MAIL = r"[^\s@,\"]{1,64}@[^\s@,\"]{1,190}"
FIELDS: tuple[Field, ...] = (
    Field("severity", "How bad; a range such as high.. or >=high takes all from there on.", _severity, tuple(SEVERITIES),
          unknown=True, example="critical,high"),
    Field("state", "Where it stands. Without it: the open ones.", _words(STATES, "open", "all"), ("open", *STATES, "all"),
          aliases=("is",), example="resolved"),
    Field("kind", "What sort of thing.", _words(KINDS), tuple(KINDS), example="dependency"),
    Field("owner", "The owner team: its slug or id, mine for your teams, none for nobody.",
          _people("mine", pattern=_TEAM, what="team's slug"), ("mine", "none"), unknown=True, aliases=("team",), example="payments"),
    Field("assignee", "Who is to do it: e-mail address or id, me, or none.",
          _people("me", pattern=_MAIL, what="person's address"), ("me", "none"), unknown=True, aliases=("assigned",), example="me"),
    Field("due", "When it is due: overdue, soon (in 7 days), none, a date, ..7d, 2026-01-01..2026-03-31.",
          _date(is_past=False, nullable=True), ("overdue", "soon", "none"), unknown=True, example="..14d"),
    Field("first_seen", "When it was first seen: 30d for the last 30 days, >90d for before, a date, -30d..today.",
          _date(is_past=True, nullable=False), ("today", "7d", "30d", "90d"), aliases=("seen", "created"), example="-7d.."),
    Field("resolved", "When it was resolved, written like first_seen; asks for closed ones too unless state says else.",
          _date(is_past=True, nullable=True), ("7d", "30d", "none"), unknown=True, example="-30d.."),
    Field("score", "CVSS base score: 7..9.5, >=7, or none.", _score, ("9..", "7..", "none"), unknown=True, example="7.."),
    Field("fix", "Whether a version that fixes it is known.", _words({"available": 1, "unknown": 0}), ("available", "unknown"),
          unknown=True, example="available"),
    Field("detected", "Whether the last scan of some scope still shows it.", _words({"yes": 1, "no": 0}), ("yes", "no"), example="no"),
    Field("cluster", "Whether several tools or places are one piece of work.", _words({"yes": 1, "no": 0}), ("yes", "no"), example="yes"),
    Field("members", "Whether the members of a cluster are rows of their own (apart) or one row (once). Without it: apart where the "
          "question is about what they differ in, such as tool or file.", _words({"once": 1, "apart": 0}), ("once", "apart"), example="once"),
    Field("decision", "Why it was dismissed, any, or none; asks for dismissed ones unless state says else.",
          _words(DECISIONS, "any", "none"), (*DECISIONS, "any", "none"), unknown=True, example="accepted"),
    Field("asset", "An asset's path; all below it counts, with = in front only itself.", _asset, splits=False,
          example="gitlab.com/acme"),
    Field("tool", "The scanner, in any case of letters.", _free(), splits=False, example="trivy"),
    Field("rule", "The tool's rule, exactly.", _free(), splits=False, example="B608"),
    Field("vulnerability", "CVE, GHSA or other id, or none.", _vulnerability,
          unknown=True, aliases=("cve", "advisory"), example="CVE-2021-44228"),
    Field("cwe", "The weakness, by number.", _cwe, ("none",), unknown=True, example="79"),
    Field("component", "A package: its name, pkg:npm/lodash for one ecosystem, or none.", _free(unknown=True), ("none",), splits=False,
          unknown=True, aliases=("package",), example="pkg:npm/lodash"),
    Field("file", "How the path of the file begins, with = in front the whole of it, or none.", _free(unknown=True), ("none",), splits=False, unknown=True,
          aliases=("path",), example="src/"),
    Field("id", "The finding's number.", _id, example="4711"),
    Field("text", "Words in titles, rules and component names, all of them; a CVE, CWE or number finds that.", _free(), splits=False,
          example="login"),
    Field("due_before", "Due before this date.", _old_date, replaced_by="due", example="2026-12-31"),
    Field("due_after", "Due on this date or later.", _old_date, replaced_by="due", example="2026-01-01"),
    Field("seen_before", "First seen before this date.", _old_date, replaced_by="first_seen", example="2026-12-31"),
    Field("seen_after", "First seen on this date or later.", _old_date, replaced_by="first_seen", example="2026-01-01"),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}
_NAMES = {name: field for field in FIELDS for name in (field.name, *field.aliases)}


def named(name: str) -> Field | None:
    """The field of a name or alias, written with `_` or `-`, in any case."""
    return _NAMES.get(name.lower().replace("-", "_"))


def checked(field: Field, text: str) -> list[str]:
    """The normal forms of one value. Raises: InvalidError naming the field."""
    text = text.strip()
    if not text:
        raise InvalidError("give a value", place=field.name)
    if len(text) > LONGEST or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise InvalidError(f"at most {LONGEST} characters, none of them invisible", place=field.name)
    try:
        return field.normal(text)
    except InvalidError as error:
        raise InvalidError(error.sentence, place=field.name) from None


def arranged(field: Field, values: list[str]) -> tuple[str, ...]:
    """Values each once, known words in their order. Raises: InvalidError for too many."""
    unique = list(dict.fromkeys(values))
    if len(unique) > MOST_VALUES:
        raise InvalidError(f"at most {MOST_VALUES} values", place=field.name)
    if field.name == "state":
        unique = ["all"] if "all" in unique else unique
    if field.name == "text":
        return tuple(unique)
    place = {word: number for number, word in enumerate(field.words)}
    return tuple(sorted(unique, key=lambda value: (place.get(value, len(place)), value)))
