"""The numbers of a dashboard, by step of its period, owner team and severity, in one statement.

What the viewer sees is a set of subtrees: of the topmost assets of it, those that are nodes are read from roll-ups, the others
summed from their spans; who sees all is answered from the roll-ups of the whole.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from prodsec.accounts.models import Team
from prodsec.accounts.types import Permission, Viewer
from prodsec.inventory import queries as inventory
from prodsec.kit.sql import Parameter
from prodsec.metrics.models import Progress
from prodsec.metrics.queries import histories, parts, visible
from prodsec.metrics.types import COLUMNS, Dashboard, Freshness, Point, Question, Sums, TeamLine
from prodsec.vocabulary.severity import Severity

_SUMS = ", ".join(f"sum({name}) AS {name}" for name in COLUMNS)
_POINT = "CASE WHEN {day} < %(start)s::date THEN 0 ELSE 1 + ({day} - %(start)s::date) / %(step)s END"
_ONLY = "(%(team)s::bigint IS NULL OR {t}.team = %(team)s) AND (%(kind)s::smallint IS NULL OR {t}.kind = %(kind)s)"


def _rolled(table: str, day: str, days: str) -> str:
    """Roll-ups of the nodes, walked by their key: a planner that cannot know how few nodes there are would read them all."""
    return f"""
        SELECT r.* FROM nodes n CROSS JOIN LATERAL (
            SELECT {day} AS point, r.team, r.severity, {_SUMS} FROM {table} r
            WHERE r.node = n.id AND {days} AND {_ONLY.format(t="r")} GROUP BY 1, 2, 3) r"""


_SEEN = """
WITH seen AS MATERIALIZED (
    SELECT a.id, a.parent_id, p.nodes @> ARRAY[a.id] AS is_node FROM inventory_asset a
    LEFT JOIN metrics_placement p ON p.asset = a.id WHERE a.id IN ({visible})),
whole AS MATERIALIZED (
    SELECT %(whole)s AS is_seen),
tops AS MATERIALIZED (
    SELECT s.id, s.is_node FROM seen s
    WHERE NOT (SELECT is_seen FROM whole) AND NOT EXISTS (SELECT FROM seen above WHERE above.id = s.parent_id)),
nodes AS MATERIALIZED (SELECT id FROM tops WHERE is_node UNION ALL SELECT 0 FROM whole WHERE is_seen)
"""
_LEAVES = "tops t JOIN metrics_span s ON s.asset = t.id AND t.is_node IS NOT TRUE"
_CELLS = f"""
{_SEEN}
SELECT point, team, point > 0 AS is_within, severity, {_SUMS} FROM (
    {_rolled("metrics_month", "0", "r.day < %(month)s::date")}
    UNION ALL {_rolled("metrics_day", _POINT.format(day="r.day"), "r.day BETWEEN %(month)s::date AND %(until)s::date")}
    UNION ALL SELECT * FROM ({{leaves}}) l
) cells
GROUP BY GROUPING SETS ((point, severity), (team, point > 0, severity))
"""


def dashboard(viewer: Viewer, question: Question) -> Dashboard:
    """All numbers that a question asks for, of what the viewer sees. Raises: AssetNotFoundError. Cost: 2 queries, 1 with a subtree.

    Order: points oldest first; teams by name, nobody last.
    """
    if question.under:
        inventory.asset_at(viewer, question.under)
    cells = _cells(viewer, question)
    points = _points(question, cells)
    by_severity = {severity: Sums() for severity in sorted(Severity, reverse=True)}
    teams: defaultdict[int, dict[Severity, Sums]] = defaultdict(lambda: defaultdict(Sums))
    for cell in cells:
        if cell.team is not None:
            for kept in (by_severity[cell.severity], teams[cell.team][cell.severity]):
                kept.add(cell.sums, flows=cell.is_within)
    total = _total(by_severity)
    names = dict(Team.objects.filter(pk__in=teams).values_list("pk", "name"))
    lines = [TeamLine(team, names.get(team, ""), _total(of), dict(of)) for team, of in teams.items()]
    lines.sort(key=lambda line: (line.team == 0, line.name.casefold(), line.team))
    return Dashboard(question, points, total, by_severity, lines)


def history(viewer: Viewer, question: Question) -> list[Point]:
    """The steps of a period alone; all zero where the viewer sees nothing. Cost: 1 query. Order: oldest first."""
    return _points(question, _cells(viewer, question))


def freshness() -> Freshness:
    """How far numbers go. Cost: 1 query, 2 while all is counted for the first time."""
    progress = Progress.objects.first()
    if progress is None:
        return Freshness(None, share=0.0)
    if progress.is_building and progress.position < (last := histories.last_event()):
        return Freshness(None, share=progress.position / last)
    return Freshness(progress.counted_at)


@dataclass(frozen=True)
class _Cell:
    """A sum: of a step (0: before the period), all teams together, or of a team, within the period or before it."""

    point: int | None
    team: int | None
    is_within: bool
    severity: Severity
    sums: Sums


def _cells(viewer: Viewer, question: Question) -> list[_Cell]:
    """The sums of the steps, and those of the teams: all that exists is in both."""
    statement, named = visible.ids_of(visible.assets_below(viewer, Permission.FINDING_READ, question.under))
    start = question.start_on
    facts: dict[str, Parameter] = {
        "start": start.isoformat(),
        "month": start.replace(day=1).isoformat(),
        "until": question.as_of.isoformat(),
        "step": question.period.step_days,
        "whole": not question.under and inventory.sees_all(viewer, Permission.FINDING_READ),
        "team": question.team,
        "kind": question.kind,
    }
    leaves = parts.summed(
        _LEAVES,
        keys=f"{_POINT.format(day='p.day')}, s.team, s.severity",
        where=f"p.day <= %(until)s::date AND {_ONLY.format(t='s')}",
    )
    with connection.cursor() as cursor:
        cursor.execute(_CELLS.format(visible=statement, leaves=leaves), {**facts, **named})
        return [
            _Cell(point, team, bool(is_within), Severity(severity), Sums(*map(int, sums)))
            for point, team, is_within, severity, *sums in cursor.fetchall()
        ]


def _points(question: Question, cells: Iterable[_Cell]) -> list[Point]:
    """The steps of the period; levels add up from the first day of all."""
    step = datetime.timedelta(days=question.period.step_days)
    changes: defaultdict[int, dict[Severity, Sums]] = defaultdict(lambda: defaultdict(Sums))
    for cell in cells:
        if cell.point is not None:
            changes[cell.point][cell.severity] = cell.sums
    standing = {severity: Sums() for severity in sorted(Severity, reverse=True)}
    points = []
    for number in range(question.period.points + 1):
        now: dict[Severity, Sums] = {}
        for severity, sums in standing.items():
            sums.add(changes[number][severity], flows=False)
            now[severity] = Sums()
            now[severity].add(sums, flows=False)
            now[severity].add(changes[number][severity], levels=False)
        if number:
            first = question.start_on + step * (number - 1)
            points.append(Point(first, first + step - datetime.timedelta(days=1), now, _total(now)))
    return points


def _total(by_severity: dict[Severity, Sums]) -> Sums:
    total = Sums()
    for sums in by_severity.values():
        total.add(sums)
    return total
