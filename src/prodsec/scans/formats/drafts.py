"""A spec as a form shows it: plain choices on one side, the same as YAML on the other. Not every spec can be a draft."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from prodsec.scans.formats.facts import OBSERVATION_FACTS
from prodsec.scans.formats.spec_text import parsed

_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_KEYS = {"id", "replaces", "title", "tool", "kind", "reader", "detect", "each", "run", "fields"}
_RUN = ("tool", "version", "target", "scanned_at")


@dataclass(frozen=True)
class Draft:
    """The choices of the form.

    fields      expressions of facts, the severity's without its table
    severities  words of the tool in lower case, and ours for them
    marks       what tells the format, one condition a line
    """

    id: str = ""
    title: str = ""
    tool: str = ""
    kind: str = "code"
    reader: str = "json"
    each: str = ""
    replaces: bool = False
    run: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    severities: dict[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()


def id_of(name: str) -> str:
    """An id out of a name for people."""
    made = _NO_LETTERS.sub("_", name.lower()).strip("_")[:40].strip("_")
    return made if made[:1].isalpha() else f"format_{made}".rstrip("_")


def yaml_of(draft: Draft) -> str:
    """The draft as a spec in YAML, in the order people write it."""
    fields: dict[str, object] = {fact: text for fact, text in draft.fields.items() if text}
    if draft.severities and "severity" in fields:
        own_word = fields["severity"]
        fields["severity"] = {"from": own_word, "map": draft.severities}
        fields.setdefault("severity_text", own_word)
    spec: dict[str, object] = {
        "id": draft.id,
        "title": draft.title or draft.tool,
        "tool": draft.tool,
        "kind": draft.kind,
    }
    if draft.replaces:
        spec["replaces"] = True
    spec |= {"reader": draft.reader, "detect": _detect(draft)}
    if draft.each:
        spec["each"] = draft.each
    if run := {name: text for name, text in draft.run.items() if text}:
        spec["run"] = run
    spec["fields"] = fields
    return yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=1_000, default_flow_style=False)


def draft_of(text: str) -> Draft | None:
    """A spec as a draft; None when it says more than the form can show. Raises: SpecError when it is no YAML."""
    given = parsed(text, "spec")
    fields = given.get("fields") or {}
    run = given.get("run") or {}
    severity = fields.get("severity") if isinstance(fields, dict) else None
    severities: dict[str, str] = {}
    if isinstance(severity, dict) and set(severity) == {"from", "map"} and isinstance(severity["map"], dict):
        severities = {str(word).lower(): str(ours) for word, ours in severity["map"].items()}
        fields = {**fields, "severity": severity["from"]}
        if fields.get("severity_text") == severity["from"]:
            del fields["severity_text"]
    marks = _marks(given.get("detect"), str(given.get("reader")))
    plain = (
        set(given) <= _KEYS
        and isinstance(fields, dict)
        and isinstance(run, dict)
        and all(isinstance(one, str) for one in [*fields.values(), *run.values(), given.get("each", "")])
        and set(run) <= set(_RUN)
    )
    if not plain or marks is None or not set(fields) <= OBSERVATION_FACTS:
        return None
    return Draft(
        id=str(given.get("id") or ""),
        title=str(given.get("title") or ""),
        tool=str(given.get("tool") or ""),
        kind=str(given.get("kind") or ""),
        reader=str(given.get("reader") or ""),
        each=given.get("each", ""),
        replaces=given.get("replaces") is True,
        run=dict(run),
        fields=dict(fields),
        severities=severities,
        marks=marks,
    )


def _detect(draft: Draft) -> dict[str, object]:
    if draft.reader == "xml":
        return _xml_detect(draft.marks)
    if draft.reader in ("csv", "xlsx"):
        return {"columns": list(draft.marks)}
    equals: dict[str, str] = {}
    paths: list[str] = []
    for mark in draft.marks:
        path, sign, pattern = mark.partition(" = ")
        if sign:
            equals[path.strip()] = pattern.strip()
        else:
            paths.append(mark)
    made: dict[str, object] = {}
    if paths:
        made["json"] = paths
    if equals:
        made["equals"] = equals
    if draft.reader == "jsonl":
        made["lines"] = True
    return made


def _xml_detect(marks: tuple[str, ...]) -> dict[str, object]:
    made: dict[str, Any] = {}
    for mark in marks:
        if mark.startswith("<"):
            made.setdefault("xml", []).append(mark.strip("</> "))
        elif mark.startswith("@") and "=" in mark:
            name, _, pattern = mark[1:].partition("=")
            made.setdefault("attributes", {})[name.strip()] = pattern.strip()
        else:
            made.setdefault("elements", []).append(mark)
    return made


def _marks(detect: object, reader: str) -> tuple[str, ...] | None:
    """A single shape as lines; None for what no line can say."""
    one = detect[0] if isinstance(detect, list) and len(detect) == 1 else detect
    if not isinstance(one, dict):
        return None
    known = {"xml": {"xml", "elements", "attributes"}, "csv": {"columns"}, "xlsx": {"columns"}}.get(
        reader, {"json", "equals", "lines"}
    )
    if not set(one) <= known or (one.get("lines") is not None and (one["lines"], reader) != (True, "jsonl")):
        return None
    lines = [f"<{name}>" for name in _listed(one.get("xml"))]
    for name in ("json", "columns", "elements"):
        lines += map(str, _listed(one.get(name)))
    lines += [f"@{name} = {pattern}" for name, pattern in (one.get("attributes") or {}).items()]
    equals = one.get("equals") or {}
    if any(isinstance(pattern, list) for pattern in equals.values()):
        return None
    return tuple([f"{path} = {pattern}" for path, pattern in equals.items()] + lines)


def _listed(given: object) -> list[object]:
    return given if isinstance(given, list) else [] if given is None else [given]
