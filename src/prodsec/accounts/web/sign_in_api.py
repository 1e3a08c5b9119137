"""`/api/v1/people/{id}/invitation` and `/factors`: how somebody gets in, and in again."""

import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema, Status

from prodsec.accounts.queries import viewer_asking
from prodsec.flows import manage_sign_in

router = Router()


class InvitationOut(Schema):
    """A link to set a password, which is shown this once and works once."""

    url: str
    expires_at: datetime.datetime


@router.post(
    "/people/{int:person_id}/invitation", response={201: InvitationOut}, tags=["people"], summary="Invite a person"
)
def invite(request: HttpRequest, person_id: int) -> Status[InvitationOut]:
    """Make a link with which somebody sets their password; earlier ones stop working. For who manages people."""
    text, expires_at = manage_sign_in.invite(viewer_asking(request), person_id)
    url = settings.PRODSEC_URL + reverse("accounts:invitation", args=[text])
    return Status(201, InvitationOut(url=url, expires_at=expires_at))


@router.delete(
    "/people/{int:person_id}/factors", response={204: None}, tags=["people"], summary="Take second factors away"
)
def remove_factors(request: HttpRequest, person_id: int) -> Status[None]:
    """Take away the second factors of somebody who lost them, and end their sessions. For who manages people."""
    manage_sign_in.remove_factors(viewer_asking(request), person_id)
    return Status(204, None)
