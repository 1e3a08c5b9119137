"""SARIF 2.1.0, the report format that most code scanners share: one reading for each run.

A run's rules, addresses and taxonomies are read first (the engine's skeleton has them wherever they stand in the file), then
its results, row by row.
"""

import datetime
from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.custom.sarif_document import Document, Invocation, Result, Run, ToolComponent
from prodsec.scans.formats.custom.sarif_results import Results
from prodsec.scans.formats.custom.sarif_rules import Rules
from prodsec.scans.formats.custom.sarif_tools import kind_of_tool
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.types import Header, Observation
from prodsec.vocabulary.kinds import Kind

ID = "sarif"
PATHS = ("runs[*].results[*]",)
_RESULT = msgspec.json.Decoder(Result)
_SIGNATURES = (
    Signature(json=("runs",), equals={"version": ("2.1.0",)}),
    Signature(json=("runs",), equals={"$schema": ("*sarif*2.1*",)}),
    Signature(json=("runs[0].tool.driver",), weight=1),
    Signature(json=("runs[0].results[0].message", "runs[0].results[0].ruleId")),
)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The runs of a report in order.

    Raises: ReportError when a run itself, not only a result, has another shape than SARIF's.
    """
    scopes: set[tuple[str, Kind, str]] = set()
    for index, tree in enumerate(frame(document.skeleton, Document, "SARIF report").runs):
        run = frame(tree, Run, "SARIF run", f"/runs/{index}")
        yield _reading(document, run, index, scopes)


def _reading(document: JsonDocument, run: Run, index: int, scopes: set[tuple[str, Kind, str]]) -> RowsReading:
    driver = (run.tool.driver if run.tool is not None else None) or ToolComponent()
    name = driver.name or "SARIF"
    image = _image(run)
    usual = kind_of_tool(name)
    if image and usual is Kind.DEPENDENCY:
        usual = Kind.CONTAINER
    rules = Rules(run, usual)
    remarks = Remarks()
    _look_over(document, run, f"/runs/{index}", remarks)
    results = Results(run, rules, image, remarks)
    reason = _failure(run.invocations or [])
    analysis = _analysis(rules, usual)
    header = Header(
        format=ID,
        tool=name,
        analysis=analysis,
        tool_version=driver.semantic_version or driver.version or "",
        complete=reason is None,
        incomplete_reason=reason or "",
        target=_distinct(name, analysis, image or _category(run), scopes),
        scanned_at=_finished(run.invocations or []),
    )

    def read(row: Row) -> Iterator[Observation]:
        return results.read(_RESULT.decode(row.raw), row.pointer)

    return RowsReading(header, _rows(document, f"/runs/{index}/results"), read, remarks=remarks)


def _look_over(document: JsonDocument, run: Run, place: str, remarks: Remarks) -> None:
    """Note what SARIF asks of a run and this one does not keep."""
    version = document.skeleton.get("version") if isinstance(document.skeleton, dict) else None
    if version != "2.1.0":
        remarks.note("SARIF §3.13.2: the version is 2.1.0", "/version")
    if run.tool is None or run.tool.driver is None or not run.tool.driver.name:
        remarks.note("SARIF §3.19.8: a run names its tool in tool.driver.name", f"{place}/tool")
    if run.external_property_file_references is not None:
        remarks.note("SARIF §3.14.2: parts of the run are in other files, which are not read", place)


def _rows(document: JsonDocument, pointer: str) -> Iterator[Row]:
    for row_list in document.row_lists:
        if row_list.pointer == pointer:
            yield from document.rows(row_list)


def _analysis(rules: Rules, usual: Kind) -> Kind:
    """The kind most described rules are of; a tool that describes only rules that hit (Trivy) tells by them."""
    kinds = rules.kinds()
    return max(dict.fromkeys(kinds), key=kinds.count) if kinds else usual


def _image(run: Run) -> str:
    name = run.properties.image_name if run.properties is not None else None
    return name if isinstance(name, str) else ""


def _category(run: Run) -> str:
    """What tells this run from others of the tool: the category of its id, else the language it looked at.

    Source: SARIF §3.17.3, the last part of an id names the single run, what stands before it the category.
    """
    id_ = run.automation_details.id if run.automation_details is not None else None
    language = run.properties.source_language if run.properties is not None else None
    return (id_ or "").rpartition("/")[0] or (language if isinstance(language, str) else "")


def _distinct(tool: str, analysis: Kind, target: str, scopes: set[tuple[str, Kind, str]]) -> str:
    """A target no other run of this report has, or the later run would close what the earlier one found."""
    candidate, number = target, 1
    while (tool, analysis, candidate) in scopes:
        number += 1
        candidate = f"{target} #{number}".strip()
    scopes.add((tool, analysis, candidate))
    return candidate


def _failure(invocations: list[Invocation]) -> str | None:
    """Why the tool did not finish, in its own words; None when it did or does not say."""
    for invocation in invocations:
        if invocation.execution_successful is False:
            notes = [
                note.message.text
                for note in invocation.tool_execution_notifications or ()
                if note.level == "error" and note.message is not None and note.message.text
            ]
            words = (
                invocation.process_start_failure_message,
                invocation.exit_code_description,
                invocation.exit_signal_name,
                *notes,
            )
            return next((word for word in words if word), "The tool says that its execution was not successful.")
    return None


def _finished(invocations: list[Invocation]) -> datetime.datetime | None:
    for invocation in reversed(invocations):
        moment = instant(invocation.end_time_utc) or instant(invocation.start_time_utc)
        if moment is not None:
            return moment
    return None


FORMAT = CustomFormat(
    id=ID,
    title="SARIF 2.1.0",
    tool="any tool that writes SARIF",
    kind=Kind.CODE,
    signatures=_SIGNATURES,
    reader=json_reader(PATHS, readings),
)
