"""The first admin: a link that works once, for as long as nobody exists."""

import datetime
import secrets

from django.db import connection

from prodsec.accounts import queries
from prodsec.accounts.models import Person, SetupLink
from prodsec.accounts.rules import tokens as rules
from prodsec.accounts.services.people import add_person
from prodsec.accounts.types import SetupLinkError
from prodsec.kit import clock

VALID_FOR = datetime.timedelta(hours=24)
_SETUP_LOCK = 0x73657475


def setup_link_if_needed() -> str:
    """A fresh link's text while nobody exists, else an empty text. Earlier unused links stop working."""
    if queries.has_people():
        return ""
    text = secrets.token_urlsafe(32)
    SetupLink.objects.filter(used_at__isnull=True).delete()
    SetupLink.objects.create(digest=rules.digest_of(text), expires_at=clock.now() + VALID_FOR)
    return text


def use_setup_link(text: str, *, email: str, name: str, password: str) -> Person:
    """Make the first admin. Two at once: one wins.

    Raises: SetupLinkError when the link is used, old or unknown; InvalidError for the fields.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
    link = queries.setup_link(text)
    if link is None:
        raise SetupLinkError("This link was used, is too old, or is not ours. Start Prodsec again for a new one.")
    person = add_person(email=email, name=name, password=password, is_admin=True)
    link.used_at = clock.now()
    link.save(update_fields=["used_at"])
    return person
