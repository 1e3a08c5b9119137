"""What an address asks for: the day, the period, the part of the tree, the owner, the kind; and addresses that ask."""

import datetime
from collections.abc import Mapping
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.kit import clock
from prodsec.kit.errors import InvalidError
from prodsec.metrics.types import Measure, Period, Question, Wanted
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

PERIODS: dict[Period, Promise] = {
    Period.MONTH: gettext_lazy("30 days, by day"),
    Period.QUARTER: gettext_lazy("13 weeks"),
    Period.YEAR: gettext_lazy("52 weeks"),
    Period.TWO_YEARS: gettext_lazy("2 years, by 4 weeks"),
}
NOBODY = "none"
_OLDEST = datetime.date(1990, 1, 1)
_KINDS = {kind.word: kind for kind in Kind}
_SEVERITIES = {severity.word: severity for severity in Severity}


def question_in(given: Mapping[str, str]) -> Question:
    """The question of an address. Raises: InvalidError naming the parameter."""
    period = given.get("period") or Period.QUARTER.value
    if period not in set(Period):
        raise InvalidError(_("give one of {known}").format(known=", ".join(Period)), place="period")
    return Question(
        as_of=_day(given, "as_of"),
        period=Period(period),
        under=_path(given),
        team=_team(given),
        kind=_kind(given),
    )


def wanted_in(given: Mapping[str, str]) -> Wanted:
    """Which findings of a number an address asks for. Raises: InvalidError naming the parameter."""
    measure = given.get("count") or Measure.OPEN.value
    if measure not in set(Measure):
        raise InvalidError(_("give one of {known}").format(known=", ".join(Measure)), place="count")
    severity = given.get("severity")
    if severity and severity not in _SEVERITIES:
        raise InvalidError(_("give one of {known}").format(known=", ".join(_SEVERITIES)), place="severity")
    return Wanted(
        measure=Measure(measure),
        until_on=_day(given, "until"),
        from_on=_day(given, "from") if given.get("from") else None,
        under=_path(given),
        team=_team(given),
        kind=_kind(given),
        severity=_SEVERITIES[severity] if severity else None,
    )


def address_of(wanted: Wanted) -> str:
    """The address of the findings that a number counts."""
    facts = {
        "count": wanted.measure.value,
        "from": None if wanted.from_on is None else wanted.from_on.isoformat(),
        "until": wanted.until_on.isoformat(),
        "under": wanted.under or None,
        "team": None if wanted.team is None else wanted.team or NOBODY,
        "kind": None if wanted.kind is None else Kind(wanted.kind).word,
        "severity": None if wanted.severity is None else wanted.severity.word,
    }
    return f"/metrics/findings/?{urlencode({name: value for name, value in facts.items() if value is not None})}"


def _day(given: Mapping[str, str], name: str) -> datetime.date:
    """A day not after today, which it also is when none is given."""
    today = clock.now().date()
    text = given.get(name, "")
    if not text:
        return today
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise InvalidError(_("give a day such as 2026-03-31"), place=name) from None
    if day < _OLDEST:
        raise InvalidError(_("give a day since 1990"), place=name)
    return min(day, today)


def _path(given: Mapping[str, str]) -> str:
    return given.get("under", "").replace("\x00", "").strip().strip("/")


def _team(given: Mapping[str, str]) -> int | None:
    text = given.get("team", "")
    if text == NOBODY:
        return 0
    if text and not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise InvalidError(_("give a team's number, or `none`"), place="team")
    return int(text) if text else None


def _kind(given: Mapping[str, str]) -> int | None:
    word = given.get("kind", "")
    if word and word not in _KINDS:
        raise InvalidError(_("give one of {known}").format(known=", ".join(_KINDS)), place="kind")
    return _KINDS[word].value if word else None
