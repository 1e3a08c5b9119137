"""Jobs of `accounts`: links to set a password go out by mail."""

import smtplib

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from prodsec.accounts import queries, services
from prodsec.accounts.services import password_links
from prodsec.accounts.types import SYSTEM, PersonNotFoundError
from prodsec.kit import jobs
from prodsec.kit.errors import UnavailableError


@jobs.task(name=password_links.SEND_LINK)
def send_password_link(email: str, purpose: str) -> None:
    """Make a link and send it, to nobody when nobody who may come in has the address; run twice, the last one works.

    purpose: `invitation` or `reset`, which differ in how long the link works.
    """
    try:
        person = queries.person_with_email(SYSTEM, email)
    except PersonNotFoundError:
        return
    if not person.is_active or person.is_service:
        return
    valid_for = password_links.INVITED_FOR if purpose == "invitation" else password_links.RESET_FOR
    with transaction.atomic():
        text, expires_at = services.make_link(person, valid_for=valid_for)
    told = {
        "name": person.name,
        "link": f"{settings.PRODSEC_URL}/invitation/{text}/",
        "expires_at": expires_at,
        "purpose": purpose,
    }
    try:
        send_mail(
            _("Set your password for Prodsec"), render_to_string("account/password_link.txt", told), None, [email]
        )
    except (smtplib.SMTPException, OSError) as error:
        raise UnavailableError(f"The mail server did not take the message: {type(error).__name__}.") from error
