"""The `details` and the patches of GitLab security reports as Markdown. Source: security-report-schemas, `detail_type`, `remediations`."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

Tree = Any
_DEEPEST = 8
_MOST_LINES = 300
_LONGEST_PATCH = 20_000


def as_text(details: Tree) -> str:
    """All details of a vulnerability, a line or a block each; what is too deep or too long is cut with a mark."""
    lines: list[str] = []
    for line in _named(details, 0):
        if len(lines) >= _MOST_LINES:
            lines.append("…")
            break
        lines.append(line)
    return "\n".join(lines)


def patch(diff: str | None) -> str:
    """The patch that a remediation holds in Base64, as a block; empty when it is none, or too long to read."""
    try:
        found = base64.b64decode(diff or "", validate=True).decode("utf-8").strip("\n")
    except (binascii.Error, ValueError):
        return ""
    return f"```diff\n{found}\n```" if 0 < len(found) <= _LONGEST_PATCH else ""


def _named(items: Tree, depth: int) -> Iterator[str]:
    for key, value in items.items() if isinstance(items, dict) else ():
        if isinstance(value, dict):
            name = value.get("name")
            yield from _value(f"{name if isinstance(name, str) and name else key}: ", value, depth)


def _value(label: str, value: dict[str, Tree], depth: int) -> Iterator[str]:
    indent = "  " * depth
    kind = value.get("type")
    if depth > _DEEPEST:
        yield f"{indent}- {label}…"
    elif kind in ("named-list", "list", "table"):
        yield f"{indent}- {label}".rstrip()
        yield from _several(kind, value, depth + 1)
    elif kind == "code":
        yield f"{indent}- {label}".rstrip()
        yield from ("```", *_text(value, "value").splitlines(), "```")
    elif kind == "diff":
        yield f"{indent}- {label}{_text(value, 'before')} → {_text(value, 'after')}"
    else:
        yield f"{indent}- {label}{_single(kind, value)}"


def _several(kind: Tree, value: dict[str, Tree], depth: int) -> Iterator[str]:
    items = value.get("items")
    if kind == "named-list":
        yield from _named(items, depth)
    elif kind == "list":
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield from _value("", item, depth)
    else:
        rows = [value.get("header"), *_listed(value.get("rows"))]
        for row in rows:
            cells = [_single(cell.get("type"), cell) for cell in _listed(row) if isinstance(cell, dict)]
            if cells:
                yield f"{'  ' * depth}- {' | '.join(cells)}"


def _single(kind: Tree, value: dict[str, Tree]) -> str:
    if kind == "url":
        text, address = _text(value, "text"), _text(value, "href")
        return f"{text} ({address})" if text and text != address else address
    if kind == "file-location":
        line = _text(value, "line_start")
        return f"{_text(value, 'file_name')}:{line}" if line else _text(value, "file_name")
    if kind == "module-location":
        return f"{_text(value, 'module_name')}+{_text(value, 'offset')}"
    return _text(value, "value")


def _text(value: dict[str, Tree], name: str) -> str:
    found = value.get(name)
    return str(found) if isinstance(found, (str, int, float)) else ""


def _listed(value: Tree) -> list[Tree]:
    return value if isinstance(value, list) else []
