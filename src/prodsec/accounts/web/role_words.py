"""What roles and permissions are called on pages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.accounts.queries import Role
from prodsec.accounts.types import Permission

if TYPE_CHECKING:
    from prodsec.accounts.models import Grant

PERMISSIONS: dict[Permission, Promise] = {
    Permission.ASSET_READ: gettext_lazy("See assets"),
    Permission.ASSET_CREATE: gettext_lazy("Make assets below"),
    Permission.ASSET_EDIT: gettext_lazy("Change assets and their owners"),
    Permission.ASSET_SHARE: gettext_lazy("Give roles on assets"),
    Permission.FINDING_READ: gettext_lazy("See findings"),
    Permission.FINDING_COMMENT: gettext_lazy("Comment on findings"),
    Permission.FINDING_TRIAGE: gettext_lazy("Triage findings"),
    Permission.FINDING_DECIDE: gettext_lazy("Decide for many findings, set severities and owners"),
    Permission.VIEW_SHARE: gettext_lazy("Share saved views with everybody"),
    Permission.SCAN_READ: gettext_lazy("See imports"),
    Permission.SCAN_IMPORT: gettext_lazy("Import reports, cancel and undo imports"),
    Permission.FORMAT_MANAGE: gettext_lazy("Describe formats of reports for everybody"),
    Permission.PERSON_READ: gettext_lazy("See people's accounts and roles"),
    Permission.PERSON_MANAGE: gettext_lazy("Manage people and teams"),
    Permission.ROLE_MANAGE: gettext_lazy("Manage roles and give them over all"),
    Permission.SIGN_IN_MANAGE: gettext_lazy("Say how everybody has to sign in"),
    Permission.PROVIDER_READ: gettext_lazy("See identity providers"),
    Permission.PROVIDER_MANAGE: gettext_lazy("Set up identity providers"),
    Permission.TOKEN_MANAGE: gettext_lazy("See and revoke everybody's tokens"),
    Permission.POLICY_EDIT: gettext_lazy("Change policies"),
    Permission.ACTIVITY_READ: gettext_lazy("Read the record of activity"),
    Permission.ACTIVITY_FORWARD: gettext_lazy("Say where the record of activity is forwarded to"),
    Permission.CHANNEL_MANAGE: gettext_lazy("Manage the channels of all teams"),
    Permission.JOB_READ: gettext_lazy("See background jobs"),
}
_ROLES: dict[str, Promise] = {
    "viewer": gettext_lazy("Viewer"),
    "developer": gettext_lazy("Developer"),
    "maintainer": gettext_lazy("Maintainer"),
    "security": gettext_lazy("Security"),
    "auditor": gettext_lazy("Auditor"),
}
_SOURCES: dict[str, Promise] = {
    "": gettext_lazy("given by hand"),
    "owner": gettext_lazy("owns it"),
    "codeowners": gettext_lazy("named in CODEOWNERS"),
}


@dataclass(frozen=True)
class GrantRow:
    """A giving of a role as pages show it. `who_address` is empty for everybody; `where` for over all."""

    id: int
    role: str
    who: str
    who_address: str
    where: str
    where_address: str
    source: str
    is_by_hand: bool


def permission_name(permission: Permission) -> str:
    """What a permission lets people do."""
    return str(PERMISSIONS[permission])


def role_name(role: Role) -> str:
    """What a role is called."""
    return role.name or str(_ROLES.get(role.slug, role.slug))


def grant_rows(grants: "list[Grant]", names: dict[str, str], paths: dict[int, str]) -> list[GrantRow]:
    """Rows of grants. names: of roles by slug; paths: of the assets that the viewer sees, by id; others are left out."""
    return [
        GrantRow(
            id=grant.pk,
            role=names.get(grant.role, grant.role),
            who=_who(grant),
            who_address=_address(grant),
            where="" if grant.asset_id is None else paths[grant.asset_id],
            where_address="" if grant.asset_id is None else f"/assets/{grant.asset_id}/people/",
            source=str(_SOURCES.get(grant.source, grant.source)),
            is_by_hand=not grant.source,
        )
        for grant in grants
        if grant.asset_id is None or grant.asset_id in paths
    ]


def _who(grant: "Grant") -> str:
    if grant.person is not None:
        return str(grant.person)
    return _("Everybody who signs in") if grant.team is None else grant.team.name


def _address(grant: "Grant") -> str:
    if grant.person_id is not None:
        return f"/admin/people/{grant.person_id}/"
    return "" if grant.team_id is None else f"/admin/teams/{grant.team_id}/"
