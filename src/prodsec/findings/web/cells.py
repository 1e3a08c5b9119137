"""The rows of the findings list: one function a column.

Fifty rows of a dozen cells are most of what a page costs; made here and not in a template, they cost a third.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prodsec.findings.queries import FindingRow
from prodsec.findings.web import columns, words
from prodsec.kit.words import breakable, due, path_tail, when


@dataclass(frozen=True)
class Rows:
    """What is the same in all rows of a table.

    names       the columns, in their order, each with its width where one was chosen
    revisions   finding → number of its last event, which a deed on it says it has seen; left out of members
    view        the saved view that is open; its columns go on in the members of a cluster
    is_member   whether these rows stand below another one of their cluster
    """

    names: Sequence[str]
    revisions: Mapping[int, int] = field(default_factory=dict)
    view: int | None = None
    is_member: bool = False
    findings: str = field(default_factory=lambda: reverse("findings:findings"))
    assets: str = field(default_factory=lambda: reverse("inventory:assets"))

    def html(self, findings: Sequence[FindingRow]) -> SafeString:
        """All rows. Every text in them is escaped by the cell that shows it."""
        cells = [_sized(CELLS[name], width) for name, width in map(columns.parts, self.names)]
        return SafeString("".join(self._row(finding, cells) for finding in findings))

    def _row(self, finding: FindingRow, cells: "Sequence[Cell]") -> str:
        check, member = "", ' class="member"'
        if not self.is_member:
            chosen = f"{finding.id}.{self.revisions.get(finding.id, '')}"
            member = ""
            check = f'<input type="checkbox" name="finding" value="{chosen}" aria-labelledby="finding-{finding.id}">'
        inner = "".join(cell(finding, self) for cell in cells)
        return f'<tr data-finding="{finding.id}"{member}><td class="cell-check">{check}</td>{inner}</tr>\n'


Cell = Callable[[FindingRow, Rows], str]
_OPENING = '<td class="'


def _sized(cell: Cell, width: str) -> Cell:
    """A cell that says how wide its column is; every cell begins with its classes."""
    if not width:
        return cell
    return lambda finding, rows: f"{_OPENING}col-{width} {cell(finding, rows).removeprefix(_OPENING)}"


def _finding(finding: FindingRow, rows: Rows) -> str:
    notes = []
    if finding.vulnerability_beside:
        notes.append(f"<span>{escape(finding.vulnerability_beside)}</span>")
    if finding.package:
        notes.append(f'<span class="mono">{escape(finding.package)}</span>')
    if finding.place_beside:
        notes.append(f'<span class="mono">{breakable(finding.place_beside)}</span>')
    if rows.is_member:
        notes.append(f"<span>{escape(finding.tool)}</span>")
    elif finding.members:
        notes.append(_others(finding, rows))
    address = f"{rows.findings}{finding.id}/"
    return (
        f'<td class="cell-main"><a id="finding-{finding.id}" class="row-title" href="{address}">{escape(finding.title)}</a>'
        f'<div class="row-note">{"".join(notes)}</div></td>'
    )


def _others(finding: FindingRow, rows: Rows) -> str:
    """The button that brings the other findings of the cluster below this row."""
    told = ngettext("and %(number)s more of its cluster", "and %(number)s more of its cluster", finding.members)
    address = reverse("findings:members", args=(finding.id,)) + (f"?view={rows.view}" if rows.view else "")
    return (
        f'<button class="why" type="button" hx-get="{address}" hx-trigger="click once" hx-target="closest tr"'
        f' hx-swap="afterend">{escape(told % {"number": finding.members})}</button>'
    )


def _asset(finding: FindingRow, rows: Rows) -> str:
    path = escape(finding.asset_path)
    address = f"{rows.assets}{finding.asset_id}/"
    return f'<td class="cell-words"><a href="{address}" title="{path}">{path_tail(finding.asset_path)}</a></td>'


def _owner(finding: FindingRow, rows: Rows) -> str:
    unowned = escape(_("unowned"))
    owner = escape(finding.owner_team) if finding.owner_team else f'<span class="unowned">{unowned}</span>'
    note = ""
    if finding.assignee and not any(name == "assignee" for name, _width in map(columns.parts, rows.names)):
        note = f'<div class="row-note">{escape(finding.assignee)}</div>'
    return f'<td class="cell-words">{owner}{note}</td>'


def _due(finding: FindingRow, _rows: Rows) -> str:
    told = due(finding.due_at) if finding.state.is_open else '<span class="muted">–</span>'
    return f'<td class="cell-tight">{told}</td>'


def _seen(finding: FindingRow, _rows: Rows) -> str:
    since = escape(_("since"))
    return f'<td class="cell-tight cell-late muted" data-label="{since}">{when(finding.first_seen_at)}</td>'


def _text(kind: str, told: Callable[[FindingRow], str]) -> Cell:
    """A cell with nothing but a text; a dash where it is empty."""
    return lambda finding, _rows: f'<td class="{kind}">{escape(told(finding) or "–")}</td>'


CELLS: dict[str, Cell] = {
    "severity": lambda finding, _rows: f'<td class="cell-tight">{words.severity(finding.severity)}</td>',
    "finding": _finding,
    "asset": _asset,
    "owner": _owner,
    "state": lambda finding, _rows: f'<td class="cell-tight">{words.state(finding.state)}</td>',
    "due": _due,
    "seen": _seen,
    "assignee": _text("cell-words", lambda finding: finding.assignee),
    "kind": _text("cell-tight", lambda finding: words.kind_name(finding.kind)),
    "tool": _text("cell-words", lambda finding: finding.tool),
    "vulnerability": _text("cell-tight", lambda finding: finding.vulnerability),
    "component": _text("cell-words mono", lambda finding: finding.package),
}
