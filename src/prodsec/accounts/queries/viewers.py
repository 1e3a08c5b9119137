"""Who is asking, and what their roles let them do."""

import dataclasses
import datetime

from django.db import connection
from django.db.models import Q
from django.http import HttpRequest

from prodsec.accounts.models import ApiToken, Person
from prodsec.accounts.rules import roles
from prodsec.accounts.rules import tokens as rules
from prodsec.accounts.types import Given, NotPermittedError, Permission, Scope, SignInError, Viewer
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError

# A token's last use is noted at most this often, so that reading does not mean writing.
NOTE_USE_EVERY = datetime.timedelta(minutes=1)

_NEEDED_SCOPE = {
    Permission.ASSET_READ: Scope.READ,
    Permission.FINDING_READ: Scope.READ,
    Permission.SCAN_READ: Scope.READ,
    Permission.SCAN_IMPORT: Scope.IMPORT,
    Permission.ASSET_CREATE: Scope.IMPORT,
    Permission.ASSET_EDIT: Scope.WRITE,
    Permission.FINDING_COMMENT: Scope.WRITE,
    Permission.FINDING_TRIAGE: Scope.WRITE,
    Permission.FINDING_DECIDE: Scope.WRITE,
    Permission.VIEW_SHARE: Scope.WRITE,
}

# One row a team (role empty), and one a role with all assets it holds on; an asset of null is: over all.
_TEAMS_AND_ROLES = """
WITH mine AS MATERIALIZED (SELECT team_id FROM accounts_teammember WHERE person_id = %(person)s)
SELECT '', NULL, array_agg(team_id) FROM mine
UNION ALL
SELECT g.role, custom.permissions, array_agg(g.asset_id)
FROM accounts_grant g
LEFT JOIN accounts_customrole custom ON custom.slug = g.role
WHERE g.person_id = %(person)s OR g.team_id IN (SELECT team_id FROM mine)
   OR (g.person_id IS NULL AND g.team_id IS NULL)
GROUP BY g.role, custom.permissions
UNION ALL
SELECT '?', NULL, ARRAY[]::bigint[] FROM accounts_signinrules rules
WHERE %(has_password)s
  AND (rules.second_factor = 'everybody' OR (rules.second_factor = 'admins' AND %(is_admin)s))
  AND NOT EXISTS (SELECT 1 FROM mfa_authenticator WHERE user_id = %(person)s AND type IN ('totp', 'webauthn'))
"""
# The row that says that a second factor is demanded and missing; no role is called so.
_LACKS_FACTOR = "?"


def viewer_of(person: Person) -> Viewer:
    """The viewer a signed-in person is, with what is theirs by teams and roles. Cost: 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TEAMS_AND_ROLES,
            {"person": person.pk, "is_admin": person.is_admin, "has_password": person.has_usable_password()},
        )
        rows = cursor.fetchall()
    teams: frozenset[int] = frozenset()
    over_all: frozenset[Permission] = frozenset(Permission) if person.is_admin else frozenset()
    below: list[Given] = []
    lacks_factor = False
    for role, custom, ids in rows:
        if role == _LACKS_FACTOR:
            lacks_factor = True
            continue
        if not role:
            teams = frozenset(ids or ())
            continue
        built_in = roles.BUILT_IN.get(role)
        permissions = built_in.permissions if built_in else roles.known(custom or ())
        if None in ids:
            over_all |= permissions
        assets = frozenset(asset_id for asset_id in ids if asset_id is not None)
        if assets and not (built_in and built_in.is_over_all):
            below.append(Given(permissions & roles.OF_ASSETS, assets))
    return Viewer(
        person_id=person.pk,
        name=str(person),
        is_admin=person.is_admin,
        team_ids=teams,
        over_all=over_all,
        below=tuple(below),
        lacks_factor=lacks_factor,
    )


def viewer_of_token(text: str) -> Viewer | None:
    """The viewer a token speaks for; None when it is unknown, expired, revoked, or its person was disabled.

    Cost: 2 queries, and one update a minute.
    """
    if not rules.is_well_formed(text):
        return None
    now = clock.now()
    usable = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    token = (
        ApiToken.objects.select_related("owner")
        .filter(usable, digest=rules.digest_of(text), revoked_at__isnull=True, owner__is_active=True)
        .first()
    )
    if token is None:
        return None
    if token.last_used_at is None or now - token.last_used_at > NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    scopes = frozenset(Scope(scope) for scope in token.scopes)
    return dataclasses.replace(viewer_of(token.owner), scopes=scopes, subtree=token.subtree, token_id=token.pk)


def viewer_asking(request: HttpRequest) -> Viewer:
    """Whom `ViewerMiddleware` found to be asking.

    Raises: SignInError for nobody; doors that let anonymous people in do not ask.
    """
    viewer = getattr(request, "viewer", None)
    if not isinstance(viewer, Viewer):
        raise SignInError("Sign in first.")
    return viewer


def scope_allows(viewer: Viewer, permission: Permission) -> bool:
    """Whether the token (if it is one) was made for this; a session may do what its person may."""
    if viewer.scopes is None or Scope.ADMIN in viewer.scopes:
        return True
    needed = _NEEDED_SCOPE.get(permission, Scope.ADMIN)
    if needed is Scope.READ:
        return bool(viewer.scopes & {Scope.READ, Scope.WRITE})
    if needed is Scope.IMPORT:
        return bool(viewer.scopes & {Scope.IMPORT, Scope.WRITE})
    return needed in viewer.scopes


def require_scope(viewer: Viewer, permission: Permission) -> None:
    """Pass for people, and for tokens made for this. Raises: ForbiddenError."""
    if not scope_allows(viewer, permission):
        raise ForbiddenError(f"This token was not made for {permission}; use one with another scope.")


def holds(viewer: Viewer, permission: Permission) -> bool:
    """Whether a role gives this over all; to a token only if it was made for it, and not for a part of the tree."""
    return permission in viewer.over_all and not viewer.subtree and scope_allows(viewer, permission)


def require(viewer: Viewer, permission: Permission) -> None:
    """Pass for whom a role gives this over all. Raises: NotPermittedError."""
    if not holds(viewer, permission):
        raise NotPermittedError(f"This needs the permission {permission} over all; an admin can give it to you.")
