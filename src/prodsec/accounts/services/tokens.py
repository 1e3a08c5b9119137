"""API tokens: made once, shown once, revoked for good."""

import datetime
import secrets
from typing import TYPE_CHECKING

from prodsec.accounts import queries
from prodsec.accounts.models import ApiToken
from prodsec.accounts.rules import tokens as rules
from prodsec.accounts.rules.roles import OF_ASSETS
from prodsec.accounts.services.people import checked_name
from prodsec.accounts.types import Scope, TokenNotFoundError, Viewer
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from prodsec.accounts.models import Person


def create_token(
    viewer: Viewer,
    *,
    name: str,
    scopes: frozenset[Scope],
    subtree: str = "",
    expires_at: datetime.datetime | None = None,
    owner_id: int | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for oneself (an admin: for anybody). Returns it and its text, which nobody can show again.

    A token never makes a token, and nobody gives away more than they have.
    Raises: ForbiddenError, InvalidError, PersonNotFoundError.
    """
    if not queries.may_manage_tokens(viewer):
        raise ForbiddenError("A token cannot make another token; sign in, or use one made for administration.")
    owner = queries.person(viewer, owner_id if owner_id is not None else (viewer.person_id or 0))
    if owner.pk != viewer.person_id and not viewer.is_admin:
        raise ForbiddenError("Only an admin may make a token for somebody else.")
    if Scope.ADMIN in scopes and not queries.viewer_of(owner).over_all - OF_ASSETS:
        raise InvalidError("this token could not administer: its owner has no role over all that does", place="scopes")
    if Scope.SCIM in scopes:
        _refuse_scim(viewer, owner, scopes, subtree)
    if not owner.is_active:
        raise InvalidError(f"{owner.email} is disabled; their token would not work", place="owner")
    if not scopes:
        raise InvalidError(f"give the token at least one scope of {', '.join(Scope)}", place="scopes")
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidError("this lies in the past", place="expires_at")
    text = rules.token_text(secrets.token_bytes(32))
    token = ApiToken.objects.create(
        name=checked_name(name),
        owner=owner,
        prefix=text[: rules.SHOWN],
        digest=rules.digest_of(text),
        scopes=sorted(scopes),
        subtree=subtree.strip("/"),
        expires_at=expires_at,
    )
    return token, text


def _refuse_scim(viewer: Viewer, owner: "Person", scopes: frozenset[Scope], subtree: str) -> None:
    """A token for SCIM lets people in: an admin makes it, for themselves or a service account, and for nothing else."""
    if not viewer.is_admin:
        raise ForbiddenError("Only an admin may make a token for SCIM.")
    if len(scopes) > 1 or subtree.strip("/"):
        raise InvalidError("a token for SCIM is for nothing else, and has no subtree", place="scopes")
    if not (owner.is_admin or owner.is_service):
        raise InvalidError("a token for SCIM belongs to an admin or to a service account", place="owner")


def revoke_token(viewer: Viewer, token_id: int) -> ApiToken:
    """End a token at once. Raises: ForbiddenError, TokenNotFoundError for one that is not the viewer's to end."""
    token = queries.tokens(viewer).filter(pk=token_id).first()
    if token is None:
        raise TokenNotFoundError(f"There is no token {token_id}.")
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
    return token
