"""Which facts each format fills, docs/reference/format-facts.md: what a spec names, and what its samples are seen to fill."""

import functools
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from prodsec.scans.formats.registry import Format, formats, readings
from prodsec.scans.types import Observation, ReportError

# The columns of the table, each a group of facts by the names that specs give them.
GROUPS = {
    "Ids": ("ids",),
    "CWE": ("cwes",),
    "CVSS": ("cvss", "score"),
    "EPSS": ("epss",),
    "Component": ("package", "purl"),
    "Fixed in": ("fixed",),
    "File": ("file", "line"),
    "Function": ("function",),
    "Web": ("url", "method", "parameter"),
    "Host": ("host", "port"),
    "Cloud": ("resource", "region", "account"),
    "Image": ("image", "layer"),
    "Status": ("status", "justification"),
    "First seen": ("first_seen_at",),
    "References": ("references",),
    "Remedy": ("remedy",),
    "Snippet": ("snippet",),
    "Flow": ("flow",),
    "Secret": ("secret", "secret_hash"),
}
FILLED, DESCRIBED = "●", "○"
_INTRODUCTION = f"""\
# Facts of formats

What reaches a finding from each of the [formats](formats.md): {FILLED} is filled by at least one of our samples, {DESCRIBED} is read
where a report has it, but no sample of ours does. An empty cell is what reports of the format do not say, as far as we know.

A column is a group of facts; one of them is enough for its mark, and [the format's entry](formats.md) lists each by its name:"""
_PLACE, _COMPONENT = "place", "component"
_NO_FACTS = frozenset({"kind", "pointer", "severity"})


def page(samples: Path) -> str:
    """The whole page. `samples` is tests/samples."""
    meanings = "\n".join(f"- {column}: {', '.join(f'`{fact}`' for fact in facts)}" for column, facts in GROUPS.items())
    rows = [
        " | ".join(["", f"[{one.id}](formats.md#{one.id})", *_marks(one, samples), ""]).strip()
        for one in formats().values()
    ]
    head = [f"| Format | {' | '.join(GROUPS)} |", "|---" * (len(GROUPS) + 1) + "|"]
    return "\n\n".join([_INTRODUCTION, meanings, "\n".join([*head, *rows])])


def _marks(one: Format, samples: Path) -> Iterator[str]:
    filled, described = facts_of(one.id, samples)
    for facts in GROUPS.values():
        yield FILLED if filled & set(facts) else DESCRIBED if described & set(facts) else ""


def facts_of(name: str, samples: Path) -> tuple[set[str], set[str]]:
    """The facts of a format that samples fill, and those that its spec names besides. Cost: the first call reads all samples."""
    filled = _seen(samples).get(name, set()) - _NO_FACTS
    spec = spec_of(name)
    fields = [spec.get("fields") or {}, *[block.get("fields") or {} for block in spec.get("blocks") or []]]
    return filled, set().union(*fields) - filled - _NO_FACTS


@functools.cache
def spec_of(name: str) -> dict[str, Any]:
    """The spec as written; empty for a custom reader."""
    resource = files("prodsec.scans.formats").joinpath("specs", f"{name}.yaml")
    given: dict[str, Any] = yaml.safe_load(resource.read_text(encoding="utf-8")) if resource.is_file() else {}
    return given


@functools.lru_cache(maxsize=1)
def _seen(samples: Path) -> dict[str, set[str]]:
    """The facts that samples fill, by format."""
    seen: dict[str, set[str]] = defaultdict(set)
    for path in sorted(samples.glob("*/*")):
        try:
            for reading in readings(path):
                for row in reading:
                    if isinstance(row, Observation):
                        seen[reading.header.format] |= set(_filled(row))
        except ReportError:
            continue  # a sample of what is refused
    return seen


def _filled(row: Observation) -> Iterator[str]:
    for name, value in msgspec.to_builtins(row).items():
        if name == _PLACE:
            yield from value
        elif name == _COMPONENT:
            yield from (_component_fact(fact) for fact in value)
        else:
            yield name


def _component_fact(name: str) -> str:
    """A component's field by the name that specs give it."""
    return {"name": "package", "type": "ecosystem", "fixed_versions": "fixed"}.get(name, name)
