"""Links by which somebody sets their password, once: an invitation, or a reset that they asked for."""

import datetime
import secrets

from django.conf import settings

from prodsec.accounts import queries
from prodsec.accounts.models import PasswordLink, Person
from prodsec.accounts.queries import sign_in as reading
from prodsec.accounts.rules import tokens as rules
from prodsec.accounts.services.people import set_checked_password, theirs_to_enter
from prodsec.accounts.services.sign_in import end_all_sessions
from prodsec.accounts.types import PasswordLinkError, Permission, Viewer
from prodsec.kit import clock, jobs
from prodsec.kit.errors import InvalidError

INVITED_FOR = datetime.timedelta(days=7)
RESET_FOR = datetime.timedelta(hours=1)
SEND_LINK = "prodsec.accounts.tasks.send_password_link"
REFUSED = "This link was used, is too old, or is not ours. Ask an admin for a new one."


def invite(viewer: Viewer, person_id: int) -> tuple[str, datetime.datetime]:
    """A link's text, which nobody can show again, and until when it works. Earlier unused ones stop working.

    Raises: NotPermittedError, PersonNotFoundError, InvalidError for somebody who cannot come in.
    """
    return make_link(invitable(viewer, person_id), valid_for=INVITED_FOR)


def invitable(viewer: Viewer, person_id: int) -> Person:
    """Somebody whom the viewer may invite. Raises: NotPermittedError, PersonNotFoundError, InvalidError."""
    queries.require(viewer, Permission.PERSON_MANAGE)
    person = theirs_to_enter(viewer, person_id)
    if not person.is_active or person.is_service:
        raise InvalidError(f"{person.email} is disabled, or a service account; a link would not work.")
    return person


def make_link(person: Person, *, valid_for: datetime.timedelta) -> tuple[str, datetime.datetime]:
    """As `invite`; who may ask is the caller's to know."""
    text, expires_at = secrets.token_urlsafe(32), clock.now() + valid_for
    PasswordLink.objects.filter(person=person, used_at__isnull=True).delete()
    PasswordLink.objects.create(person=person, digest=rules.digest_of(text), expires_at=expires_at)
    return text, expires_at


def send_invitation(
    viewer: Viewer,
    person_id: int,
) -> None:
    """Have an invitation sent by mail; the job makes the link, so that no text of one lies in the queue.

    Raises: NotPermittedError, PersonNotFoundError, InvalidError, also where this installation sends no mail.
    """
    person = invitable(viewer, person_id)
    if not settings.PRODSEC_EMAIL_FROM:
        raise InvalidError("This installation sends no e-mail; make a link and hand it over.")
    jobs.enqueue_named(SEND_LINK, email=person.email, purpose="invitation")


def ask_for_link(*, email: str) -> None:
    """Somebody says that this is their address and that they lost their password.

    Known or not, the same is done here: one job, which looks whether anybody has the address (T08).
    """
    jobs.enqueue_named(SEND_LINK, email=email.strip().lower(), purpose="reset")


def use_link(text: str, *, password: str) -> Person:
    """Set the password of the person whose link it is, and end their sessions. Two at once: one wins.

    Raises: PasswordLinkError when the link is used, old or unknown; InvalidError for the password.
    """
    link = reading.password_link(text)
    if link is None or not _take(link):
        raise PasswordLinkError(REFUSED)
    set_checked_password(link.person, password)
    link.person.save(update_fields=["password"])
    end_all_sessions(person_id=link.person_id)
    return link.person


def _take(link: PasswordLink) -> bool:
    """Whether the link was unused until now; a second user waits here for the first one's commit, and finds it used."""
    return PasswordLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=clock.now()) == 1
