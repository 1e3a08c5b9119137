"""What makes a new installation useful, and how far it is; for who looks after its people."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import sign_in
from prodsec.accounts.types import Permission, Viewer
from prodsec.inventory import queries as inventory


@dataclass(frozen=True)
class Step:
    """One step of the first run."""

    done: bool
    title: Promise
    text: Promise
    address: str
    action: Promise


def are_for(viewer: Viewer) -> bool:
    """Whether the steps are the viewer's to take."""
    return accounts.holds(viewer, Permission.PERSON_MANAGE)


def steps(viewer: Viewer, *, has_imports: bool, has_teams: bool) -> list[Step]:
    """The steps in the order to take them. Cost: 4 queries."""
    others = accounts.people(viewer).prefetch_related(None).exclude(pk=viewer.person_id or 0)
    return [
        Step(
            done=sign_in.factors(viewer, viewer.person_id or 0).has_any,
            title=_("Make your sign-in safe"),
            text=_("Add a passkey or the codes of an app beside your password: you can do everything here."),
            address=reverse("mfa_index"),
            action=_("Add a second factor"),
        ),
        Step(
            done=others.exists(),
            title=_("Invite a colleague"),
            text=_("Whoever fixes findings should see them. Each person sees what their teams and roles reach."),
            address=reverse("accounts:people"),
            action=_("Add a person"),
        ),
        Step(
            done=has_imports,
            title=_("Import a report"),
            text=_(
                "Run a scanner you already have, or take a report out of a pipeline. The format is told by its content."
            ),
            address=reverse("scans:upload"),
            action=_("Upload a report"),
        ),
        _owner_step(viewer, has_teams=has_teams),
        Step(
            done=accounts.tokens(viewer).exists(),
            title=_("Let a pipeline send its reports"),
            text=_("Make a token that may only import, and add one line to the pipeline."),
            address=reverse("accounts:tokens"),
            action=_("Make a token"),
        ),
    ]


def _owner_step(viewer: Viewer, *, has_teams: bool) -> Step:
    """Owners are teams, so that the first team comes first."""
    title = _("Name an owner")
    if not has_teams:
        return Step(
            done=False,
            title=title,
            text=_("Teams own assets, and with them findings. Add one, and put the people in who should hear of them."),
            address=reverse("accounts:teams"),
            action=_("Add a team"),
        )
    return Step(
        done=inventory.assets(viewer).filter(owner_team__isnull=False).exists(),
        title=title,
        text=_("Set it on a group, and everything below inherits it. A CODEOWNERS file decides inside a repository."),
        address=reverse("inventory:assets"),
        action=_("Choose an asset"),
    )
