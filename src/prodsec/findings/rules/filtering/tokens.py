"""Questions as people type them: `severity:critical,high -kind:secret due:<7d "improper handling"`.

A word before a colon names a field, a minus in front turns it round, commas part alternatives, quotation marks keep together what
belongs together and take its signs their meaning. All else are words to look for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prodsec.findings.rules.filtering.clauses import Clause, Filters
from prodsec.findings.rules.filtering.fields import named

_NAME = re.compile(r"[A-Za-z][A-Za-z_-]*")
_SIGNS = ":=<>!"


@dataclass(frozen=True)
class Token:
    """One typed token; `field` is as it was typed, `text` for free words."""

    field: str
    values: tuple[str, ...]
    negated: bool
    written: str


@dataclass(frozen=True)
class _Letter:
    """A letter, and whether it stood in quotation marks."""

    sign: str
    plain: bool


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, in order."""
    for piece in _pieces(text):
        whole = _text(piece)
        negated = len(piece) > 1 and piece[0].plain and piece[0].sign == "-"
        rest = piece[1:] if negated else piece
        token = _field_token(rest, negated=negated, whole=whole)
        if token is not None:
            yield token
        elif word := _text(rest).strip():
            yield Token("text", (word,), negated, whole)


def words(text: str) -> list[str]:
    """The words of a free text; quotation marks keep some together."""
    return [word for piece in _pieces(text) if (word := _text(piece).strip())]


def quoted(value: str) -> str:
    """A value so that it is read back as it is."""
    if value and not re.search(r'[\s",]', value) and not value.startswith("-") and not re.search(r"\w[:=<>!]", value):
        return value
    return _in_marks(value)


def together(word: str) -> str:
    """A word of a free text so that it stays one word."""
    return _in_marks(word) if re.search(r'[\s"]', word) else word


def text_of(filters: Filters) -> str:
    """A question as a person would type it."""
    return " ".join(clause_text(clause) for clause in filters.clauses)


def clause_text(clause: Clause) -> str:
    """One clause as a person would type it."""
    sign = "-" * clause.negated
    if clause.field == "text":
        return " ".join(sign + quoted(word) for word in clause.values)
    return f"{sign}{name_of(clause.field)}:{','.join(value_text(value) for value in clause.values)}"


def name_of(field: str) -> str:
    """A field's name as people type it."""
    return field.replace("_", "-")


def value_text(value: str) -> str:
    """A value behind a field's name."""
    return _in_marks(value) if re.search(r'[\s",]', value) else value


def _in_marks(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _field_token(piece: list[_Letter], *, negated: bool, whole: str) -> Token | None:
    end = next((at for at, letter in enumerate(piece) if letter.plain and letter.sign in _SIGNS), None)
    name = _text(piece[:end]) if end else ""
    if end is None or not all(letter.plain for letter in piece[:end]) or not _NAME.fullmatch(name):
        return None
    sign, value = piece[end].sign, piece[end + 1 :]
    if sign == "!" and value and value[0].plain and value[0].sign in "=:":
        negated, sign, value = not negated, ":", value[1:]
    if named(name) is None:
        # An address or a package's identifier is something to look for; a misspelt filter is told.
        is_word = sign != ":" or len(name) == 1 or name == "pkg" or _text(value[:2]) == "//" or not value
        return None if is_word else Token(name, (_text(value),), negated, whole)
    if sign in "<>":
        value = piece[end:]
    values = tuple(part for part in _parts(value) if part)
    return Token(name, values or ("",), negated, whole)


def _parts(letters: list[_Letter]) -> Iterator[str]:
    part: list[_Letter] = []
    for letter in letters:
        if letter.plain and letter.sign == ",":
            yield _text(part)
            part = []
        else:
            part.append(letter)
    yield _text(part)


def _pieces(text: str) -> Iterator[list[_Letter]]:
    piece: list[_Letter] = []
    in_marks = escaped = False
    for sign in text:
        if in_marks and not escaped and sign == "\\":
            escaped = True
        elif sign == '"' and not escaped:
            in_marks = not in_marks
        elif sign.isspace() and not in_marks:
            if piece:
                yield piece
            piece = []
        else:
            piece.append(_Letter(sign, plain=not in_marks))
            escaped = False
    if piece:
        yield piece


def _text(letters: list[_Letter]) -> str:
    return "".join(letter.sign for letter in letters)
