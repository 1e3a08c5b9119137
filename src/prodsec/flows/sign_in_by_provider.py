"""Somebody comes in because a provider vouches for them; later it vouches again, or no longer."""

from typing import TYPE_CHECKING

from prodsec.accounts import queries, services
from prodsec.accounts.types import Arrival, Viewer
from prodsec.activity import services as activity
from prodsec.activity.types import Told

if TYPE_CHECKING:
    from prodsec.accounts.models import ProviderSession, SignInProvider


def arrive(provider: "SignInProvider", arrival: Arrival) -> services.Arrived:
    """Let them in: made on the first sign-in where the provider may do that, linked the first time, groups followed.

    Raises: SignInRefusedError, ConflictError.
    """
    arrived = services.arrive(provider, arrival)
    person = arrived.person
    viewer = queries.viewer_of(person)
    told = []
    if arrived.is_new_person:
        told.append(_told("person.created", person.pk, {"email": person.email, "is_admin": False, "by": provider.name}))
    if arrived.is_new_link:
        told.append(_told("person.linked", person.pk, {"provider": provider.name, "subject": arrival.subject}))
    if arrived.is_changed:
        told.append(_groups_changed(viewer, provider, arrival.groups))
    activity.record_all(viewer, told)
    return arrived


def still_here(session: "ProviderSession", groups: frozenset[str]) -> None:
    """The provider vouched again; what its groups give is followed at once."""
    if services.heard(session, groups):
        person = session.identity.person
        viewer = queries.viewer_of(person)
        activity.record_all(viewer, [_groups_changed(viewer, session.identity.provider, groups)])


def _groups_changed(viewer: Viewer, provider: "SignInProvider", groups: frozenset[str]) -> Told:
    details: dict[str, object] = {
        "provider": provider.name, "groups": sorted(groups)[:100], "teams": sorted(viewer.team_ids),
    }  # fmt: skip
    return _told("person.groups_followed", viewer.person_id or 0, details)


def _told(action: str, person_id: int, details: dict[str, object]) -> Told:
    return Told(action, "person", person_id, None, "", details)
