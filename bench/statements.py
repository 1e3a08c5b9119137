"""Python code as statements, told apart by their tokens: how a statement is laid out and which quotes it has say nothing."""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

_SILENT = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING})
_STRING = re.compile(r"""^([a-z]*)('''|\"""|'|")(.*)\2$""", re.S | re.I)
_WORD = re.compile(r"\w+|[^\w\s]")
_CLOSERS = frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Statement:
    """The tokens of a statement (of the head of one that has a body), and the line that each begins on."""

    tokens: tuple[str, ...]
    lines: tuple[int, ...]

    @property
    def text(self) -> str:
        """What it says."""
        return " ".join(self.tokens)


def statements(lines: list[str]) -> list[Statement]:
    """The statements of a file, in order. A file that is no Python of today is taken a line at a time."""
    try:
        return list(_of_python(lines))
    except (tokenize.TokenError, SyntaxError):
        return [
            Statement(tuple(words), (at,) * len(words))
            for at, line in enumerate(lines, 1)
            if (words := _WORD.findall(line))
        ]


def _of_python(lines: list[str]) -> Iterator[Statement]:
    tokens: list[str] = []
    places: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
        if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
            if tokens:
                yield Statement(tuple(tokens), tuple(places))
            tokens, places = [], []
        elif token.type not in _SILENT:
            if token.string in _CLOSERS and tokens and tokens[-1] == ",":
                tokens.pop()
                places.pop()
            tokens.append(_plain(token.string) if token.type == tokenize.STRING else token.string)
            places.append(token.start[0])


def _plain(string: str) -> str:
    found = _STRING.match(string)
    if found is None:
        return string
    prefix, _, body = found.groups()
    body = body.replace("\\'", "'").replace('\\"', '"')
    return f"{prefix.lower().replace('u', '')}'{body}'"
