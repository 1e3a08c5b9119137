"""How somebody signs in: their second factors, their open sessions, what is demanded of them."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from prodsec.accounts.models import PasswordLink, Person, SignInRules
from prodsec.accounts.queries.viewers import require
from prodsec.accounts.rules import tokens as rules
from prodsec.accounts.rules.browsers import browser_of
from prodsec.accounts.types import Demand, Factor, FactorKind, Factors, OpenSession, Permission, Viewer
from prodsec.kit import clock

CODES_MADE = 10
_REAL = (FactorKind.APP, FactorKind.KEY)


def demand() -> Demand:
    """Who has to have a second factor. Cost: 1 query."""
    word = SignInRules.objects.values_list("second_factor", flat=True).first()
    return Demand(word) if word else Demand.NOBODY


def factors(viewer: Viewer, person_id: int) -> Factors:
    """Somebody's second factors, oldest first; one's own, or those of a person one manages. Cost: 1 query."""
    del viewer
    rows = list(Authenticator.objects.filter(user_id=person_id).order_by("created_at", "id"))
    codes = [row for row in rows if row.type == FactorKind.RECOVERY_CODES]
    return Factors(
        apps=tuple(_factor(row) for row in rows if row.type == FactorKind.APP),
        keys=tuple(_factor(row) for row in rows if row.type == FactorKind.KEY),
        codes_left=CODES_MADE - int(codes[0].data["used_mask"]).bit_count() if codes else None,
    )


def _factor(row: Authenticator) -> Factor:
    kind = FactorKind(row.type)
    is_key = kind is FactorKind.KEY
    return Factor(
        id=row.pk,
        kind=kind,
        name=row.wrap().name if is_key else "",
        is_passkey=bool(is_key and row.wrap().is_passwordless),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )


def sessions(viewer: Viewer, *, current_key: str = "") -> list[OpenSession]:
    """The viewer's own browsers that are signed in, the latest seen first. Cost: 1 query."""
    living = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    rows = UserSession.objects.filter(user_id=viewer.person_id, session_key__in=living).order_by("-last_seen_at", "-id")
    return [
        OpenSession(
            id=row.pk,
            about=browser_of(row.user_agent),
            address=row.ip,
            since=row.created_at,
            last_seen_at=row.last_seen_at,
            is_current=row.session_key == current_key,
        )
        for row in rows
    ]


def password_link(text: str) -> PasswordLink | None:
    """The unused, unexpired link with this text, of somebody who may come in. Cost: 1 query."""
    return (
        PasswordLink.objects.select_related("person")
        .filter(
            digest=rules.digest_of(text),
            used_at__isnull=True,
            expires_at__gt=clock.now(),
            person__is_active=True,
        )
        .first()
    )


def recovery_codes(viewer: Viewer) -> list[str]:
    """The viewer's own unused recovery codes, to be shown when they were just made and never again. Cost: 1 query."""
    row = Authenticator.objects.get(user_id=viewer.person_id, type=FactorKind.RECOVERY_CODES)
    return list(row.wrap().get_unused_codes())


def people_without_factor(viewer: Viewer) -> QuerySet[Person]:
    """Who comes in with a password and nothing else, by name. Raises: NotPermittedError."""
    require(viewer, Permission.SIGN_IN_MANAGE)
    having = Authenticator.objects.filter(type__in=_REAL).values("user_id")
    without_password = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    with_password = Person.objects.filter(is_active=True, is_service=False).exclude(without_password)
    return with_password.exclude(pk__in=having).order_by("name", "id")
