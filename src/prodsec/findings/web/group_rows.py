"""Groups of findings as lines of the list: what they are called, how many, and where exactly these are."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from prodsec.findings.queries import GroupRow
from prodsec.findings.rules.filtering.clauses import Clause
from prodsec.findings.rules.remediations import Remedy
from prodsec.findings.web import filter_bar
from prodsec.vocabulary.severity import Severity

MOST_WITHIN = 25


@dataclass(frozen=True)
class SeverityCell:
    """How many of a severity in a group, and the list of exactly these."""

    severity: Severity
    number: int
    address: str


@dataclass(frozen=True)
class GroupLine:
    """A line; `address` is the list of exactly what it counts, `query` the same without the question mark."""

    label: str
    note: str
    extra: str
    total: int
    cells: tuple[SeverityCell, ...]
    address: str

    @property
    def query(self) -> str:
        """The question of the line."""
        return self.address.removeprefix("?")


def line(row: GroupRow, given: QueryDict) -> GroupLine:
    """A group as a line."""
    cells = [
        SeverityCell(
            severity,
            row.by_severity[severity],
            filter_bar.address(row.filters.narrowed_to(Clause("severity", (severity.word,))), given),
        )
        for severity in sorted(Severity, reverse=True)
    ]
    return GroupLine(
        label=_label(row),
        note=row.note,
        extra=_extra(row),
        total=row.total,
        cells=tuple(cells),
        address=filter_bar.address(row.filters, given),
    )


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
