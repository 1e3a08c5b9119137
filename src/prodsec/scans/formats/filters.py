"""Filters of the spec language. Each takes a value (None passes through) and gives a value; none can fail on odd input.

Patterns given by a spec are bounded by their shape (`patterns`), so that no report can make one slow.
"""

import base64
import binascii
import html
import re
from collections.abc import Callable
from typing import Any

from prodsec.scans.formats import dates, worded_cvss
from prodsec.scans.formats.patterns import bounded
from prodsec.vocabulary import cvss, cwe, identifiers

Value = Any
_LARGEST_NUMBER = 1e300
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>")
_BREAKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "pre", "table"})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def text_of(value: Value) -> str:
    """A value as text: lists joined by line, objects as nothing."""
    if type(value) is str:
        return value
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return "\n".join(filter(None, map(text_of, value)))
    return str(value)


def _on_text(function: Callable[..., Value]) -> Callable[..., Value]:
    def filtered(value: Value, *arguments: str | int) -> Value:
        if isinstance(value, list):
            return [function(text_of(item), *arguments) for item in value]
        return function(text_of(value), *arguments)

    return filtered


def _capture(text: str, pattern: str) -> str | None:
    known = bounded(pattern)
    match = known.compiled.search(text[: known.seen_characters])
    return (match[match.lastindex or 0] or None) if match else None


def _captures(value: Value, pattern: str) -> list[str]:
    known = bounded(pattern)
    return [match[match.lastindex or 0] for match in known.compiled.finditer(text_of(value)[: known.seen_characters])]


def _replace(text: str, pattern: str, by: str) -> str:
    known = bounded(pattern)
    return known.compiled.sub(by, text[: known.seen_characters])


def _split(value: Value, separator: str = ",") -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [part.strip() for item in items for part in text_of(item).split(separator) if part.strip()]


def _plain(text: str) -> str:
    if "<" not in text and "&" not in text:
        return text
    broken = _TAG.sub(lambda match: "\n" if match[2].lower() in _BREAKS else "", text)
    return re.sub(r"\n\s*\n\s*", "\n\n", html.unescape(broken)).strip()


def _number(value: Value) -> float | None:
    kind = type(value)
    if kind is str and len(value) < 10 and value.isdecimal():
        return float(value)
    if kind is int or kind is float:
        return float(value) if -_LARGEST_NUMBER < value < _LARGEST_NUMBER else None
    if kind is bool:
        return None
    match = _NUMBER.search(text_of(value)[:100])
    return float(match[0]) if match else None


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _item(value: Value, index: int) -> Value:
    if isinstance(value, list):
        return value[index] if -len(value) <= index < len(value) else None
    return value if index in (0, -1) else None


def _pairs(value: Value) -> str:
    """Text out of `[[1, "line\\n"], …]`, as checkov and trivy write code."""
    lines = [item[1] for item in value if isinstance(item, list) and len(item) > 1] if isinstance(value, list) else []
    return "".join(text if text.endswith("\n") else f"{text}\n" for text in map(text_of, lines))


def _flat(value: Value) -> str:
    """All text within an object, attributes of XML left out: an element with markup in it."""
    if isinstance(value, dict):
        inner = [_flat(one) for key, one in value.items() if not str(key).startswith(("@", "#"))]
        return "\n".join(filter(None, [_flat(value.get("#text")), *inner]))
    if isinstance(value, list):
        return "\n".join(filter(None, map(_flat, value)))
    return "\n".join(filter(None, map(str.strip, text_of(value).splitlines())))


def _keys(value: Value) -> list[str]:
    return [str(key) for key in value] if isinstance(value, dict) else []


FILTERS: dict[str, Callable[..., Value]] = {
    "lower": _on_text(str.lower),
    "upper": _on_text(str.upper),
    "strip": _on_text(lambda text, signs=None: text.strip(signs)),
    "first_line": _on_text(lambda text: next((line.strip() for line in text.splitlines() if line.strip()), "")),
    "plain": _on_text(_plain),
    "capture": _on_text(_capture),
    "captures": _captures,
    "replace": _on_text(_replace),
    "prefix": _on_text(lambda text, start: f"{start}{text}" if text else ""),
    "basename": _on_text(lambda text: text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]),
    "path": _on_text(lambda text: text.replace("\\", "/").removeprefix("./")),
    "before": _on_text(lambda text, mark: text.split(mark, 1)[0].strip()),
    "after": _on_text(lambda text, mark: text.split(mark, 1)[1].strip() if mark in text else ""),
    "before_last": _on_text(lambda text, mark: text.rsplit(mark, 1)[0].strip() if mark in text else text),
    "after_last": _on_text(lambda text, mark: text.rsplit(mark, 1)[1].strip() if mark in text else ""),
    "base64": _on_text(_decoded),
    "split": _split,
    "lines": lambda value: [line.strip() for line in text_of(value).splitlines() if line.strip()],
    "join": lambda value, by="\n": by.join(text_of(item) for item in value) if isinstance(value, list) else value,
    "item": _item,
    "keys": _keys,
    "flat": _flat,
    "pairs": _pairs,
    "number": _number,
    "add": lambda value, more: number + more if (number := _number(value)) is not None else None,
    "tenth": lambda value: number / 10 if (number := _number(value)) is not None else None,
    "hundredth": lambda value: number / 100 if (number := _number(value)) is not None else None,
    "ids": lambda value: list(identifiers.ids_in(text_of(value)[:200_000])),
    "cwes": lambda value: list(cwe.numbers_in(text_of(value)[:20_000])),
    "cvss": lambda value: list(cvss.vectors_in(text_of(value)[:20_000])),
    "vector": worded_cvss.vector_of,
    "date": dates.date,
    "when": lambda value, wanted, result: result if text_of(value).lower() == str(wanted).lower() else None,
}  # fmt: skip
