"""Findings in groups: by what would be done about them, by package, rule, vulnerability, owner, asset, file, weakness, tool.

A group is counted in one statement over the findings that a question leaves, the worst 20,000 of them at most; beyond that the
page says so. Each group knows the question that leaves exactly its findings.
"""

from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db import connection

from prodsec.accounts.types import Viewer
from prodsec.findings.models import Finding
from prodsec.findings.queries.listing import narrowed
from prodsec.findings.rules import remediations
from prodsec.findings.rules.filtering.clauses import Clause, Filters
from prodsec.findings.rules.filtering.fields import ALONE, Group
from prodsec.findings.rules.remediations import Remedy
from prodsec.kit import paging
from prodsec.kit.errors import InvalidError
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

MOST_COUNTED = 20_000
_MOST_VERSIONS = 100
_RULE_IN_ASSET = "'fix/' || f.asset_id || '/' || f.kind || '/' || f.definition_id"
# The same decisions as `rules.remediations.remedy_of`, over sets; a test compares them.
_REMEDY = f"""CASE
    WHEN f.kind = {Kind.DEPENDENCY.value} AND f.component_name <> ''
        THEN 'bump/' || f.asset_id || '/' || f.component_type || '/' || f.component_name
    WHEN f.kind = {Kind.CONTAINER.value} THEN 'rebuild/' || f.asset_id
    WHEN f.kind = {Kind.SECRET.value} THEN 'rotate/' || f.id
    ELSE {_RULE_IN_ASSET} END"""
_KEYS = {
    Group.REMEDIATION: _REMEDY,
    Group.COMPONENT: "f.component_type || '/' || f.component_name",
    Group.RULE: "f.definition_id::text",
    Group.CVE: "f.vulnerability_id",
    Group.OWNER: "coalesce(f.owner_team_id::text, '')",
    Group.ASSET: "f.asset_id::text",
    Group.FILE: "f.file",
    Group.CWE: "coalesce(f.cwe::text, '')",
    Group.TOOL: "lower(d.tool)",
}
_COLUMNS = ("id", "severity", "kind", "asset_id", "definition_id", "owner_team_id", "component_type", "component_name",
            "vulnerability_id", "file", "cwe", "fixed_version")  # fmt: skip
_COUNTS = ", ".join(f"count(*) FILTER (WHERE f.severity = {severity.value})" for severity in Severity)
# What only the groups of the page show is gathered for these alone.
_GROUPS = """
WITH f AS MATERIALIZED (SELECT {key} AS key, f.id, f.severity, f.fixed_version FROM ({found}) AS f {join}),
page AS (
    SELECT key, max(severity) AS worst, count(*) AS total, min(id) AS first FROM f GROUP BY key
    HAVING %s::text IS NULL OR (-max(severity), -count(*), key) > (-%s::int, -%s::bigint, %s::text)
    ORDER BY 2 DESC, 3 DESC, 1 LIMIT %s)
SELECT key, worst, total, first,
    (array_agg(DISTINCT f.fixed_version) FILTER (WHERE f.fixed_version <> ''))[:{versions}],
    count(*) FILTER (WHERE f.fixed_version = ''), ARRAY[{counts}], (SELECT count(*) FROM f)
FROM page JOIN f USING (key) GROUP BY key, worst, total, first ORDER BY worst DESC, total DESC, key
"""


@dataclass(frozen=True)
class GroupRow:
    """A group: what it is called, how many findings, and the question that leaves exactly these.

    label     what it is about; empty where that is unknown
    remedy    what to do, when grouped by remediations; `version` is the one to bump to, empty where none is known
    unfixed   how many of its findings know no version that fixes them
    """

    key: str
    label: str
    note: str
    total: int
    by_severity: dict[Severity, int]
    filters: Filters
    remedy: Remedy | None
    version: str
    unfixed: int


@dataclass(frozen=True)
class GroupPage:
    """A page of groups; capped: there are more findings than were counted, so counts are at least what they say."""

    items: list[GroupRow]
    next: str | None
    is_capped: bool


@dataclass(frozen=True)
class _Counted:
    key: str
    worst: int
    total: int
    first: int
    versions: list[str] | None
    unfixed: int
    counts: list[int]
    all_found: int


def groups_list(viewer: Viewer, filters: Filters, *, cursor: str = "", size: int | None = None) -> GroupPage:
    """A page of groups; members of a cluster are counted once unless the question says else.

    Order: the worst first, then the largest. Cost: 2 queries, and those that look names up; reads at most 20,000 findings.
    Raises: InvalidError for a question that does not say by what, or a cursor that is not ours.
    """
    if filters.group is None:
        raise InvalidError(f"say by what: one of {', '.join(Group)}", place="group")
    wanted = paging.page_size(size)
    asked = filters if _says_members(filters) else filters.narrowed_to(Clause("members", ("once",)))
    counted = _counted(viewer, asked, filters.group, cursor, wanted + 1)
    shown, more = counted[:wanted], counted[wanted:]
    last = shown[-1] if shown else None
    return GroupPage(
        items=_rows(shown, filters, filters.group),
        next=paging.encode_cursor([last.worst, last.total, last.key]) if last and more else None,
        is_capped=bool(counted) and counted[0].all_found >= MOST_COUNTED,
    )


def _says_members(filters: Filters) -> bool:
    return any(clause.field == "members" for clause in filters.clauses)


def _counted(viewer: Viewer, filters: Filters, group: Group, cursor: str, limit: int) -> list[_Counted]:
    worst, total, key = _after(cursor)
    found = narrowed(viewer, filters).order_by("-severity", "id").values(*_COLUMNS)[:MOST_COUNTED]
    try:
        sql, values = found.query.sql_with_params()
    except EmptyResultSet:
        return []
    join = "JOIN findings_definition d ON d.id = f.definition_id" if group is Group.TOOL else ""
    statement = _GROUPS.format(found=sql, key=_KEYS[group], counts=_COUNTS, join=join, versions=_MOST_VERSIONS)
    with connection.cursor() as reader:
        reader.execute(statement, [*values, key, worst, total, key, limit])
        return [_Counted(*row) for row in reader.fetchall()]


def _after(cursor: str) -> tuple[int, int, str | None]:
    if not cursor:
        return 0, 0, None
    worst, total, key = paging.decode_cursor(cursor, length=3)
    if not isinstance(worst, int) or not isinstance(total, int) or max(abs(worst), abs(total)) > 10**9:
        raise InvalidError("this cursor is not one of ours; start again without it", place="cursor")
    return worst, total, str(key).replace("\x00", "")


def _rows(counted: list[_Counted], filters: Filters, group: Group) -> list[GroupRow]:
    """Cost: 1 query. One finding of each group tells what all of them have in common."""
    firsts = Finding.objects.select_related("definition", "asset", "owner_team").in_bulk([one.first for one in counted])
    return [_row(one, firsts[one.first], filters, group) for one in counted if one.first in firsts]


def _row(counted: _Counted, first: Finding, filters: Filters, group: Group) -> GroupRow:
    remedy = remediations.remedy_of(Kind(first.kind), first.component_name) if group is Group.REMEDIATION else None
    label, note = _words(first, group, remedy)
    narrow = filters.narrowed_to(*_clauses(first, group, remedy))
    if narrow.tells_members_apart and not _says_members(filters):
        narrow = narrow.narrowed_to(Clause("members", ("once",)))
    return GroupRow(
        key=counted.key,
        label=label,
        note=note,
        total=counted.total,
        by_severity=dict(zip(Severity, counted.counts, strict=True)),
        filters=Filters(narrow.clauses, narrow.order),
        remedy=remedy,
        version=remediations.highest(counted.versions or ()) if group in (Group.REMEDIATION, Group.COMPONENT) else "",
        unfixed=counted.unfixed,
    )


def _words(first: Finding, group: Group, remedy: Remedy | None) -> tuple[str, str]:
    """What a group is called, and what stands beside it."""
    definition, asset = first.definition, first.asset.path
    rule = (definition.title, f"{definition.tool} {definition.rule}")
    if remedy is not None:
        return {
            Remedy.BUMP: (first.component_name, asset),
            Remedy.REBUILD: (asset, ""),
            Remedy.ROTATE: (first.title or definition.title, asset),
            Remedy.FIX: (definition.title, asset),
        }[remedy]
    return {
        Group.RULE: rule,
        Group.CVE: (first.vulnerability_id, definition.title if first.vulnerability_id else ""),
        Group.COMPONENT: (first.component_name, first.component_type),
        Group.OWNER: (first.owner_team.name if first.owner_team else "", ""),
        Group.ASSET: (asset, ""),
        Group.FILE: (first.file, ""),
        Group.CWE: (f"CWE-{first.cwe}" if first.cwe else "", ""),
        Group.TOOL: (definition.tool, ""),
    }[group]


def _clauses(first: Finding, group: Group, remedy: Remedy | None) -> list[Clause]:
    """The clauses that leave exactly the findings of a group."""
    definition = first.definition
    package = f"pkg:{first.component_type}/{first.component_name}" if first.component_name else "none"
    rule = [Clause("tool", (definition.tool,)), Clause("rule", (definition.rule,))]
    here, kind = Clause("asset", (f"{ALONE}{first.asset.path}",)), Clause("kind", (Kind(first.kind).word,))
    if remedy is not None:
        without = [Clause("component", ("none",))] if first.kind == Kind.DEPENDENCY else []
        return {
            Remedy.BUMP: [here, kind, Clause("component", (package,))],
            Remedy.REBUILD: [here, kind],
            Remedy.ROTATE: [Clause("id", (str(first.pk),))],
            Remedy.FIX: [here, kind, *rule, *without],
        }[remedy]
    return {
        Group.RULE: rule,
        Group.CVE: [Clause("vulnerability", (first.vulnerability_id or "none",))],
        Group.COMPONENT: [Clause("component", (package,))],
        Group.OWNER: [Clause("owner", (first.owner_team.slug if first.owner_team else "none",))],
        Group.ASSET: [here],
        Group.FILE: [Clause("file", (f"{ALONE}{first.file}" if first.file else "none",))],
        Group.CWE: [Clause("cwe", (str(first.cwe) if first.cwe else "none",))],
        Group.TOOL: [Clause("tool", (definition.tool,))],
    }[group]
