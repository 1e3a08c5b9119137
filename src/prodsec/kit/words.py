"""How pages tell dates, numbers and paths: distances, full dates, counts with their thousands apart. Safe HTML or plain words."""

import datetime
from functools import lru_cache
from html import escape

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from prodsec.kit import clock
from prodsec.kit.pages import MOST_COUNTED

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def when(moment: datetime.datetime | None) -> SafeString:
    """How long ago, or how far ahead; the full date shows when asked."""
    if moment is None:
        return SafeString("")
    return _time_element("", moment, _distance(moment))


def day(moment: datetime.datetime | None) -> SafeString:
    """A date as the person's language writes it; the hour shows when asked."""
    if moment is None:
        return SafeString("")
    text = formats.date_format(timezone.localtime(moment), "DATE_FORMAT")
    return _time_element("", moment, text)


def instant(moment: datetime.datetime | None) -> SafeString:
    """A date with its hour."""
    if moment is None:
        return SafeString("")
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _full(moment))


def due(moment: datetime.datetime | None) -> SafeString:
    """A due date, louder the nearer it is."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', _("no date"))
    left = (moment - clock.now()).total_seconds()
    loudness = "due-breached" if left < 0 else "due-soon" if left < 7 * _DAY else ""
    told = _("overdue by {time}") if left < 0 else _("in {time}")
    return _time_element(loudness, moment, told.format(time=_time(abs(left))))


def bounded(number: int) -> str:
    """A count that was not counted to its end: 10,000+."""
    if number >= MOST_COUNTED:
        return f"{formats.number_format(MOST_COUNTED, use_l10n=True, force_grouping=True)}+"
    return formats.number_format(number, use_l10n=True, force_grouping=True)


def grouped(number: float) -> str:
    """A number with its thousands apart."""
    return formats.number_format(number, use_l10n=True, force_grouping=True)


def duration(hours: int) -> str:
    """A time in hours, or in days where these are whole and more than two."""
    if hours % 24 or hours < 48:
        return ngettext("{number} hour", "{number} hours", hours).format(number=hours)
    return ngettext("{number} day", "{number} days", hours // 24).format(number=hours // 24)


def breakable(path: str) -> SafeString:
    """A path that may go on in the next line after each slash, rather than in the middle of a word."""
    return SafeString(escape(path).replace("/", "/<wbr>"))


def path_tail(path: str) -> SafeString:
    """The last two parts of an asset's path, which tell it apart where space is short."""
    parts = path.split("/")
    return breakable(path if len(parts) < 3 else f"…/{'/'.join(parts[-2:])}")


def percent(share: float) -> str:
    """A share of one in percent."""
    return f"{formats.number_format(share * 100, decimal_pos=1, use_l10n=True)} %"


def _time_element(loudness: str, moment: datetime.datetime, told: str) -> SafeString:
    kind = f' class="{loudness}"' if loudness else ""
    inner = f'datetime="{moment.isoformat()}" title="{escape(_full(moment))}">{escape(told)}'
    return SafeString(f"<time{kind} {inner}</time>")


def _full(moment: datetime.datetime) -> str:
    local = timezone.localtime(moment)
    return _told_in_full(local.replace(tzinfo=None), local.tzname() or "", get_language())


@lru_cache(maxsize=4096)  # what one import brought has one time
def _told_in_full(local: datetime.datetime, zone: str, language: str | None) -> str:
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {zone}"


def _distance(moment: datetime.datetime) -> str:
    seconds = (clock.now() - moment).total_seconds()
    if abs(seconds) < _MINUTE:
        return _("just now") if seconds >= 0 else _("in a moment")
    return (_("{time} ago") if seconds >= 0 else _("in {time}")).format(time=_time(abs(seconds)))


def _time(seconds: float) -> str:
    """A time in its largest fitting unit, rounded."""
    if seconds < 0.99 * _HOUR:
        number = max(1, round(seconds / _MINUTE))
        return ngettext("{number} minute", "{number} minutes", number).format(number=number)
    if seconds < 0.99 * _DAY:
        number = round(seconds / _HOUR)
        return ngettext("{number} hour", "{number} hours", number).format(number=number)
    if seconds < 90 * _DAY:
        number = round(seconds / _DAY)
        return ngettext("{number} day", "{number} days", number).format(number=number)
    number = round(seconds / (30.44 * _DAY))
    return ngettext("{number} month", "{number} months", number).format(number=number)
