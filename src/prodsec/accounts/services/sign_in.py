"""How people sign in: what is demanded, which sessions end, which second factors are taken away."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from prodsec.accounts import queries
from prodsec.accounts.models import Person, SignInRules
from prodsec.accounts.services.people import checked_name, theirs_to_change
from prodsec.accounts.types import Demand, Permission, SessionNotFoundError, Viewer
from prodsec.kit import clock


def rename_oneself(viewer: Viewer, *, name: str) -> Person:
    """Anybody chooses how they are called. Raises: PersonNotFoundError, InvalidError."""
    person = queries.person(viewer, viewer.person_id or 0)
    person.name = checked_name(name)
    person.save(update_fields=["name"])
    return person


def demand_second_factor(viewer: Viewer, *, of: Demand) -> None:
    """Say who has to have a second factor; who lacks one sets it up before anything else. Raises: NotPermittedError."""
    queries.require(viewer, Permission.SIGN_IN_MANAGE)
    SignInRules.objects.update_or_create(pk=1, defaults={"second_factor": of.value})


def remove_factors(viewer: Viewer, person_id: int) -> int:
    """Take away all second factors of somebody who lost them, and end their sessions. Returns how many there were.

    Raises: NotPermittedError, PersonNotFoundError.
    """
    queries.require(viewer, Permission.PERSON_MANAGE)
    person = theirs_to_change(viewer, person_id)
    removed: int = Authenticator.objects.filter(user_id=person.pk).delete()[0]
    end_all_sessions(person_id=person.pk)
    return removed


def note_session(session_key: str) -> None:
    """A browser was seen just now. Cost: 1 query."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=clock.now())


def end_session(viewer: Viewer, session_id: int) -> None:
    """Sign one of the viewer's own browsers out. Raises: SessionNotFoundError."""
    keys = UserSession.objects.filter(user_id=viewer.person_id, pk=session_id)
    if _end(list(keys.values_list("session_key", flat=True))) == 0:
        raise SessionNotFoundError(f"There is no session {session_id}; it may have ended already.")


def end_other_sessions(viewer: Viewer, *, but: str) -> int:
    """Sign all of the viewer's own browsers out except the one with the session key `but`. Returns how many."""
    others = UserSession.objects.filter(user_id=viewer.person_id).exclude(session_key=but)
    return _end(list(others.values_list("session_key", flat=True)))


def end_sessions_of(viewer: Viewer, person_id: int) -> int:
    """Sign somebody out everywhere. Returns how many sessions there were. Raises: NotPermittedError, PersonNotFoundError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
    return end_all_sessions(person_id=theirs_to_change(viewer, person_id).pk)


def end_all_sessions(*, person_id: int) -> int:
    """Sign somebody out everywhere; who may ask is the caller's to know. Returns how many sessions there were."""
    return _end(list(UserSession.objects.filter(user_id=person_id).values_list("session_key", flat=True)))


def _end(keys: list[str]) -> int:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)
