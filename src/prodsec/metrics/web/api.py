"""`/api/v1/metrics`: the numbers of the page with their definitions, and what each counts."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission
from prodsec.kit.errors import InvalidError
from prodsec.metrics import queries
from prodsec.metrics.types import AGE_MEASURES, AGES, Measure, Period, Point, Sums, TeamLine
from prodsec.metrics.web import asking, schemas
from prodsec.metrics.web.definitions import DEFINITIONS
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

router = Router(tags=["metrics"])


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", **schema}}


_NARROWING = [
    _parameter("under", "A place in the tree, with all below it."),
    _parameter("team", "An owner team's id, or `none`."),
    _parameter("kind", "A kind of finding.", enum=[kind.word for kind in Kind]),
]
_ASKED = [
    _parameter("as_of", "The day at whose end things are counted; today when not given.", format="date"),
    _parameter("period", "How far back.", enum=list(Period), default=Period.QUARTER.value),
    *_NARROWING,
]
_WANTED = [
    _parameter("count", "The number whose findings are asked for.", enum=list(Measure), default=Measure.OPEN.value),
    _parameter("until", "The day at whose end, or until which, it counts; today when not given.", format="date"),
    _parameter("from", "The first day, for what happens in a period.", format="date"),
    _parameter("severity", "A severity.", enum=[severity.word for severity in Severity]),
    *_NARROWING,
    _parameter("cursor", "Where the last page ended."),
    _parameter("size", "How many, 1 to 200.", pattern="^[0-9]+$"),
]


@router.get("", response=schemas.MetricsOut, summary="Numbers as of a day", openapi_extra={"parameters": _ASKED})
def show_metrics(request: HttpRequest) -> schemas.MetricsOut:
    """How many findings are open, late and old, what opened and closed, by severity and owner team; of the assets you see."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    board = queries.dashboard(viewer, asking.question_in(request.GET.dict()))
    asked = board.question
    return schemas.MetricsOut(
        as_of=asked.as_of,
        from_on=asked.start_on,
        period=asked.period.value,
        counted_at=queries.freshness().counted_at,
        age_limits=[youngest for youngest, _ in AGES],
        total=_numbers(board.total),
        by_severity=_by_severity(board.by_severity),
        points=[_point(point) for point in board.points],
        teams=[_team(line) for line in board.teams],
        definitions=[
            schemas.DefinitionOut(
                name=one.name,
                label=str(one.label),
                formula=str(one.formula),
                population=str(one.population),
                target=str(one.target),
                note=str(one.note),
            )
            for one in DEFINITIONS.values()
        ],
    )


@router.get(
    "/findings", response=schemas.CountedPage, summary="What a number counts", openapi_extra={"parameters": _WANTED}
)
def list_counted(request: HttpRequest) -> schemas.CountedPage:
    """Exactly the findings that a number counts, with severity, owner and days as they were counted."""
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    given = request.GET.dict()
    size = given.get("size", "")
    if size and not (size.isascii() and size.isdecimal()):
        raise InvalidError("give a number from 1 to 200", place="size")
    page = queries.counted(
        viewer, asking.wanted_in(given), cursor=given.get("cursor", ""), size=int(size[:6]) if size else None
    )
    return schemas.CountedPage(
        items=[
            schemas.CountedOut(
                finding_id=one.finding_id,
                title=one.title,
                asset_id=one.asset_id,
                asset=one.asset_path,
                severity=one.severity.word,
                owner_team=one.owner,
                first_seen_on=one.seen_on,
                due_on=one.due_on,
                from_on=one.from_on,
                until_on=one.until_on,
            )
            for one in page.items
        ],
        next=page.next,
    )


def _point(point: Point) -> schemas.PointOut:
    return schemas.PointOut(
        from_on=point.from_on,
        to_on=point.to_on,
        total=_numbers(point.total),
        by_severity=_by_severity(point.by_severity),
    )


def _team(line: TeamLine) -> schemas.TeamNumbers:
    return schemas.TeamNumbers(
        team=line.team or None,
        name=line.name,
        total=_numbers(line.total),
        by_severity=_by_severity(line.by_severity),
    )


def _by_severity(sums: dict[Severity, Sums]) -> dict[str, schemas.NumbersOut]:
    return {severity.word: _numbers(one) for severity, one in sums.items()}


def _numbers(sums: Sums) -> schemas.NumbersOut:
    return schemas.NumbersOut(
        open=sums.open,
        overdue=sums.overdue,
        open_without_due_date=sums.undated,
        ages=[int(getattr(sums, measure.value)) for measure in AGE_MEASURES],
        opened=sums.opened,
        reopened=sums.reopened,
        fixed=sums.fixed,
        dismissed=sums.dismissed,
        fixed_in_time=sums.in_time,
        fixed_late=sums.late,
        overdue_share=sums.overdue_share,
        in_time_share=sums.adherence,
        days_to_fix=sums.days_to_fix,
    )
