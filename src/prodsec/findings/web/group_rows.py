"""Groups of findings as lines of the list: what they are called, how many, and where exactly these are."""

from html import escape

from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from prodsec.findings.queries import GroupPage, GroupRow
from prodsec.findings.rules.filtering.clauses import Clause
from prodsec.findings.rules.remediations import Remedy
from prodsec.findings.web import filter_bar, words
from prodsec.kit.words import grouped
from prodsec.vocabulary.severity import Severity

MOST_WITHIN = 25
_LONGEST = 200


def rows(page: GroupPage, given: QueryDict) -> SafeString:
    """The groups of a page as rows of its table; every number leads to the list of exactly what it counts."""
    more = "+" if page.is_capped else ""
    return SafeString("".join(_row(group, given, more) for group in page.items))


def _row(group: GroupRow, given: QueryDict, more: str) -> str:
    address = filter_bar.address(group.filters, given)
    within = f"{reverse('findings:within')}{address}"
    notes = "".join(f"<span>{told}</span>" for told in (_shown(group.note), escape(_extra(group))) if told)
    show, findings = escape(_("show here")), escape(_("findings"))
    counts = "".join(_count(group, severity, given, more) for severity in sorted(Severity, reverse=True))
    return (
        f'<tr><td class="cell-main"><a class="row-title" href="{escape(address)}">{_shown(_label(group))}</a>'
        f'<div class="row-note">{notes}<button class="why" type="button" hx-get="{escape(within)}" hx-trigger="click once"'
        f' hx-target="closest tr" hx-swap="afterend">{show}</button></div></td>{counts}'
        f'<td class="number" data-label="{findings}">'
        f'<a href="{escape(address)}">{grouped(group.total)}{more}</a></td></tr>\n'
    )


def _count(group: GroupRow, severity: Severity, given: QueryDict, more: str) -> str:
    number, label = group.by_severity[severity], escape(words.severity_name(severity))
    if not number:
        return f'<td class="number cell-count" data-zero data-label="{label}"><span class="muted">0</span></td>'
    address = filter_bar.address(group.filters.narrowed_to(Clause("severity", (severity.word,))), given)
    told = f'<a href="{escape(address)}">{grouped(number)}{more}</a>'
    return f'<td class="number cell-count" data-label="{label}">{told}</td>'


def _shown(text: str) -> str:
    return f"<bdi>{escape(Truncator(text).chars(_LONGEST))}</bdi>" if text else ""


def _label(row: GroupRow) -> str:
    if row.remedy is Remedy.BUMP:
        told = _("Bump {package} to {version}") if row.version else _("Replace {package}, or wait for its fix")
        return told.format(package=row.label, version=row.version)
    if row.remedy is Remedy.REBUILD:
        return _("Rebuild {image}").format(image=row.label)
    if row.remedy is Remedy.ROTATE:
        return _("Take out of use: {secret}").format(secret=row.label)
    if row.remedy is Remedy.FIX:
        return _("Fix: {rule}").format(rule=row.label)
    return row.label or str(_("unknown"))


def _extra(row: GroupRow) -> str:
    """What a person should know of the versions that fix a package."""
    if row.remedy is Remedy.BUMP and row.version and row.unfixed:
        return _("{number} of them know no fix yet").format(number=row.unfixed)
    if row.remedy is None and row.version:
        return _("fixed in {version}").format(version=row.version)
    return ""
