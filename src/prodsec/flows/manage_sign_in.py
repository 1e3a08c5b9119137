"""How people sign in is changed: the deed in `accounts` and its row in `activity`, in one transaction.

Some deeds the sign-in library does itself, in the same transaction; those are only told here (`tell_…`).
"""

import datetime

from prodsec.accounts import queries, services
from prodsec.accounts.queries import sign_in as reading
from prodsec.accounts.types import Demand, FactorKind, Viewer
from prodsec.activity import services as activity


def rename_oneself(viewer: Viewer, *, name: str) -> int:
    """Anybody chooses how they are called. Raises: PersonNotFoundError, InvalidError."""
    person_id = viewer.person_id or 0
    before = queries.person(viewer, person_id).name
    after = services.rename_oneself(viewer, name=name).name
    if before != after:
        _tell(viewer, "person.changed", person_id, {"name": [before, after]})
    return person_id


def demand_second_factor(viewer: Viewer, *, of: Demand) -> Demand:
    """Say who has to have a second factor. Raises: NotPermittedError."""
    before = reading.demand()
    services.demand_second_factor(viewer, of=of)
    if before is not of:
        details: dict[str, object] = {"second_factor": [before.value, of.value]}
        activity.record(viewer, "sign_in.changed", object_type="sign_in", object_id=1, details=details)
    return of


def remove_factors(viewer: Viewer, person_id: int) -> int:
    """Take somebody's lost second factors away, and end their sessions. Raises: NotPermittedError, PersonNotFoundError."""
    removed = services.remove_factors(viewer, person_id)
    _tell(viewer, "person.factors_taken_away", person_id, {"factors": removed})
    return removed


def end_session(viewer: Viewer, session_id: int) -> None:
    """Sign one of one's own browsers out. Raises: SessionNotFoundError."""
    services.end_session(viewer, session_id)
    _tell(viewer, "person.sessions_ended", viewer.person_id or 0, {"sessions": 1})


def end_other_sessions(viewer: Viewer, *, but: str) -> int:
    """Sign all of one's own browsers out except this one."""
    ended = services.end_other_sessions(viewer, but=but)
    if ended:
        _tell(viewer, "person.sessions_ended", viewer.person_id or 0, {"sessions": ended})
    return ended


def end_sessions_of(viewer: Viewer, person_id: int) -> int:
    """Sign somebody out everywhere. Raises: NotPermittedError, PersonNotFoundError."""
    ended = services.end_sessions_of(viewer, person_id)
    _tell(viewer, "person.sessions_ended", person_id, {"sessions": ended})
    return ended


def tell_signed_in(viewer: Viewer, *, ways: list[str], address: str) -> None:
    """Somebody came in. ways: how they showed who they are, in that order; address: where the request came from."""
    _tell(viewer, "person.signed_in", viewer.person_id or 0, {"ways": ways, "from": address})


def tell_factor_added(viewer: Viewer, kind: FactorKind, *, name: str = "") -> None:
    """Somebody set a second factor up, or made recovery codes."""
    _tell(
        viewer, "person.factor_added", viewer.person_id or 0, {"kind": kind.value, **({"name": name} if name else {})}
    )


def tell_factor_removed(viewer: Viewer, kind: FactorKind, *, name: str = "") -> None:
    """Somebody removed a second factor of their own."""
    _tell(
        viewer, "person.factor_removed", viewer.person_id or 0, {"kind": kind.value, **({"name": name} if name else {})}
    )


def tell_factor_renamed(viewer: Viewer, *, name: str) -> None:
    """Somebody gave a security key of their own another name."""
    _tell(viewer, "person.factor_renamed", viewer.person_id or 0, {"kind": FactorKind.KEY.value, "name": name})


def tell_password_changed(viewer: Viewer, *, but: str) -> None:
    """Somebody changed their own password; their other sessions end."""
    services.end_other_sessions(viewer, but=but)
    _tell(viewer, "person.password_changed", viewer.person_id or 0, {})


def invite(viewer: Viewer, person_id: int) -> tuple[str, datetime.datetime]:
    """A link to set a password, and until when it works. Raises: NotPermittedError, PersonNotFoundError, InvalidError."""
    text, expires_at = services.invite(viewer, person_id)
    _tell(viewer, "person.invited", person_id, {"until": expires_at.isoformat()})
    return text, expires_at


def send_invitation(viewer: Viewer, person_id: int) -> int:
    """A link to set a password goes out by mail. Raises: NotPermittedError, PersonNotFoundError, InvalidError."""
    services.send_invitation(viewer, person_id)
    _tell(viewer, "person.invited", person_id, {"by": "mail"})
    return person_id


def use_password_link(text: str, *, password: str) -> int:
    """Somebody sets their password through a link. Raises: PasswordLinkError, InvalidError."""
    person = services.use_password_link(text, password=password)
    _tell(queries.viewer_of(person), "person.password_set", person.pk, {"by": "link"})
    return person.pk


def _tell(viewer: Viewer, action: str, person_id: int, details: dict[str, object]) -> None:
    activity.record(viewer, action, object_type="person", object_id=person_id, details=details)
