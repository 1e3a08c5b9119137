"""Policy documents: versions that are never changed, one of a kind in force."""

from importlib.resources import files

from django.db import connection

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM, Permission, Viewer
from prodsec.activity import services as activity
from prodsec.policies.models import Document
from prodsec.policies.rules.documents import parse_sla

SLA = "sla"
_LOCK = 0x736C61


def ensure_default_sla() -> Document:
    """The SLA in force; on a new installation the default one is put in force first."""
    found = Document.objects.filter(kind=SLA, is_active=True).first()
    if found is not None:
        return found
    return activate_sla(SYSTEM, default_text())


def default_text() -> str:
    """The SLA an installation starts with."""
    return files("prodsec.policies").joinpath("default_sla.yaml").read_text(encoding="utf-8")


def activate_sla(viewer: Viewer, text: str) -> Document:
    """Put a new version in force. Clocks follow when they are next computed, or through `apply_to_all`.

    Raises: NotPermittedError, DocumentError.
    """
    accounts.require(viewer, Permission.POLICY_EDIT)
    parse_sla(text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    active = Document.objects.filter(kind=SLA, is_active=True).first()
    if active is not None and active.text == text:
        return active
    last = Document.objects.filter(kind=SLA).order_by("-version").first()
    Document.objects.filter(kind=SLA, is_active=True).update(is_active=False)
    document = Document.objects.create(
        kind=SLA, version=(last.version if last else 0) + 1, text=text, is_active=True, created_by_id=viewer.person_id
    )
    activity.record(
        viewer, "policy.activated", object_type="policy", object_id=document.pk, details={"version": document.version}
    )
    return document
