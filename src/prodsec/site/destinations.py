"""Pages and deeds that the palette offers: where they are, and who has them. A page that is not here is not found there."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer

Asked = Callable[[Viewer], bool]


def _anybody(viewer: Viewer) -> bool:
    """Whoever signed in."""
    return viewer.person_id is not None


def _over_all(permission: Permission) -> Asked:
    return lambda viewer: accounts.holds(viewer, permission)


def _somewhere(permission: Permission) -> Asked:
    return lambda viewer: accounts.holds(viewer, permission) or bool(viewer.roots(permission))


@dataclass(frozen=True)
class Destination:
    """A page, or a deed that begins on one. `words` are other names that people look for."""

    label: Promise
    address: str | Promise
    icon: str
    is_for: Asked = _anybody
    words: str | Promise = ""


PAGES = (
    Destination(_("My work"), reverse_lazy("pages:home"), "home", words=_("home start")),
    Destination(_("Findings"), reverse_lazy("findings:findings"), "finding", words=_("vulnerabilities list")),
    Destination(_("Saved views"), reverse_lazy("findings:views"), "list"),
    Destination(_("Clusters"), reverse_lazy("findings:clusters"), "list", words=_("same duplicates recipe")),
    Destination(_("Assets"), reverse_lazy("inventory:assets"), "tree", words=_("projects tree")),
    Destination(_("Imports"), reverse_lazy("scans:imports"), "import", words=_("scans reports")),
    Destination(_("Formats of reports"), reverse_lazy("scans:formats"), "scan", words=_("scanner parser tool")),
    Destination(_("Metrics"), reverse_lazy("metrics:metrics"), "chart", words=_("numbers charts")),
    Destination(_("Notices"), reverse_lazy("notifications:notices"), "bell", words=_("inbox mentions")),
    Destination(_("Documentation"), reverse_lazy("pages:docs"), "book", words=_("help guide")),
    Destination(_("People"), reverse_lazy("accounts:people"), "people", _over_all(Permission.PERSON_READ)),
    Destination(_("Teams"), reverse_lazy("accounts:teams"), "people"),
    Destination(_("Roles"), reverse_lazy("accounts:roles"), "key", _over_all(Permission.PERSON_READ), _("permissions")),
    Destination(_("Tokens"), reverse_lazy("accounts:tokens"), "key", words=_("API")),
    Destination(_("Due dates"), reverse_lazy("policies:sla"), "clock", words=_("SLA policy")),
    Destination(_("Jobs"), reverse_lazy("pages:jobs"), "gear", _over_all(Permission.JOB_READ)),
    Destination(
        _("Activity"), reverse_lazy("activity:activity"), "list", _over_all(Permission.ACTIVITY_READ), _("audit")
    ),
    Destination(
        _("How people sign in"), reverse_lazy("accounts:sign_in_rules"), "key", _over_all(Permission.SIGN_IN_MANAGE)
    ),
    Destination(
        _("Identity providers"),
        reverse_lazy("accounts:providers"),
        "key",
        _over_all(Permission.PROVIDER_READ),
        _("OpenID SAML SSO"),
    ),
    Destination(
        _("Channels"),
        reverse_lazy("notifications:all_channels"),
        "bell",
        _over_all(Permission.CHANNEL_MANAGE),
        _("mail chat"),
    ),
)
DEEDS = (
    Destination(
        _("Upload a report"),
        reverse_lazy("scans:upload"),
        "import",
        _somewhere(Permission.SCAN_IMPORT),
        _("import scan"),
    ),
    Destination(
        _("Describe a format"),
        reverse_lazy("scans:new_format"),
        "scan",
        _over_all(Permission.FORMAT_MANAGE),
        _("parser report YAML"),
    ),
    Destination(_("Add an asset"), reverse_lazy("inventory:new"), "plus", _somewhere(Permission.ASSET_CREATE)),
    Destination(
        _("Import a list of assets"), reverse_lazy("inventory:import"), "tree", _somewhere(Permission.ASSET_CREATE)
    ),
    Destination(
        _("Add a person"), reverse_lazy("accounts:people"), "person", _over_all(Permission.PERSON_MANAGE), _("invite")
    ),
    Destination(_("Add a team"), reverse_lazy("accounts:teams"), "people", _over_all(Permission.PERSON_MANAGE)),
    Destination(
        _("Make a token"), reverse_lazy("accounts:tokens"), "key", accounts.may_manage_tokens, _("API pipeline")
    ),
    Destination(
        _("Change due dates"), reverse_lazy("policies:sla"), "clock", _over_all(Permission.POLICY_EDIT), _("SLA")
    ),
    Destination(_("Make my sign-in safe"), reverse_lazy("mfa_index"), "key", words=_("passkey second factor sessions")),
    Destination(
        _("What I hear, and when"), reverse_lazy("notifications:settings"), "bell", words=_("digest mail quiet")
    ),
    Destination(_("Change my password"), reverse_lazy("account_change_password"), "person"),
)


def offered(viewer: Viewer, destinations: tuple[Destination, ...], text: str) -> list[Destination]:
    """Those that are for the viewer and have every word of the text as the beginning of one of theirs."""
    asked = text.casefold().split()

    def fits(one: Destination) -> bool:
        words = f"{one.label} {one.words}".casefold().split()
        return all(any(word.startswith(part) for word in words) for part in asked)

    return [one for one in destinations if one.is_for(viewer) and fits(one)]
