"""Snyk's JSON reports: one project or a list of them, of packages, images or infrastructure. Snyk Code writes SARIF."""

import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom import snyk_issues, snyk_rows
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.types import Header, Observation, ReportError
from prodsec.vocabulary.kinds import Kind

ID = "snyk"
_ISSUES = "data[*]"  # the REST API
_LISTS = (
    "vulnerabilities[*]",
    "infrastructureAsCodeIssues[*]",
    "filtered.ignore[*]",
    "applications[*].vulnerabilities[*]",
)
PATHS = (_ISSUES, *_LISTS, *[f"[*].{name}" for name in _LISTS])
_VULNERABILITY = msgspec.json.Decoder(snyk_rows.Vulnerability, strict=False)
_ISSUE = msgspec.json.Decoder(snyk_rows.IacIssue, strict=False)
_REST_ISSUE = msgspec.json.Decoder(snyk_issues.Issue, strict=False)
_PROJECT_MEMBERS = frozenset({"projectName", "packageManager", "path", "projectType"})
_SIGNATURES = (
    Signature(json=("vulnerabilities", "ok", "packageManager")),
    Signature(json=("vulnerabilities", "ok", "dependencyCount")),
    Signature(json=("vulnerabilities", "ok")),
    Signature(json=("vulnerabilities[0].semver", "vulnerabilities[0].from")),
    Signature(json=("vulnerabilities[0].packageManager", "vulnerabilities[0].identifiers", "vulnerabilities[0].title")),
    Signature(json=("[0].vulnerabilities", "[0].ok", "[0].path")),
    Signature(
        json=(
            "[0].vulnerabilities[0].packageManager",
            "[0].vulnerabilities[0].identifiers",
            "[0].vulnerabilities[0].title",
        )
    ),
    Signature(json=("infrastructureAsCodeIssues",)),
    Signature(json=("[0].infrastructureAsCodeIssues",)),
    Signature(json=("ok", "error", "path")),
    Signature(json=("jsonapi", "data[0].attributes.effective_severity_level", "data[0].attributes.coordinates")),
    Signature(json=("jsonapi.version",), equals={"data": ("[[]]",)}, only=("jsonapi", "data", "links")),
)


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """All projects of the report as one scan: their manifests tell them apart.

    Raises: ReportError when a project's frame has another shape, or the test failed and only says why.
    """
    tree = document.skeleton
    projects = frame(tree if isinstance(tree, list) else [tree], list[snyk_rows.Project], "Snyk report")
    owners = _Owners()

    def read(row: Row) -> Iterator[Observation]:
        if row.path == _ISSUES:
            yield from snyk_issues.issue(_REST_ISSUE.decode(row.raw), row.pointer)
            return
        project = owners.of(row.parents)
        if "infrastructureAsCodeIssues" in row.path:
            yield snyk_rows.iac_issue(_ISSUE.decode(row.raw), project, row.pointer)
        else:
            yield snyk_rows.vulnerability(_VULNERABILITY.decode(row.raw), project, row.pointer)

    kinds = _kinds_of_issues(document) or [project.kind for project in projects]
    errors = [project.error for project in projects if project.error]
    if errors and not document.row_lists:
        raise ReportError(f"Snyk did not finish: {errors[0].rstrip('.')}; run it again", place="/error")
    images = {project.image for project in projects if project.image}
    header = Header(
        format=ID,
        tool="Snyk",
        analysis=max(dict.fromkeys(kinds), key=kinds.count) if kinds else Kind.DEPENDENCY,
        complete=not errors,
        incomplete_reason="\n".join(errors),
        target=images.pop() if len(images) == 1 else "",
    )
    components = sum(project.dependency_count or 0 for project in projects)
    yield RowsReading(header, document.rows(), read, components=components)


def _kinds_of_issues(document: JsonDocument) -> list[Kind]:
    """The kinds of the REST API's issues that can be read."""
    kinds = []
    for row_list in document.row_lists:
        for row in document.rows(row_list) if row_list.path == _ISSUES else ():
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                kinds.append(snyk_issues.kind_of(_REST_ISSUE.decode(row.raw).attributes.type))
    return kinds


class _Owners:
    """The project each row stands in, read once; an application inside an image adds its own manifest."""

    def __init__(self) -> None:
        self._last: tuple[Any, snyk_rows.Project] | None = None

    def of(self, parents: tuple[Any, ...]) -> snyk_rows.Project:
        owner = next((parent for parent in reversed(parents) if _PROJECT_MEMBERS & parent.keys()), parents[0])
        if self._last is None or self._last[0] is not owner:
            project = msgspec.convert(owner, snyk_rows.Project, strict=False)
            outer = next(parent for parent in parents if _PROJECT_MEMBERS & parent.keys() or parent is parents[-1])
            if outer is not owner:
                image = msgspec.convert(outer, snyk_rows.Project, strict=False)
                project = msgspec.structs.replace(project, docker=image.docker or True, path=image.image)
            self._last = (owner, project)
        return self._last[1]


FORMAT = CustomFormat(
    id=ID,
    title="Snyk",
    tool="Snyk",
    kind=Kind.DEPENDENCY,
    signatures=_SIGNATURES,
    reader=json_reader(PATHS, readings),
)
