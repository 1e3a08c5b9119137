"""My work: what waits for the person who asks, and on a new installation what to do first."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries as findings
from prodsec.findings.queries import FindingRow
from prodsec.scans import queries as scans
from prodsec.scans.types import ScanState
from prodsec.site import first_steps
from prodsec.site.page_context import choices_of

MOST_FINDINGS, MOST_IMPORTS = 8, 6
_ASSIGNED = "assignee=me"


@dataclass(frozen=True)
class Tile:
    """A number, and the page that shows exactly what it counts. `loudness` is a class of the sheet of styles."""

    label: Promise
    number: int
    is_capped: bool
    address: str
    loudness: str = ""


@dataclass(frozen=True)
class Wanted:
    """A question of which the page shows how many answer."""

    label: Promise
    query: str
    loudness: str = ""


def home(request: HttpRequest) -> HttpResponse:
    """The work of the person who asks and of their teams; of everybody, for who is in no team."""
    viewer = viewer_asking(request)
    teams = list(accounts.teams(viewer))
    imports = scans.scans(viewer, size=MOST_IMPORTS).items
    tiles = _tiles(viewer)
    assigned = next(tile for tile in tiles if tile.address.endswith(_ASSIGNED))
    shows_steps = first_steps.are_for(viewer) and not choices_of(request, viewer).hides_first_steps
    steps = first_steps.steps(viewer, has_imports=bool(imports), has_teams=bool(teams)) if shows_steps else []
    context = {
        "is_mine": bool(viewer.team_ids),
        "teams": [team for team in teams if team.pk in viewer.team_ids],
        "tiles": tiles,
        "due": _first(viewer, f"{_of_teams(viewer)}order=due"),
        "assigned": _first(viewer, f"{_ASSIGNED}&order=due") if assigned.number else [],
        "imports": imports,
        "steps": [] if all(step.done for step in steps) else steps,
    }
    return render(request, "home.html", context)


def _first(viewer: Viewer, query: str) -> list[FindingRow]:
    """The first findings that answer. Cost: 2 queries."""
    return findings.findings_list(viewer, findings.filters_in(query), size=MOST_FINDINGS).items


def _of_teams(viewer: Viewer) -> str:
    return "owner=mine&" if viewer.team_ids else ""


def _may_own(viewer: Viewer) -> bool:
    """Whether the viewer can name an owner somewhere."""
    edits = Permission.ASSET_EDIT
    return accounts.holds(viewer, edits) or bool(viewer.roots(edits))


def _tiles(viewer: Viewer) -> list[Tile]:
    """What waits, counted. Cost: 2 queries."""
    mine = _of_teams(viewer)
    asked = [
        Wanted(_("overdue"), f"{mine}due=overdue", "bad"),
        Wanted(_("due within 7 days"), f"{mine}due=soon"),
        Wanted(_("critical and open"), f"{mine}severity=critical"),
        Wanted(_("assigned to me"), _ASSIGNED),
    ]
    if _may_own(viewer):
        asked.append(Wanted(_("owned by nobody"), "owner=none", "unowned"))
    page = reverse("findings:findings")
    counted = findings.badges(viewer, [one.query for one in asked])
    tiles = [
        Tile(one.label, badge.count, badge.is_capped, f"{page}?{badge.query}", one.loudness if badge.count else "")
        for one, badge in zip(asked, counted, strict=True)
    ]
    failed = scans.count_scans(viewer, states=frozenset({ScanState.FAILED}), mine=True)
    if failed:
        address = f"{reverse('scans:imports')}?state={ScanState.FAILED.word}&by=me"
        tiles.append(Tile(_("of my imports failed"), failed, is_capped=False, address=address, loudness="bad"))
    return tiles
