"""How the open findings of a place went in the last weeks: a small line, with its ends in words."""

from dataclasses import dataclass

from prodsec.accounts.types import Viewer
from prodsec.kit import clock
from prodsec.metrics import queries as metrics
from prodsec.metrics.types import Period, Question, Sums

_WIDTH, _HEIGHT = 120, 24


@dataclass(frozen=True)
class Trend:
    """Thirteen weeks. points: the line in a field of 120 × 24; first: open after the first week; now, period: as they end."""

    points: str
    first: int
    now: Sums
    period: Sums
    width: int = _WIDTH
    height: int = _HEIGHT


def trend_of(viewer: Viewer, path: str) -> Trend | None:
    """The trend of a place with all below it; None before anything was counted there. Cost: 1 query."""
    points = metrics.history(viewer, Question(clock.now().date(), Period.QUARTER, under=path))
    numbers = [point.total.open for point in points]
    period, now = Sums(), points[-1].total
    for point in points:
        period.add(point.total, levels=False)
    if not any(numbers) and not period.arrived:
        return None
    most = max(numbers) or 1
    step = _WIDTH / (len(numbers) - 1)
    places = (
        f"{round(place * step, 1)},{round(_HEIGHT - number / most * _HEIGHT, 1)}"
        for place, number in enumerate(numbers)
    )
    return Trend(" ".join(places), first=numbers[0], now=now, period=period)
