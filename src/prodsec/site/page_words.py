"""Words of the templates: dates as distances, severities with their sign, safe Markdown, icons. Built in, no `{% load %}`."""

import datetime
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from prodsec.findings.types import State
from prodsec.kit import clock, markdown
from prodsec.kit.pages import MOST_COUNTED
from prodsec.site.page_context import built_file
from prodsec.site.page_icons import ICONS
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

register = template.Library()

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


_SEVERITIES = {
    Severity.CRITICAL: gettext_noop("Critical"),
    Severity.HIGH: gettext_noop("High"),
    Severity.MEDIUM: gettext_noop("Medium"),
    Severity.LOW: gettext_noop("Low"),
    Severity.INFO: gettext_noop("Info"),
    Severity.UNKNOWN: gettext_noop("Unknown"),
}
_KINDS = {
    Kind.DEPENDENCY: gettext_noop("dependency"),
    Kind.CONTAINER: gettext_noop("container"),
    Kind.CODE: gettext_noop("code"),
    Kind.IAC: gettext_noop("infrastructure as code"),
    Kind.SECRET: gettext_noop("secret"),
    Kind.WEB: gettext_noop("web"),
    Kind.CLOUD: gettext_noop("cloud"),
    Kind.CLUSTER: gettext_noop("cluster"),
    Kind.HOST: gettext_noop("host"),
    Kind.NETWORK: gettext_noop("network"),
    Kind.MANUAL: gettext_noop("manual"),
}
_STATES = {
    State.DETECTED: ("open", gettext_noop("detected")),
    State.TRIAGED: ("open", gettext_noop("triaged")),
    State.IN_REMEDIATION: ("work", gettext_noop("in remediation")),
    State.MITIGATED: ("work", gettext_noop("mitigated")),
    State.RESOLVED: ("done", gettext_noop("resolved")),
    State.DISMISSED: ("stopped", gettext_noop("dismissed")),
}


@register.filter
def severity_name(severity: int) -> str:
    """The word a person reads."""
    return _(_SEVERITIES[Severity(severity)])


@register.filter
def severity(value: int) -> SafeString:
    """A severity with its sign and colour; the word is always there."""
    return _severity_sign(Severity(value).word, severity_name(value))


@register.filter
def state(value: int) -> SafeString:
    """The state of a finding with its colour; the word is always there."""
    loudness, word = _STATES[State(value)]
    return _state_sign(loudness, _(word))


@register.filter
def kind_name(value: int) -> str:
    """The kind of a finding, as a person reads it."""
    return _(_KINDS[Kind(value)])


@register.filter
def severity_word(value: int) -> str:
    """The word used in addresses."""
    return Severity(value).word


@register.filter
def when(moment: datetime.datetime | None) -> SafeString:
    """How long ago, or how far ahead; the full date shows when asked."""
    if moment is None:
        return mark_safe("")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _full(moment), _distance(moment))


@register.filter
def day(moment: datetime.datetime | None) -> SafeString:
    """A date as the person's language writes it; the hour shows when asked."""
    if moment is None:
        return mark_safe("")
    text = formats.date_format(timezone.localtime(moment), "DATE_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _full(moment), text)


@register.filter
def instant(moment: datetime.datetime | None) -> SafeString:
    """A date with its hour."""
    if moment is None:
        return mark_safe("")
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _full(moment))


@register.filter
def due(moment: datetime.datetime | None) -> SafeString:
    """A due date, louder the nearer it is."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', _("no date"))
    left = (moment - clock.now()).total_seconds()
    loudness = "due-breached" if left < 0 else "due-soon" if left < 7 * _DAY else ""
    told = _("overdue by {time}") if left < 0 else _("in {time}")
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        loudness,
        moment.isoformat(),
        _full(moment),
        told.format(time=_time(abs(left))),
    )


@register.filter(name="markdown")
def markdown_filter(text: str) -> SafeString:
    """Markdown that anybody may have written, as safe HTML."""
    return _sanitised(markdown.render(text))


@register.filter
def comment_markdown(text: str) -> SafeString:
    """As `markdown`, with the names of people and teams made strong."""
    return _sanitised(markdown.render_comment(text))


def _sanitised(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 - by `kit.markdown`, which made it


@register.filter
def bounded(number: int) -> str:
    """A count that was not counted to its end: 10,000+."""
    if number >= MOST_COUNTED:
        return f"{formats.number_format(MOST_COUNTED, use_l10n=True, force_grouping=True)}+"
    return formats.number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def grouped(number: float) -> str:
    """A number with its thousands apart."""
    return formats.number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def duration(hours: int) -> str:
    """A time in hours, or in days where these are whole and more than two."""
    if hours % 24 or hours < 48:
        return ngettext("{number} hour", "{number} hours", hours).format(number=hours)
    return ngettext("{number} day", "{number} days", hours // 24).format(number=hours // 24)


@register.filter
def breakable(path: str) -> SafeString:
    """A path that may go on in the next line after each slash, rather than in the middle of a word."""
    return format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in path.split("/")))


@register.filter
def path_tail(path: str) -> SafeString:
    """The last two parts of an asset's path, which tell it apart where space is short."""
    parts = path.split("/")
    return breakable(path if len(parts) < 3 else f"…/{'/'.join(parts[-2:])}")


@register.filter
def percent(share: float) -> str:
    """A share of one in percent."""
    return f"{formats.number_format(share * 100, decimal_pos=1, use_l10n=True)} %"


@register.filter
def item(mapping: dict[object, object], key: object) -> object:
    """What a mapping has under a key."""
    return mapping.get(key, "")


@register.simple_tag
def all_severities() -> list[str]:
    """The severities, worst first, for the heads of columns."""
    return [severity_name(severity) for severity in sorted(Severity, reverse=True)]


class Named(Protocol):
    """What a person may choose by its name."""

    pk: int
    name: str


@register.simple_tag
def options(choices: Iterable[Named], chosen: object) -> SafeString:
    """The options of a select: people or teams by their names."""
    told = str(chosen)
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((one.pk, mark_safe(" selected") if str(one.pk) == told else "", one.name) for one in choices),
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small picture beside a word; never instead of one."""
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', mark_safe(ICONS[name]))  # noqa: S308 - our own


@register.simple_tag
def built(name: str) -> str:
    """The address of a style sheet or script."""
    return built_file(name)


# A page shows the same few signs in every row.
@lru_cache(maxsize=64)
def _severity_sign(word: str, name: str) -> SafeString:
    return format_html('<span class="severity severity-{}">{}</span>', word, name)


@lru_cache(maxsize=64)
def _state_sign(loudness: str, name: str) -> SafeString:
    return format_html('<span class="state state-{}">{}</span>', loudness, name)


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
