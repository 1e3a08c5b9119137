"""Generic findings in JSON, for tools of one's own; DefectDojo's generic findings are read as well.

    {"tool": "our checks", "version": "1.2", "target": "shop", "scanned_at": "2026-01-31T12:00:00Z", "complete": true,
     "findings": [{"rule": "weak-tls", "title": "TLS 1.0 is on", "severity": "high", "host": "a.example", "port": 443}]}

The members of a finding are the facts of docs/how-to/add-a-format.md by their names; `title` and `severity` are enough. Without `kind`
(of the finding, else of the report) a secret makes a secret's finding, a package a dependency's, a file a code's, an address
the web's, a host a host's; anything else is as if a person had found it.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats import facts
from prodsec.scans.formats.custom.rows_reading import RowsReading, json_reader
from prodsec.scans.formats.dates import date
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.types import Header, Observation, ReportError, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place

ID = "generic"
PATHS = ("findings[*]",)
# All that a report has beside its findings; the second line is DefectDojo's.
_MEMBERS = ("findings", "tool", "version", "kind", "target", "scanned_at", "complete", "incomplete_reason",
            "type", "name", "description", "static_tool", "dynamic_tool", "soc")  # fmt: skip


class Finding(msgspec.Struct, gc=False):
    """One finding as written. People write these by hand, so nothing is said about types: each fact is read leniently."""

    title: Any = None
    severity: Any = None
    kind: Any = None
    rule: Any = None
    vuln_id_from_tool: Any = None
    description: Any = None
    message: Any = None
    impact: Any = None
    remedy: Any = None
    mitigation: Any = None
    severity_text: Any = None
    score: Any = None
    cvssv3_score: Any = None
    cvssv4_score: Any = None
    ids: Any = None
    cve: Any = None
    vulnerability_ids: Any = None
    cwes: Any = None
    cwe: Any = None
    cvss: Any = None
    cvssv3: Any = None
    cvssv4: Any = None
    epss: Any = None
    epss_score: Any = None
    references: Any = None
    package: Any = None
    component_name: Any = None
    version: Any = None
    component_version: Any = None
    ecosystem: Any = None
    namespace: Any = None
    purl: Any = None
    fixed: Any = None
    fix_version: Any = None
    file: Any = None
    file_path: Any = None
    sast_source_file_path: Any = None
    line: Any = None
    sast_source_line: Any = None
    end_line: Any = None
    column: Any = None
    end_column: Any = None
    function: Any = None
    sast_source_object: Any = None
    url: Any = None
    endpoints: Any = None
    method: Any = None
    parameter: Any = None
    param: Any = None
    host: Any = None
    port: Any = None
    protocol: Any = None
    resource: Any = None
    region: Any = None
    account: Any = None
    image: Any = None
    layer: Any = None
    commit: Any = None
    snippet: Any = None
    fingerprint: Any = None
    unique_id_from_tool: Any = None
    secret: Any = None
    secret_hash: Any = None
    status: Any = None
    is_mitigated: Any = None
    false_p: Any = None
    risk_accepted: Any = None
    out_of_scope: Any = None
    justification: Any = None
    first_seen_at: Any = None
    date: Any = None
    published_at: Any = None
    publish_date: Any = None
    fix_available_at: Any = None
    tags: Any = None
    flow: Any = None


_FINDING = msgspec.json.Decoder(Finding)


def _readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one run of the report. Raises: ReportError when it has no list of findings."""
    tree = document.skeleton
    if not isinstance(tree, dict) or "findings" not in tree:
        raise ReportError("generic findings are an object with a list `findings`", place="/")
    usual = facts.kind(tree.get("kind"), None)
    complete = str(tree.get("complete", True)).lower() not in ("false", "0", "no")
    header = Header(
        format=ID,
        tool=facts.line(tree.get("tool") or tree.get("type") or tree.get("name")) or "Generic",
        analysis=usual or _first_kind(document),
        tool_version=facts.line(tree.get("version")),
        complete=complete,
        incomplete_reason="" if complete else facts.line(tree.get("incomplete_reason")),
        target=facts.line(tree.get("target")),
        scanned_at=date(tree.get("scanned_at")),
    )
    packages: set[tuple[str, str, str]] = set()

    def read(row: Row) -> Iterator[Observation]:
        observation = observe(_FINDING.decode(row.raw), row.pointer, usual)
        if observation.component is not None:
            packages.add((observation.component.type, observation.component.name, observation.component.version))
            reading.components = len(packages)
        yield observation

    reading = RowsReading(header, document.rows(), read)
    yield reading


def _first_kind(document: JsonDocument) -> Kind:
    for row in document.rows():
        try:
            return _kind(_FINDING.decode(row.raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return Kind.MANUAL


def observe(finding: Finding, pointer: str, usual: Kind | None) -> Observation:
    """The observation of a finding. Raises: msgspec.ValidationError when it has neither a title nor a rule."""
    title = facts.title(finding.title)
    ids = _ids(finding)
    rule = facts.line(finding.rule or finding.vuln_id_from_tool) or (ids[0] if ids else title)
    if not rule:
        raise msgspec.ValidationError("the finding has neither a title nor a rule")
    return Observation(
        kind=facts.kind(finding.kind, usual or _kind(finding)),
        rule=rule,
        title=title or rule,
        pointer=pointer,
        description=facts.text(finding.description),
        message=facts.text(finding.message or finding.impact),
        remedy=facts.text(finding.remedy or finding.mitigation),
        references=facts.references(finding.references) if finding.references else (),
        ids=ids,
        cwes=facts.cwes([finding.cwes, finding.cwe]) if finding.cwes or finding.cwe else (),
        epss=facts.epss(finding.epss if finding.epss is not None else finding.epss_score),
        component=_component(finding),
        place=_place(finding),
        snippet=facts.text(finding.snippet),
        flow=facts.flow(finding.flow),
        fingerprint=_fingerprint(finding),
        secret=facts.text(finding.secret),
        secret_hash=facts.line(finding.secret_hash),
        status=_status(finding),
        justification=facts.text(finding.justification),
        first_seen_at=date(finding.first_seen_at or finding.date),
        published_at=date(finding.published_at or finding.publish_date),
        fix_available_at=date(finding.fix_available_at),
        tags=facts.texts(finding.tags) if finding.tags else (),
        **_ratings(finding),
    )


def _ratings(finding: Finding) -> dict[str, Any]:
    """Severity, score and vectors, each as far as it is given."""
    said: dict[str, Any] = {}
    score = facts.score(_first(finding.score, finding.cvssv3_score, finding.cvssv4_score))
    if score is not None:
        said["score"] = score
    cvss = facts.vectors([finding.cvss, finding.cvssv3, finding.cvssv4])
    if cvss:
        said["cvss"] = cvss
    facts.add_severity(finding.severity, finding.severity_text, said)
    return said


def _first(*values: Any) -> Any:
    return next((value for value in values if value not in (None, "")), None)


def _ids(finding: Finding) -> tuple[str, ...]:
    given = [value for value in (finding.ids, finding.cve, finding.vulnerability_ids) if value]
    if not given:
        return ()
    return facts.ids([one for value in given for one in (value if isinstance(value, list) else [value])])


def _kind(finding: Finding) -> Kind:
    if finding.secret or finding.secret_hash:
        return Kind.SECRET
    if finding.package or finding.component_name or finding.purl:
        return Kind.DEPENDENCY
    if finding.file or finding.file_path or finding.sast_source_file_path:
        return Kind.CODE
    if finding.url or finding.endpoints:
        return Kind.WEB
    return Kind.HOST if finding.host else Kind.MANUAL


def _component(finding: Finding) -> Component | None:
    name = finding.package or finding.component_name
    if not name and not finding.purl:
        return None
    return facts.component(
        {
            "package": name,
            "version": finding.version or finding.component_version,
            "ecosystem": finding.ecosystem,
            "namespace": finding.namespace,
            "purl": finding.purl,
            "fixed": finding.fixed or finding.fix_version,
        }
    )


def _place(finding: Finding) -> Place:
    url = finding.url or (finding.endpoints[0] if isinstance(finding.endpoints, list) and finding.endpoints else None)
    return facts.place(
        {
            "file": finding.file or finding.file_path or finding.sast_source_file_path,
            "line": finding.line or finding.sast_source_line,
            "end_line": finding.end_line,
            "column": finding.column,
            "end_column": finding.end_column,
            "function": finding.function or finding.sast_source_object,
            "url": url,
            "method": finding.method,
            "parameter": finding.parameter or finding.param,
            "host": finding.host,
            "port": finding.port,
            "protocol": finding.protocol,
            "resource": finding.resource,
            "region": finding.region,
            "account": finding.account,
            "image": finding.image,
            "layer": finding.layer,
            "commit": finding.commit,
        }
    )


def _fingerprint(finding: Finding) -> str:
    if finding.fingerprint:
        return facts.line(finding.fingerprint)
    own = facts.line(finding.unique_id_from_tool)
    return f"unique_id_from_tool:{own}" if own else ""


def _status(finding: Finding) -> Status:
    if finding.status:
        return facts.status(finding.status)
    if finding.is_mitigated is True:
        return Status.FIXED
    if finding.false_p is True:
        return Status.FALSE_POSITIVE
    if finding.risk_accepted is True:
        return Status.ACCEPTED
    return Status.SUPPRESSED if finding.out_of_scope is True else Status.OPEN


FORMAT = CustomFormat(
    id=ID,
    title="Generic findings (JSON)",
    tool="Generic",
    kind=Kind.MANUAL,
    signatures=(
        Signature(json=("findings[0].title", "findings[0].severity")),
        Signature(equals={"findings": ("[[]]",)}, only=_MEMBERS, weight=-1),
    ),
    reader=json_reader(PATHS, _readings),
    about="For tools of your own: `findings` holds objects with the facts of docs/how-to/add-a-format.md; DefectDojo's are read too.",
    sample='{"tool": "our checks", "findings": [{"rule": "weak-tls", "title": "TLS 1.0 is on", "severity": "high"}]}',
)
