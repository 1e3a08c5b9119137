"""Whom a provider vouches for: who they are here, what their groups give them, and the sessions that came of it."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from prodsec.accounts import queries
from prodsec.accounts.models import Identity, Person, ProviderSession, SignInProvider, UsedAssertion
from prodsec.accounts.rules import claims
from prodsec.accounts.services.people import LONGEST_NAME, add_person
from prodsec.accounts.services.roles import sync_grants, sync_memberships
from prodsec.accounts.types import Arrival, GroupRule, GroupsFrom, SignInRefusedError
from prodsec.kit import clock, crypto
from prodsec.kit.errors import ConflictError

PURPOSE = "provider session"
# Longer than any session of a browser lives.
FORGOTTEN_AFTER = datetime.timedelta(days=15)


@dataclass(frozen=True)
class Arrived:
    """Who came in: their person, and what was new about it."""

    person: Person
    session_id: int
    is_new_person: bool
    is_new_link: bool
    is_changed: bool


def source_of(provider: SignInProvider) -> str:
    """What memberships and roles name as their source that a provider's groups gave."""
    return f"sign-in:{provider.slug}"


def arrive(provider: SignInProvider, arrival: Arrival) -> Arrived:
    """Let somebody in whom a provider vouches for: known by issuer and subject, the first time by a trusted e-mail address.

    Raises: SignInRefusedError with what to do.
    """
    known = (
        Identity.objects.select_for_update(of=("self",))
        .select_related("provider", "person")
        .filter(provider=provider, issuer=arrival.issuer, subject=arrival.subject)
        .first()
    )
    is_new_person = False
    if known is None:
        person, is_new_person = _person_meant(provider, arrival)
        known = _link(provider, arrival, person)
        is_new_link = True
    else:
        is_new_link = False
    if not known.person.is_active or known.person.is_service:
        raise SignInRefusedError("Your account was disabled; an admin can enable it.")
    now = clock.now()
    known.email, known.last_sign_in_at = arrival.email, now
    known.groups = sorted(arrival.groups)
    known.save(update_fields=["email", "last_sign_in_at", "groups"])
    is_changed = follow_groups(known, queries.rules_of(provider.pk))
    return Arrived(known.person, _begin_session(known, arrival, now).pk, is_new_person, is_new_link, is_changed)


def follow_groups(identity: Identity, rules: Sequence[GroupRule]) -> bool:
    """Make what the provider gives somebody exactly what its groups give; what was given by hand stays.

    Returns whether something changed.
    """
    source = source_of(identity.provider)
    teams = claims.teams_given(rules, identity.groups)
    given = claims.roles_given(rules, identity.groups)
    moved = sync_memberships(identity.person_id, source=source, team_ids=teams)
    return sync_grants(identity.person_id, source=source, given=given) or moved


def heard(session: ProviderSession, groups: frozenset[str]) -> bool:
    """The provider vouched again, with these groups. Returns whether that changed anything."""
    now = clock.now()
    ProviderSession.objects.filter(pk=session.pk).update(asked_at=now, tried_at=now)
    identity = session.identity
    if set(identity.groups) == groups:
        return False
    identity.groups = sorted(groups)
    identity.save(update_fields=["groups"])
    return follow_groups(identity, queries.rules_of(identity.provider_id))


def not_heard(session: ProviderSession) -> None:
    """The provider did not answer; it is not asked again at once."""
    ProviderSession.objects.filter(pk=session.pk).update(tried_at=clock.now())


def end_provider_session(session_id: int) -> None:
    """Forget a session's tokens; the browser's session is the door's to end."""
    ProviderSession.objects.filter(pk=session_id).delete()


def use_assertion(provider: SignInProvider, assertion_id: str, *, expires_at: datetime.datetime) -> None:
    """Note that an assertion was used. Raises: SignInRefusedError when it was before."""
    UsedAssertion.objects.filter(expires_at__lt=clock.now()).delete()
    digest = hashlib.sha256(assertion_id.encode()).digest()
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(provider=provider, digest=digest, expires_at=expires_at)
    except IntegrityError:
        raise SignInRefusedError("This answer of the provider was used before; sign in again.") from None


def _person_meant(provider: SignInProvider, arrival: Arrival) -> tuple[Person, bool]:
    email = arrival.email.strip()
    if not claims.may_vouch(email, is_verified=arrival.is_email_verified, domains=provider.trusted_domains):
        named = f"the e-mail address {email[:200]}" if email else "no e-mail address"
        raise SignInRefusedError(
            f"{provider.name} gave {named}, which does not prove who you are here: it has to be verified by the "
            "provider, and of a domain that the provider is trusted for."
        )
    person = Person.objects.filter(email=email.lower()).first()
    if person is not None:
        if Identity.objects.filter(provider=provider, issuer=arrival.issuer, person=person).exists():
            raise SignInRefusedError(
                f"{email} belongs to another account of {provider.name}. If that person left, or got a new account, "
                "an admin can unlink the old one."
            )
        return person, False
    if not provider.lets_in_unknown:
        raise SignInRefusedError(f"Nobody with the address {email} is known here; an admin can add you.")
    name = " ".join(arrival.name.split())[:LONGEST_NAME] or email.partition("@")[0]
    return add_person(email=email, name=name, password=None, is_admin=False), True


def _link(provider: SignInProvider, arrival: Arrival, person: Person) -> Identity:
    try:
        with transaction.atomic():
            return Identity.objects.create(
                provider=provider, issuer=arrival.issuer, subject=arrival.subject, person=person, email=arrival.email
            )
    except IntegrityError:
        raise ConflictError("You are signing in elsewhere at this very moment; try again.") from None


def _begin_session(identity: Identity, arrival: Arrival, now: datetime.datetime) -> ProviderSession:
    ProviderSession.objects.filter(identity=identity, tried_at__lt=now - FORGOTTEN_AFTER).delete()
    longest = now + datetime.timedelta(hours=identity.provider.session_hours)
    ends_at = arrival.ends_at
    if not can_be_asked(arrival):
        ends_at = min(longest, ends_at) if ends_at else longest
    return ProviderSession.objects.create(
        identity=identity,
        access_token=seal(identity, arrival.access_token),
        refresh_token=seal(identity, arrival.refresh_token),
        token_expires_at=arrival.token_expires_at,
        groups_from=arrival.groups_from.value,
        asked_at=now,
        tried_at=now,
        ends_at=ends_at,
    )


def can_be_asked(arrival: Arrival) -> bool:
    """Whether the provider can be asked again later: with a token for its userinfo, or one that renews the ID token."""
    if arrival.groups_from is GroupsFrom.USERINFO:
        return bool(arrival.access_token)
    return arrival.groups_from is GroupsFrom.IDENTITY and bool(arrival.refresh_token)


def seal(identity: Identity, token: str) -> bytes | None:
    """A provider's token as it is stored."""
    return crypto.seal(PURPOSE, token, place=f"identity:{identity.pk}") if token else None


def unseal(identity: Identity, sealed: bytes | memoryview | None) -> str:
    """A provider's token, to be sent to it and nowhere else. Raises: InvalidError."""
    return crypto.unseal(PURPOSE, sealed, place=f"identity:{identity.pk}") if sealed else ""
