"""Charts as tables: rows and series with a number and the address of what it counts. Pages draw them, files hold them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.metrics.types import AGE_MEASURES, AGES, Dashboard, Measure, Point, Sums, Wanted
from prodsec.metrics.web import asking
from prodsec.metrics.web.definitions import DEFINITIONS, Definition
from prodsec.vocabulary.severity import Severity

SEVERITIES: dict[Severity, Promise] = {
    Severity.CRITICAL: gettext_lazy("Critical"),
    Severity.HIGH: gettext_lazy("High"),
    Severity.MEDIUM: gettext_lazy("Medium"),
    Severity.LOW: gettext_lazy("Low"),
    Severity.INFO: gettext_lazy("Info"),
    Severity.UNKNOWN: gettext_lazy("Unknown"),
}
MOST_TEAMS = 20


@dataclass(frozen=True)
class Cell:
    """A number; None is unknown. `address` leads to what it counts; `text` is how a person reads it."""

    value: float | None
    text: str
    address: str = ""


@dataclass(frozen=True)
class Series:
    """One row of bars. `key` gives its colour and pattern; those of one `stack` stand on each other.

    is_drawn    False for a column that is only read
    """

    key: str
    label: str
    is_drawn: bool = True
    stack: str = "all"


@dataclass(frozen=True)
class Row:
    """What stands at one place of the axis."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Chart:
    """A chart. lies: its bars lie, with the names at the left; target: where the line of the target stands."""

    name: str
    title: str
    heading: str
    definition: Definition
    series: tuple[Series, ...]
    rows: tuple[Row, ...]
    lies: bool = False
    is_percent: bool = False
    target: float | None = None
    remark: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(cell.value for row in self.rows for cell in row.cells)


def charts(board: Dashboard) -> list[Chart]:
    """All charts of a page, in its order."""
    return [open_over_time(board), flow(board), in_time(board), ages(board), teams(board)]


def open_over_time(board: Dashboard) -> Chart:
    """Open findings at the end of each step, by severity."""
    shown = [severity for severity in SEVERITIES if any(point.by_severity[severity].open for point in board.points)]
    rows = [
        Row(
            _day(point),
            tuple(
                _count(point.by_severity[severity], _ended(board, point, Measure.OPEN, severity)) for severity in shown
            ),
        )
        for point in board.points
    ]
    series = _series(shown)
    return Chart("open", _("Open findings by severity"), _("At the end of"), DEFINITIONS["open"], series, tuple(rows))


def flow(board: Dashboard) -> Chart:
    """What opened and closed in each step."""
    columns = {
        Measure.OPENED: _("Opened"),
        Measure.REOPENED: _("Reopened"),
        Measure.FIXED: _("Fixed"),
        Measure.DISMISSED: _("Dismissed"),
    }
    rows = [
        Row(_day(point), tuple(_count(point.total, _ended(board, point, measure)) for measure in columns))
        for point in board.points
    ]
    arriving = (Measure.OPENED, Measure.REOPENED)
    series = tuple(
        Series(measure.value, label, stack="arriving" if measure in arriving else "closing")
        for measure, label in columns.items()
    )
    days = board.question.period.step_days
    title = _("Opened and closed each day") if days == 1 else _("Opened and closed in {days} days").format(days=days)
    return Chart("flow", title, _("Until"), DEFINITIONS["flow"], series, tuple(rows))


def in_time(board: Dashboard) -> Chart:
    """Fixed by their due date, of all fixed that had one, by severity, in the whole period."""
    rows = [
        Row(str(label), _sla_cells(board, board.by_severity[severity], severity=severity))
        for severity, label in SEVERITIES.items()
        if board.by_severity[severity].fixed
    ]
    series = (Series("share", _("Fixed in time")), *_read_only(_("In time"), _("Late"), _("Without due date")))
    undated = board.total.fixed - board.total.in_time - board.total.late
    remark = _("{number} fixed without a due date are in no share.").format(number=undated) if undated else ""
    return Chart(
        "sla", _("Fixed in time by severity"), _("Severity"), DEFINITIONS["sla"], series, tuple(rows), lies=True,
        is_percent=True, target=1.0, remark=remark,
    )  # fmt: skip


def ages(board: Dashboard) -> Chart:
    """Open findings at the end, by how old they are and by severity."""
    shown = [severity for severity in SEVERITIES if board.by_severity[severity].open]
    rows = [
        Row(
            _age(*limits),
            tuple(_count(board.by_severity[severity], _as_of(board, measure, severity)) for severity in shown),
        )
        for measure, limits in zip(AGE_MEASURES, AGES, strict=True)
    ]
    return Chart("age", _("Age of open findings"), _("Age"), DEFINITIONS["age"], _series(shown), tuple(rows), lies=True)


def teams(board: Dashboard) -> Chart:
    """Each owner team's open findings by severity; overdue and in time to be read beside."""
    lines = sorted(board.teams, key=lambda line: (-line.total.open, line.name))
    shown = [severity for severity in SEVERITIES if board.by_severity[severity].open]
    rows = []
    for line in lines[:MOST_TEAMS]:
        own = tuple(
            _count(
                line.by_severity.get(severity, Sums()), replace(_as_of(board, Measure.OPEN, severity), team=line.team)
            )
            for severity in shown
        )
        overdue = _count(line.total, replace(_as_of(board, Measure.OVERDUE), team=line.team))
        flows = tuple(
            _count(line.total, replace(_in_period(board, measure), team=line.team))
            for measure in (Measure.FIXED, Measure.IN_TIME, Measure.LATE)
        )
        cells = (*own, overdue, *flows, Cell(line.total.adherence, percent(line.total.adherence)))
        rows.append(Row(line.name or _("owned by nobody"), cells))
    more = len(lines) - len(rows)
    remark = _("{number} more teams with fewer open findings are in the file.").format(number=more) if more > 0 else ""
    read = _read_only(_("Overdue"), _("Fixed"), _("In time"), _("Late"), _("Share in time"))
    return Chart(
        "teams", _("Open findings by owner team"), _("Team"), DEFINITIONS["teams"], (*_series(shown), *read), tuple(rows),
        lies=True, remark=remark,
    )  # fmt: skip


def percent(share: float | None) -> str:
    """A share as a person reads it; unknown is a word, never a zero."""
    return _("unknown") if share is None else f"{formats.number_format(100 * share, decimal_pos=1, use_l10n=True)} %"


def _sla_cells(board: Dashboard, sums: Sums, *, severity: Severity) -> tuple[Cell, ...]:
    wanted = [_in_period(board, measure, severity) for measure in (Measure.IN_TIME, Measure.LATE)]
    undated = sums.fixed - sums.in_time - sums.late
    return (
        Cell(sums.adherence, percent(sums.adherence), asking.address_of(_in_period(board, Measure.FIXED, severity))),
        *(_count(sums, one) for one in wanted),
        Cell(undated, number(undated)),
    )


def _count(sums: Sums, wanted: Wanted) -> Cell:
    value = int(getattr(sums, wanted.measure.value))
    return Cell(value, number(value), asking.address_of(wanted) if value else "")


def _as_of(board: Dashboard, measure: Measure, severity: Severity | None = None) -> Wanted:
    asked = board.question
    return Wanted(measure, asked.as_of, under=asked.under, team=asked.team, kind=asked.kind, severity=severity)


def _in_period(board: Dashboard, measure: Measure, severity: Severity | None = None) -> Wanted:
    return replace(_as_of(board, measure, severity), from_on=board.question.start_on)


def _ended(board: Dashboard, point: Point, measure: Measure, severity: Severity | None = None) -> Wanted:
    from_on = None if measure.is_level else point.from_on
    return replace(_as_of(board, measure, severity), until_on=point.to_on, from_on=from_on)


def _series(severities: Iterable[Severity]) -> tuple[Series, ...]:
    return tuple(Series(severity.word, str(SEVERITIES[severity])) for severity in severities)


def _read_only(*labels: str) -> tuple[Series, ...]:
    return tuple(Series("", label, is_drawn=False) for label in labels)


def _day(point: Point) -> str:
    return formats.date_format(point.to_on, "DATE_FORMAT")


def _age(youngest: int, limit: int | None) -> str:
    if limit is None:
        return _("over {days} days").format(days=youngest - 1)
    return _("{youngest} to {oldest} days").format(youngest=youngest, oldest=limit - 1)


def number(value: float) -> str:
    """A number with its thousands apart."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)
