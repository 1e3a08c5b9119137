"""The few large numbers of the page, and the sentence above a list of what a number counts."""

from dataclasses import dataclass, replace

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.metrics.types import Dashboard, Measure, Wanted
from prodsec.metrics.web import asking
from prodsec.metrics.web.charts import number, percent
from prodsec.metrics.web.definitions import DEFINITIONS, Definition

_SENTENCES: dict[Measure, Promise] = {
    Measure.OPEN: gettext_lazy("open at the end of {until}"),
    Measure.OVERDUE: gettext_lazy("open and past their due date at the end of {until}"),
    Measure.UNDATED: gettext_lazy("open without a due date at the end of {until}"),
    Measure.AGE_0: gettext_lazy("open at the end of {until}, at most 7 days old"),
    Measure.AGE_1: gettext_lazy("open at the end of {until}, 8 to 30 days old"),
    Measure.AGE_2: gettext_lazy("open at the end of {until}, 31 to 90 days old"),
    Measure.AGE_3: gettext_lazy("open at the end of {until}, 91 to 180 days old"),
    Measure.AGE_4: gettext_lazy("open at the end of {until}, 181 to 365 days old"),
    Measure.AGE_5: gettext_lazy("open at the end of {until}, more than 365 days old"),
    Measure.OPENED: gettext_lazy("opened from {first} to {until}"),
    Measure.REOPENED: gettext_lazy("reopened from {first} to {until}"),
    Measure.FIXED: gettext_lazy("fixed from {first} to {until}"),
    Measure.DISMISSED: gettext_lazy("dismissed from {first} to {until}"),
    Measure.IN_TIME: gettext_lazy("fixed by their due date, from {first} to {until}"),
    Measure.LATE: gettext_lazy("fixed after their due date, from {first} to {until}"),
}
_DEFINED_AS = {
    Measure.OPEN: "open",
    Measure.OVERDUE: "overdue",
    Measure.UNDATED: "overdue",
    Measure.IN_TIME: "sla",
    Measure.LATE: "sla",
}


@dataclass(frozen=True)
class Tile:
    """A large number with its definition; `note` says of what it is taken."""

    definition: Definition
    number: str
    note: str
    address: str


def tiles_of(board: Dashboard) -> list[Tile]:
    """Open, overdue, fixed in time, days to fix."""
    total, asked = board.total, board.question
    now = Wanted(Measure.OPEN, asked.as_of, under=asked.under, team=asked.team, kind=asked.kind)
    fixed = replace(now, measure=Measure.FIXED, from_on=asked.start_on)
    moved = _("{arrived} opened, {closed} closed").format(arrived=number(total.arrived), closed=number(total.closed))
    dated = _("{overdue} of {dated} with a due date").format(
        overdue=number(total.overdue), dated=number(total.dated_open)
    )
    if total.undated:
        dated = _("{dated}; {undated} without").format(dated=dated, undated=number(total.undated))
    in_time = _("{in_time} of {dated} fixed with a due date").format(
        in_time=number(total.in_time), dated=number(total.in_time + total.late)
    )
    days = total.days_to_fix
    told = _("unknown") if days is None else formats.number_format(days, decimal_pos=1, use_l10n=True)
    of_fixed = _("mean of {fixed} fixed").format(fixed=number(total.fixed))
    return [
        Tile(DEFINITIONS["open"], number(total.open), moved, asking.address_of(now)),
        Tile(
            DEFINITIONS["overdue"],
            percent(total.overdue_share),
            dated,
            asking.address_of(replace(now, measure=Measure.OVERDUE)),
        ),
        Tile(
            DEFINITIONS["sla"],
            percent(total.adherence),
            in_time,
            asking.address_of(replace(fixed, measure=Measure.IN_TIME)),
        ),
        Tile(DEFINITIONS["days_to_fix"], told, of_fixed, asking.address_of(fixed)),
    ]


def sentence_of(wanted: Wanted) -> str:
    """What a list of counted findings holds."""
    first, until = (
        formats.date_format(day, "DATE_FORMAT") for day in (wanted.from_on or wanted.until_on, wanted.until_on)
    )
    return str(_SENTENCES[wanted.measure]).format(first=first, until=until)


def definition_of(measure: Measure) -> Definition:
    """The definition of the number that counts this."""
    if measure in _DEFINED_AS:
        return DEFINITIONS[_DEFINED_AS[measure]]
    return DEFINITIONS["age" if measure.is_level else "flow"]
