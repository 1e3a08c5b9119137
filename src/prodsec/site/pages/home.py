"""Home: what waits for me, and on a new installation what to do first."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries as findings
from prodsec.inventory import queries as inventory
from prodsec.scans import queries as scans

MOST_FINDINGS, MOST_IMPORTS = 8, 6
_BADGES = {
    "overdue": _("overdue"),
    "due soon": _("due within 7 days"),
    "critical": _("critical and open"),
    "unowned": _("owned by nobody"),
}


@dataclass(frozen=True)
class Step:
    """One step of the first run."""

    done: bool
    title: Promise
    text: Promise
    address: str
    action: Promise


def home(request: HttpRequest) -> HttpResponse:
    """The page of the person who asks: their teams' findings; everybody's for an admin, or for who is in no team."""
    viewer = viewer_asking(request)
    is_mine = bool(viewer.team_ids) and not inventory.sees_all(viewer)
    imports = scans.scans(viewer, size=MOST_IMPORTS).items
    steps = _steps(viewer, has_imports=bool(imports)) if accounts.holds(viewer, Permission.PERSON_MANAGE) else []
    asked = {"order": ["due"]} | ({"owner": ["mine"]} if is_mine else {})
    due = findings.findings_list(viewer, findings.filters_from(asked), size=MOST_FINDINGS)
    context = {
        "is_mine": is_mine,
        "badges": [(badge, _BADGES[badge.name]) for badge in findings.badges(viewer)],
        "due": due.items,
        "teams": [team for team in accounts.teams(viewer) if team.pk in viewer.team_ids],
        "imports": imports,
        "steps": [] if all(step.done for step in steps) else steps,
    }
    return render(request, "home.html", context)


def _steps(viewer: Viewer, *, has_imports: bool) -> list[Step]:
    """What makes a new installation useful. Cost: 3 queries."""
    return [
        Step(
            done=has_imports,
            title=_("Import a report"),
            text=_(
                "Run a scanner you already have, or take a report out of a pipeline. The format is told by its content."
            ),
            address="/imports/upload/",
            action=_("Upload a report"),
        ),
        Step(
            done=accounts.teams(viewer).exists(),
            title=_("Add a team"),
            text=_("Teams own assets, and with them findings. Put the people in who should hear of them."),
            address="/admin/teams/",
            action=_("Add a team"),
        ),
        Step(
            done=inventory.assets(viewer).filter(owner_team__isnull=False).exists(),
            title=_("Name an owner"),
            text=_(
                "Set it on a group, and everything below inherits it. A CODEOWNERS file decides inside a repository."
            ),
            address="/assets/",
            action=_("Choose an asset"),
        ),
        Step(
            done=accounts.tokens(viewer).exists(),
            title=_("Let a pipeline send its reports"),
            text=_("Make a token that may only import, and add one line to the pipeline."),
            address="/admin/tokens/",
            action=_("Make a token"),
        ),
    ]
