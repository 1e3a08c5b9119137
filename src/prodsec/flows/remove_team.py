"""A team is deleted: what it owns goes to its heir first, assets and then findings, and nothing is left without an owner by it."""

from prodsec.accounts import queries as teams
from prodsec.accounts import services as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings import queries as finding_queries
from prodsec.findings import services as findings
from prodsec.inventory import queries as asset_queries
from prodsec.inventory import services as inventory
from prodsec.kit.errors import ConflictError, InvalidError


def run(viewer: Viewer, team_id: int, *, heir_id: int | None = None) -> int:
    """Delete a team. Returns its id.

    Raises: NotPermittedError, TeamNotFoundError, InvalidError for itself as heir; ConflictError while it owns something and
    there is no heir.
    """
    teams.require(viewer, Permission.PERSON_MANAGE)
    team = teams.team(viewer, team_id)
    if heir_id == team_id:
        raise InvalidError("name another team than the one that is deleted", place="hand_over_to")
    details: dict[str, object] = {"slug": team.slug, "name": team.name}
    if heir_id is None:
        _refuse_owner(viewer, team_id, team.name)
    else:
        details |= {
            "handed_over_to": heir_id,
            "assets": inventory.hand_over(viewer, team_id, heir_id),
            "findings": findings.hand_over(viewer, team_id, heir_id, reason=f"team {team.slug} was deleted"),
        }
    accounts.remove_team(viewer, team_id)
    activity.record(viewer, "team.deleted", object_type="team", object_id=team_id, details=details)
    return team_id


def _refuse_owner(viewer: Viewer, team_id: int, name: str) -> None:
    assets, owned = asset_queries.given_to(viewer, team_id).count(), finding_queries.count_owned(viewer, team_id)
    told = [
        f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((assets, "asset"), (owned, "finding")) if count
    ]
    if told:
        raise ConflictError(f"{name} still owns {' and '.join(told)}; say which team they are handed over to.")
