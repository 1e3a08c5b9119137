"""A reading whose rows are read one by one: a row that cannot be read is rejected with its place, and the rest goes on."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from prodsec.scans.formats.facts import LONGEST_TEXT, LONGEST_TITLE, MOST_ITEMS, text, title
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.formats.rows import refuse_trailing
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Header, Limits, Observation, Reading, Rejected, ReportError

_Frame = TypeVar("_Frame")
_PATH = re.compile(r" - at `\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[\.\.\.\]")
_LINES = ("line", "end_line", "column", "end_column")
_NUL = b"\\u0000"
_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_LARGEST_LINE = 2**31
_HIGHEST_SCORE = 10.0
_TYPE = re.compile(r"`([^`]*)`")
_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


class RowsReading:
    """One run of one tool. Source: `prodsec.scans.types.Reading`."""

    def __init__(
        self,
        header: Header,
        rows: Iterable[Row],
        read: Callable[[Row], Iterable[Observation]],
        *,
        components: int = 0,
        remarks: Remarks | None = None,
    ) -> None:
        """`read` makes the observations of a row and raises msgspec.DecodeError for a row of another shape."""
        self.header = header
        self.components = components
        self.may_hold_nul = True
        self.remarks = remarks or Remarks()
        self._rows = rows
        self._read = read

    @property
    def warnings(self) -> tuple[str, ...]:
        """Rules of its standard that the report breaks."""
        return self.remarks.sentences()

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations and rejected rows in the order of the report."""
        for row in self._rows:
            try:
                for observation in self._read(_without_nul(row) if self.may_hold_nul else row):
                    yield bounded(observation)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                yield rejected(row.pointer, error)


def frame(tree: object, type_: type[_Frame], name: str, place: str = "/") -> _Frame:
    """What a report says around its rows, as a struct. Raises: ReportError when it has another shape than the format's."""
    try:
        return msgspec.convert(tree, type_, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        wrong = rejected("" if place == "/" else place, error)
        raise ReportError(f"this is no {name}: {wrong.reason}", place=wrong.place or "/") from None


def json_reader(
    paths: tuple[str, ...], readings: Callable[[JsonDocument], Iterator[RowsReading]]
) -> Callable[[Member, Limits], Iterator[Reading]]:
    """The reader of a format that is one JSON document: `paths` lead to its rows, `readings` makes the runs of it."""

    def read(member: Member, limits: Limits) -> Iterator[Reading]:
        with member.mapped() as data:
            document = JsonDocument(data, paths, limits)
            refuse_trailing(document, len(data))
            is_clean = isinstance(data, bytes) and _NUL not in data and b"\x00" not in data
            if not is_clean:
                _clean(document.skeleton)
            for reading in readings(document):
                reading.may_hold_nul = not is_clean
                yield reading

    return read


def bounded(observation: Observation) -> Observation:
    """The observation with texts no longer than allowed, plain line ends, a title of one line, and numbers in range.

    Cost: almost every observation is as it should be, so the check is written out and the change is elsewhere.
    Raises: msgspec.ValidationError for an observation that names no rule.
    """
    heading, place = observation.title, observation.place
    described, message, snippet = observation.description, observation.message, observation.snippet
    score, epss = observation.score, observation.epss
    if (
        len(described) <= LONGEST_TEXT
        and "\r" not in described
        and len(message) <= LONGEST_TEXT
        and "\r" not in message
        and len(snippet) <= LONGEST_TEXT
        and "\r" not in snippet
        and len(observation.remedy) <= LONGEST_TEXT
        and "\r" not in observation.remedy
        and len(observation.justification) <= LONGEST_TEXT
        and len(heading) <= LONGEST_TITLE
        and heading.isprintable()
        and heading.strip()
        and observation.rule.strip()
        and len(observation.references) <= MOST_ITEMS
        and (score is None or 0.0 <= score <= _HIGHEST_SCORE)
        and (epss is None or 0.0 <= epss <= 1.0)
        and (place.line is None or 0 < place.line < _LARGEST_LINE)
        and (place.end_line is None or 0 < place.end_line < _LARGEST_LINE)
        and (place.column is None or 0 < place.column < _LARGEST_LINE)
        and (place.end_column is None or 0 < place.end_column < _LARGEST_LINE)
    ):
        return observation
    return _brought_in_bounds(observation)


def _brought_in_bounds(observation: Observation) -> Observation:
    if not observation.rule.strip():
        raise msgspec.ValidationError("the row names no rule, check or vulnerability")
    score, epss, place = observation.score, observation.epss, observation.place
    wrong = {name: None for name in _LINES if not _is_line(getattr(place, name))}
    return msgspec.structs.replace(
        observation,
        title=title(observation.title) or observation.rule,
        description=text(observation.description),
        message=text(observation.message),
        remedy=text(observation.remedy),
        snippet=text(observation.snippet),
        justification=text(observation.justification),
        references=observation.references[:MOST_ITEMS],
        score=score if score is not None and 0.0 <= score <= _HIGHEST_SCORE else None,
        epss=epss if epss is not None and 0.0 <= epss <= 1.0 else None,
        place=msgspec.structs.replace(place, **wrong) if wrong else place,
    )


def _is_line(number: int | None) -> bool:
    return number is None or 0 < number < _LARGEST_LINE


def _without_nul(row: Row) -> Row:
    """The row without the character NUL, which no database text may hold; almost no row has one."""
    raw = bytes(row.raw)
    if _NUL not in raw:
        return row
    return Row(_ESCAPED_NUL.sub(rb"\1", raw), row.pointer, row.parents, row.key, row.path)


def _clean(tree: object) -> None:
    """Take the character NUL out of a skeleton where it stands: its rows know the very objects they are in."""
    if isinstance(tree, dict):
        for key, value in list(tree.items()):
            _clean(value)
            if "\x00" in key:
                del tree[key]
            tree[key.replace("\x00", "")] = value.replace("\x00", "") if isinstance(value, str) else value
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            if isinstance(value, str):
                tree[index] = value.replace("\x00", "")
            else:
                _clean(value)


def rejected(pointer: str, error: Exception) -> Rejected:
    """The rejected row: the place down to the member at fault, and the reason in words."""
    text = str(error)
    found = _PATH.search(text)
    if found is None:
        return Rejected(pointer, _TYPE.sub(_in_words, text))
    below = "".join(f"/{name or index or '*'}" for name, index in _STEP.findall(found[1]))
    reason = text[: found.start()]
    return Rejected(pointer + below, _TYPE.sub(_in_words, reason))


def _in_words(found: re.Match[str]) -> str:
    """`str | null` is a text; what is not one of the plain types stays as it is."""
    types = [type_ for type_ in found[1].split(" | ") if type_ != "null"] or ["null"]
    return " or ".join(_WORDS.get(type_, type_) for type_ in types)
