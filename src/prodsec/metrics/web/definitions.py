"""What each number means: formula, what it is taken of, target. The same words on the page, in the API, and in the guide."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """A number, for people."""

    name: str
    label: Promise
    formula: Promise
    population: Promise
    target: Promise
    note: Promise


_OPEN_NOTE = _(
    "Days are those of UTC. A finding counts under the severity and the owner that it had on that day. Findings that are one "
    "piece of work, which lists show as one line, are counted each."
)
_NO_TARGET = _("None is set: read it beside what was scanned.")
DEFINITIONS = {
    one.name: one
    for one in (
        Definition(
            "open",
            _("Open findings"),
            _("Findings opened or reopened by the end of the day, without those fixed or dismissed by then."),
            _("All findings of the assets you see, narrowed as the page is."),
            _NO_TARGET,
            _OPEN_NOTE,
        ),
        Definition(
            "flow",
            _("Opened and closed"),
            _(
                "Opened: open for the first time, by a scan or a person. Reopened: open again after it was fixed or dismissed. "
                "Fixed: no scan shows it any more, or a person verified it. Dismissed: by a decision."
            ),
            _("Each opening and closing in the days of the step; one finding can have several."),
            _("Closed at least as many as opened."),
            _(
                "What opens and closes in one instant, as under an earlier decision, is not counted. Undone imports never happened."
            ),
        ),
        Definition(
            "sla",
            _("Fixed in time"),
            _("Findings fixed by their due date ÷ findings fixed that have one × 100, in the period."),
            _(
                "Fixed findings with a due date; dismissed ones, and those without a due date, are left out and told beside."
            ),
            _("100 %: all within their due date."),
            _(
                "The due date is the one in force now: an extension or another policy counts back. In time is up to the end of that day."
            ),
        ),
        Definition(
            "overdue",
            _("Overdue"),
            _("Open findings whose due date lies before the day ÷ open findings with a due date × 100."),
            _("Open findings with a due date; those without one are told beside."),
            _("0 %: none past its due date."),
            _("The due date is the one in force now."),
        ),
        Definition(
            "age",
            _("Age of open findings"),
            _("Days from first detection to the end of the day, in six ranges."),
            _("Open findings. A reopened one counts from its first detection."),
            _NO_TARGET,
            _OPEN_NOTE,
        ),
        Definition(
            "days_to_fix",
            _("Days to fix"),
            _("Sum of the days from first detection to the fix ÷ findings fixed, in the period."),
            _("Fixed findings, also those without a due date; dismissed ones are left out."),
            _NO_TARGET,
            _("A mean: a few very old ones weigh much. The list shows each."),
        ),
        Definition(
            "teams",
            _("By owner team"),
            _(
                "The numbers above, of the findings that a team owned on the day, or that opened and closed while it did."
            ),
            _("Findings by their owner team; those owned by nobody are a line of their own."),
            _("All in time (100 %), none overdue, none owned by nobody."),
            _("Of teams, never of single people."),
        ),
    )
}
