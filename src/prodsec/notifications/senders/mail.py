"""Messages by e-mail: text and simple HTML in one, nothing in it that is fetched from anywhere."""

import smtplib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from prodsec.notifications.types import AddressError, Message, NotSentError, UnansweredError

SECONDS = 20


def check(address: str) -> None:
    """Pass for one e-mail address. Raises: AddressError."""
    try:
        validate_email(address)
    except ValidationError:
        raise AddressError("this is no e-mail address", place="address") from None


def send(address: str, message: Message) -> None:
    """Hand a message to the mail server. Raises: NotSentError, UnansweredError."""
    if not settings.PRODSEC_EMAIL_FROM:
        raise NotSentError("E-mail is not set up: give PRODSEC_EMAIL_URL to Prodsec and start it again.")
    host = settings.PRODSEC_EMAIL_FROM.rpartition("@")[2].strip(">")
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=settings.PRODSEC_EMAIL_FROM,
        to=[address],
        headers={
            "Message-ID": f"<{message.word}@{host}>",
            "List-Unsubscribe": f"<{settings.PRODSEC_URL}/notifications/settings/>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(message.html, "text/html")
    is_open = False
    try:
        with get_connection() as connection:
            is_open = True
            connection.send_messages([mail])
    except smtplib.SMTPResponseException as error:
        raise NotSentError(f"The mail server refused the message (code {error.smtp_code}).") from None
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()), (0, b""))[0]
        raise NotSentError(f"The mail server refused this recipient (code {code}).") from None
    except OSError as error:  # as the other errors of smtplib are
        # Whether the server had read all of the message by then cannot be known.
        kind = UnansweredError if is_open else NotSentError
        raise kind(f"The mail server does not answer ({type(error).__name__}).") from None
