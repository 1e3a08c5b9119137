"""Words of the templates: dates as distances, severities with their sign, safe Markdown, icons. Built in, no `{% load %}`."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from prodsec.findings.web import words as findings
from prodsec.kit import markdown, words
from prodsec.site.page_context import built_file
from prodsec.site.page_icons import ICONS
from prodsec.vocabulary.severity import Severity

register = template.Library()

for told in (
    words.when,
    words.day,
    words.instant,
    words.due,
    words.bounded,
    words.grouped,
    words.duration,
    words.breakable,
    words.path_tail,
    words.percent,
    findings.severity_name,
    findings.severity,
    findings.severity_word,
    findings.state,
    findings.kind_name,
):
    register.filter(told.__name__, told)


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
def item(mapping: dict[object, object], key: object) -> object:
    """What a mapping has under a key."""
    return mapping.get(key, "")


@register.simple_tag
def all_severities() -> list[str]:
    """The severities, worst first, for the heads of columns."""
    return [findings.severity_name(severity) for severity in sorted(Severity, reverse=True)]


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
@lru_cache(maxsize=128)
def icon(name: str) -> SafeString:
    """A small picture beside a word; never instead of one."""
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', mark_safe(ICONS[name]))  # noqa: S308 - our own


@register.simple_tag
def built(name: str) -> str:
    """The address of a style sheet or script."""
    return built_file(name)
