"""Fortify projects (FPR): the findings in `audit.fvdl`, and what people said of them in the `audit.xml` beside it."""

import re
from collections.abc import Iterator
from typing import Any

from prodsec.scans.formats import facts
from prodsec.scans.formats.custom.fortify_document import Document, Rule, listed, nested, numbered, word
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.filters import FILTERS
from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.source import Member
from prodsec.scans.formats.xml_rows import xml_root, xml_rows
from prodsec.scans.types import Header, Limits, Observation, Reading, Rejected, Status
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place, Step
from prodsec.vocabulary.severity import Severity

ID = "fortify"
_TOOL = "Fortify"
PATHS = ("Vulnerabilities/Vulnerability",)
_REPLACED = re.compile(r'<Replace key="([^"]*)"[^>]*>')
_JUDGEMENTS = {
    "not an issue": Status.FALSE_POSITIVE,
    "false positive": Status.FALSE_POSITIVE,
    "accepted": Status.ACCEPTED,
}
_HALF = 2.5
Tree = Any


class FortifyReading:
    """The one run of a project. Source: `prodsec.scans.types.Reading`."""

    def __init__(self, document: Document, rows: Iterator[TreeRow]) -> None:
        self._document = document
        self._rows = rows
        self.components = 0
        self.header = Header(
            format=ID,
            tool=_TOOL,
            analysis=Kind.CODE,
            tool_version=document.engine,
            target=document.build,
            scanned_at=document.created_at,
        )

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations and rejected rows in the order of the report."""
        for row in self._rows:
            try:
                yield _observation(row, self._document)
            except (ValueError, TypeError, AttributeError) as error:
                yield Rejected(row.pointer, f"{type(error).__name__}: {error}"[:500])


def _observation(row: TreeRow, document: Document) -> Observation:
    issue = row.tree()
    kind, instance = nested(issue, "ClassInfo"), nested(issue, "InstanceInfo")
    unified = nested(issue, "AnalysisInfo", "Unified")
    said = {word(one, "@key"): word(one, "@value") for one in listed(unified, "ReplacementDefinitions", "Def")}
    class_id, instance_id = word(kind, "ClassID"), word(instance, "InstanceID")
    rule = document.rules.get(class_id, Rule())
    title = ": ".join(part for part in (word(kind, "Type"), word(kind, "Subtype")) if part)
    text = document.texts.get(class_id, {})
    steps = list(_steps(unified, document))
    where = next((step for step in steps if step["is_default"]), steps[-1] if steps else {})
    judged = document.judged.get(instance_id)
    severity = _severity(rule, instance)
    return Observation(
        kind=Kind.CODE,
        rule=class_id or title,
        title=facts.title(title) or class_id,
        pointer=row.pointer,
        severity=severity,
        severity_text="" if severity is Severity.UNKNOWN else severity.word.capitalize(),
        message=_filled(text.get("Abstract"), said),
        description=_filled(text.get("Explanation"), said),
        remedy=_filled(text.get("Recommendations"), said),
        references=facts.references([one.get("Source") for one in listed(text, "References", "Reference")]),
        cwes=facts.cwes(rule.weakness),
        place=_place(where, unified, said),
        snippet=document.snippets.get(word(where, "@snippet"), ""),
        flow=tuple(_step(one) for one in steps) if len(steps) > 1 else (),
        fingerprint=f"fortify:{instance_id}" if instance_id else "",
        status=judged[0] if judged else Status.OPEN,
        justification=judged[1] if judged else "",
        tags=tuple(part for part in (word(kind, "Kingdom"), word(kind, "AnalyzerName")) if part),
    )


def _severity(rule: Rule, instance: Tree) -> Severity:
    """Fortify's priority order: impact, and likelihood out of accuracy, confidence and probability, each low or high from 2.5 on."""
    own = {word(group, "@name"): numbered(group, "#text") for group in listed(instance, "MetaInfo", "Group")}
    impact, accuracy, probability = (
        own.get(name) or value
        for name, value in (("Impact", rule.impact), ("Accuracy", rule.accuracy), ("Probability", rule.probability))
    )
    confidence = numbered(instance, "Confidence")
    if impact is None or accuracy is None or probability is None or confidence is None:
        return Severity.UNKNOWN
    likely = accuracy * confidence * probability / 25 >= _HALF
    if impact >= _HALF:
        return Severity.CRITICAL if likely else Severity.HIGH
    return Severity.MEDIUM if likely else Severity.LOW


def _steps(unified: Tree, document: Document) -> Iterator[Tree]:
    """The places of the (last) trace, in order; a step stands in the trace or in the pool of nodes."""
    traces = listed(unified, "Trace")
    for entry in listed(traces[-1], "Primary", "Entry") if traces else []:
        node = nested(entry, "Node") or document.nodes.get(word(nested(entry, "NodeRef"), "@id"), {})
        location = nested(node, "SourceLocation")
        if location:
            action = node.get("Action")
            text = facts.text(action) or word(action, "#text") or word(node, "@label")
            yield {**location, "text": text, "is_default": word(node, "@isDefault") == "true"}


def _step(location: Tree) -> Step:
    return Step(
        file=word(location, "@path"),
        line=facts.whole(location.get("@line")) or None,
        text=facts.text(location.get("text")),
    )


def _place(location: Tree, unified: Tree, said: dict[str, str]) -> Place:
    function = nested(unified, "Context", "Function")
    return facts.place(
        {
            "file": location.get("@path") or said.get("PrimaryLocation.file"),
            "line": location.get("@line") or said.get("PrimaryLocation.line"),
            "end_line": location.get("@lineEnd"),
            "column": location.get("@colStart"),
            "end_column": location.get("@colEnd"),
            "function": ".".join(part for part in (word(function, "@enclosingClass"), word(function, "@name")) if part),
        }
    )


def _filled(text: object, said: dict[str, str]) -> str:
    """A text of a rule with what the finding says in its gaps, without markup."""
    if not isinstance(text, str):
        return ""
    return facts.text(FILTERS["plain"](_REPLACED.sub(lambda gap: said.get(gap[1], ""), text)))


def _read(member: Member, limits: Limits) -> Iterator[Reading]:
    judged: dict[str, tuple[Status, str]] = {}
    for other in member.beside:
        with other.path.open("rb") as file:
            judged.update(_judgement(row.tree()) for row in xml_rows(file, ("IssueList/Issue",), limits))
    with member.path.open("rb") as file:
        document = Document.of(xml_root(file, PATHS, limits), judged)
        file.seek(0)
        yield FortifyReading(document, xml_rows(file, PATHS, limits))


def _judgement(issue: Tree) -> tuple[str, tuple[Status, str]]:
    """What people said of a finding: its id, a status, and the last comment."""
    comments = [word(one, "Content") for one in listed(issue, "ThreadedComments", "Comment")]
    values = [word(tag, "Value").lower() for tag in listed(issue, "Tag")]
    status = next((_JUDGEMENTS[value] for value in values if value in _JUDGEMENTS), Status.OPEN)
    if word(issue, "@suppressed").lower() == "true" and status is Status.OPEN:
        status = Status.SUPPRESSED
    why = comments[-1] if comments else "Suppressed in Fortify." if status is not Status.OPEN else ""
    return word(issue, "@instanceId"), (status, why)


FORMAT = CustomFormat(
    id=ID,
    title="Fortify, project (FPR)",
    tool=_TOOL,
    kind=Kind.CODE,
    signatures=(Signature(xml=("FVDL",)),),
    reader=_read,
    about="The severity is Fortify's priority order; an audit.fvdl without its project is read as well.",
    sample="sourceanalyzer -b shop -scan -f shop.fpr",
)
