"""The reference of formats, docs/reference/formats.md, out of the formats themselves."""

import functools
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from prodsec.scans.formats.coverage import facts_of, spec_of
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.differences import Difference, differences
from prodsec.scans.formats.registry import Format, formats

_INTRODUCTION = """\
# Formats

What Prodsec reads, told apart by content. `prodsec inspect FILE` says what it takes a file for; `--format ID` names the format,
which is needed only for a report that names no tool, such as an empty list in a file whose name tells nothing either. Any of them
may be packed with gzip or zip.
A format is added by [a short document](../how-to/add-a-format.md). [One table](format-facts.md) shows which facts each of them fills.

Severities are six: critical, high, medium, low, info, and unknown where nobody has said. Unless an entry says otherwise the
tool's own word is read ("error" is high, "warning" medium, "note" low), else the CVSS score it gives.

Differences from DefectDojo are told for each format. Two need no telling: where nobody has said how bad a finding is, it is unknown
here and some word there; and rows that are one finding by their identity are counted as rows here, merged on import, and often
merged by the parser there."""

# How to make a report whose format has no spec to say it.
_COMMANDS = {
    "cyclonedx": "trivy fs --format cyclonedx --scanners vuln . > bom.json",
    "gitlab": "semgrep scan --config auto --gitlab-sast > gl-sast-report.json",
    "grype": "grype dir:. -o json > grype.json",
    "npm_audit": "npm audit --json > npm-audit.json",
    "osv": "osv-scanner scan --format json . > osv.json",
    "sarif": "semgrep scan --config auto --sarif > semgrep.sarif",
    "snyk": "snyk test --json > snyk.json",
    "trivy": "trivy fs --format json . > trivy.json",
}


def page(samples: Path) -> str:
    """The whole page. `samples` is tests/samples: which facts are filled is seen from them."""
    entries = [_entry(one, samples) for one in formats().values()]
    count = f"There are {len(entries)} formats."
    return "\n\n".join([_INTRODUCTION, count, *entries])


def _entry(one: Format, samples: Path) -> str:
    spec = spec_of(one.id)
    about = getattr(one, "about", "")
    parts = [f"## {one.id}", f"{one.title}."]
    if about:
        parts.append(" ".join(about.split()))
    command = getattr(one, "sample", "") or _COMMANDS.get(one.id, "")
    if command:
        parts.append(f"```sh\n{command}\n```")
    lines = [
        f"- Told by: {'; or '.join(_told(signature) for signature in one.signatures)}.",
        f"- Kind: {one.kind.word}.",
    ]
    if severity := _severity(spec):
        lines.append(f"- Severity: {severity}.")
    lines.append(_facts(one.id, samples))
    if one.id in slow():
        lines.append(f"- Slower than most: {slow()[one.id]}.")
    lines += [_difference(difference) for difference in differences() if difference.format == one.id]
    parts.append("\n".join(lines))
    return "\n\n".join(parts)


@functools.lru_cache(maxsize=1)
def slow() -> dict[str, str]:
    """Why a row of some formats costs more than twice what it costs in most (`make bench`): by format, half a sentence."""
    text = files("prodsec.scans.formats").joinpath("slow.yaml").read_text(encoding="utf-8")
    given: dict[str, str] = yaml.safe_load(text)
    return given


def _told(signature: Signature) -> str:
    told = _content(signature)
    return f"{told} in a file named {_any(signature.named)}" if signature.named else told


def _content(signature: Signature) -> str:
    if signature.nothing:
        return f"nothing but {_any(signature.nothing)}"
    if signature.title:
        return f"HTML with the title `{signature.title}`"
    if signature.xml:
        told = f"XML with the root {_any(f'<{name}>' for name in signature.xml)}"
        if signature.elements:
            told += f" and the elements {_all(f'<{name}>' for name in signature.elements)}"
        return told + _with(signature.attributes)
    if signature.columns:
        return f"a table with the columns {_all(signature.columns)}"
    if signature.lines_like:
        return f"text with lines like {_all(signature.lines_like)}"
    told = "JSON lines" if signature.lines else "JSON"
    if signature.json:
        told += f" with {_all(signature.json)}"
    if signature.only:
        told += f", with no members but {_all(signature.only)}"
    return told + _with({path: " or ".join(patterns) for path, patterns in signature.equals.items()})


def _with(values: dict[str, str]) -> str:
    shown = {name: "[]" if pattern == "[[]]" else pattern for name, pattern in values.items()}
    return "".join(f", `{name}` being `{pattern}`" for name, pattern in shown.items())


def _any(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _all(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _severity(spec: dict[str, Any]) -> str:
    """What a spec says of the severity, out of its fields or its first block that says something."""
    fields = [spec.get("fields") or {}, *[block.get("fields") or {} for block in spec.get("blocks") or []]]
    given = next((one["severity"] for one in fields if "severity" in one), None)
    if isinstance(given, dict) and "map" in given:
        return ", ".join(f"{word} → {ours}" for word, ours in given["map"].items()) + "; other words as they say"
    if given is None and spec:
        scored = any("score" in one or "cvss" in one for one in fields)
        return "that of the score" if scored else "unknown, as the tool tells none"
    return f"as `{given}` says" if given else ""


def _facts(name: str, samples: Path) -> str:
    """The facts of a format; apart from the others those that no sample has."""
    filled, described = facts_of(name, samples)
    told = f"- Facts: {', '.join(sorted(filled))}" if filled else "- Facts: none"
    return told + (f"; where a report has them: {', '.join(sorted(described))}." if described else ".")


def _difference(difference: Difference) -> str:
    return f"- Differs from DefectDojo: {' '.join(difference.why.split())}"
