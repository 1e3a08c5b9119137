"""govulncheck's JSON: a stream of messages, or a list of them.

The messages named `osv` are all advisories for the modules in use, whatever their version; those named `finding` say which of
them hold, and how far the vulnerable code is reached. A row is an advisory that holds for a module.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from prodsec.scans.formats import facts
from prodsec.scans.formats.custom.packages import component
from prodsec.scans.formats.dates import date
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_lines import json_lines
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Header, Limits, Observation, Reading, Rejected
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place, Step

ID = "govulncheck"
_TOOL = "govulncheck"
Tree = dict[str, Any]


class GovulncheckReading:
    """The one run of a report. Source: `prodsec.scans.types.Reading`."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._advisories: dict[str, Tree] = {}
        self._findings: dict[tuple[str, str], tuple[Tree, str]] = {}
        self._rejected: list[Rejected] = []
        self.components = 0
        config: Tree = {}
        for row in rows:
            try:
                message = row.tree()
            except ValueError as error:
                self._rejected.append(Rejected(row.pointer, str(error)))
                continue
            if isinstance(message, dict):
                config = _object(message.get("config")) or config
                self._take(message, row.pointer)
        self.header = Header(
            format=ID,
            tool=facts.line(config.get("scanner_name")) or _TOOL,
            analysis=Kind.DEPENDENCY,
            tool_version=facts.line(config.get("scanner_version")),
        )

    def _take(self, message: Tree, pointer: str) -> None:
        """Keep what a message says; of several findings of one advisory in one module the one that reaches deepest."""
        advisory, finding = _object(message.get("osv")), _object(message.get("finding"))
        if advisory:
            self._advisories[facts.line(advisory.get("id"))] = advisory
        if finding:
            key = (facts.line(finding.get("osv")), facts.line(_trace(finding)[0].get("module")))
            kept = self._findings.get(key)
            if kept is None or _depth(finding) > _depth(kept[0]):
                self._findings[key] = (finding, pointer)
        modules = _object(message.get("SBOM")).get("modules")
        self.components += len(modules) if isinstance(modules, list) else 0

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Rejected messages, then the advisories that hold, in the order of the report."""
        yield from self._rejected
        for (name, _), (finding, pointer) in self._findings.items():
            if name:
                yield _observation(name, self._advisories.get(name, {}), finding, pointer)
            else:
                yield Rejected(pointer, "the finding names no advisory")


def _observation(name: str, advisory: Tree, finding: Tree, pointer: str) -> Observation:
    trace = _trace(finding)
    module = facts.line(trace[0].get("module"))
    fixed = facts.line(finding.get("fixed_version"))
    specific = _object(advisory.get("database_specific"))
    return Observation(
        kind=Kind.DEPENDENCY,
        rule=name,
        title=facts.title(advisory.get("summary")) or f"{name} in {module}",
        pointer=pointer,
        description=facts.text(advisory.get("details")),
        message="\n".join(_reached(trace)),
        references=facts.references([*_listed(advisory.get("references"), "url"), specific.get("url")]),
        ids=facts.ids([name, *(one for one in _list(advisory.get("aliases")) if one)]),
        cvss=facts.vectors(_listed(advisory.get("severity"), "score")),
        component=component(
            name=module,
            version=facts.line(trace[0].get("version")),
            ecosystem="golang",
            fixed=(fixed,) if fixed else (),
        ),
        place=Place(function=_function(trace[0]) if trace[0].get("function") else ""),
        flow=tuple(_step(frame) for frame in reversed(trace) if frame.get("function")),
        published_at=date(advisory.get("published")),
        tags=(("required", "imported", "called")[_depth(finding)[0]],),
    )


def _depth(finding: Tree) -> tuple[int, int]:
    """How far the vulnerable code is reached: its module required, its package imported, or its function called."""
    trace = _trace(finding)
    return (2 if trace[0].get("function") else 1 if trace[0].get("package") else 0), len(trace)


def _reached(trace: list[Tree]) -> Iterator[str]:
    if trace[0].get("function"):
        yield f"{_function(trace[-1])} leads to a call of {_function(trace[0])}."
    elif trace[0].get("package"):
        yield f"The package {facts.line(trace[0].get('package'))} is imported; no call of its vulnerable functions was found."
    else:
        yield "The module is required; its vulnerable packages are not imported."


def _function(frame: Tree) -> str:
    owner = facts.line(frame.get("receiver")).lstrip("*")
    return ".".join(
        part for part in (facts.line(frame.get("package")), owner, facts.line(frame.get("function"))) if part
    )


def _step(frame: Tree) -> Step:
    position = _object(frame.get("position"))
    return Step(
        file=facts.line(position.get("filename")), line=facts.whole(position.get("line")) or None, text=_function(frame)
    )


def _trace(finding: Tree) -> list[Tree]:
    return [frame for frame in _list(finding.get("trace")) if isinstance(frame, dict)] or [{}]


def _object(value: object) -> Tree:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _listed(value: object, key: str) -> list[Any]:
    return [one.get(key) for one in _list(value) if isinstance(one, dict)]


def _read(member: Member, limits: Limits) -> Iterator[Reading]:
    with member.mapped() as data:
        if data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[":
            yield GovulncheckReading(JsonDocument(data, ("[*]",), limits).rows())
        else:
            yield GovulncheckReading(json_lines(data, limits))


FORMAT = CustomFormat(
    id=ID,
    title="govulncheck (JSON)",
    tool=_TOOL,
    kind=Kind.DEPENDENCY,
    signatures=(
        Signature(equals={"config.scanner_name": ("govulncheck",)}),
        Signature(equals={"[0].config.scanner_name": ("govulncheck",)}),
        Signature(json=("config.protocol_version", "config.go_version")),
        Signature(json=("[0].config.protocol_version", "[0].config.go_version")),
    ),
    reader=_read,
    about="Only advisories that hold for a module's version are read; a tag says whether it is required, imported or called.",
    sample="govulncheck -format json ./... > govulncheck.json",
)
