"""Identity providers are managed: the change in `accounts` and its row in `activity`, in one transaction. Never a secret.

Functions return the id of what they made or changed.
"""

from typing import TYPE_CHECKING

from prodsec.accounts import queries, services
from prodsec.accounts.types import GroupRule, ProviderSettings, Viewer
from prodsec.activity import services as activity
from prodsec.inventory import queries as inventory

if TYPE_CHECKING:
    from prodsec.accounts.models import ProviderGroup, SignInProvider

_TOLD = (
    "name", "kind", "address", "client_id", "scopes", "groups_claim", "verified_claim", "trusted_domains",
    "required_domains", "admins_keep_password", "lets_in_unknown", "recheck_seconds", "grace_seconds", "session_hours",
    "is_enabled",
)  # fmt: skip


def add(viewer: Viewer, *, settings: ProviderSettings, secret: str) -> int:
    """People may sign in through a provider. Raises: NotPermittedError, InvalidError, ConflictError."""
    made = services.create_provider(viewer, settings=settings, secret=secret)
    _record(viewer, "provider.created", made.pk, _facts(made) | {"has_secret": bool(secret)})
    return made.pk


def change(viewer: Viewer, provider_id: int, *, settings: ProviderSettings, secret: str | None = None) -> int:
    """A provider is changed; a secret of None stays. Raises: NotPermittedError, ProviderNotFoundError, InvalidError."""
    before = queries.provider(viewer, provider_id)
    was, metadata = _facts(before), before.metadata
    after = services.change_provider(viewer, provider_id, settings=settings, secret=secret)
    details: dict[str, object] = {name: [was[name], now] for name, now in _facts(after).items() if was[name] != now}
    details |= {"secret": "changed"} if secret is not None else {}
    details |= {"metadata": "changed"} if after.metadata != metadata else {}
    if details:
        _record(viewer, "provider.changed", provider_id, details)
    return provider_id


def remove(viewer: Viewer, provider_id: int) -> int:
    """A provider is deleted; sessions that came from it end. Raises: NotPermittedError, ProviderNotFoundError."""
    gone = services.remove_provider(viewer, provider_id)
    _record(viewer, "provider.removed", provider_id, {"name": gone.name})
    return provider_id


def add_group(viewer: Viewer, provider_id: int, *, rule: GroupRule) -> int:
    """A group of the provider gives a team or a role.

    Raises: NotPermittedError, ProviderNotFoundError, AssetNotFoundError, TeamNotFoundError, RoleNotFoundError,
    InvalidError, ConflictError.
    """
    if rule.asset_id is not None:
        inventory.asset(viewer, rule.asset_id)
    made = services.add_group(viewer, provider_id, rule=rule)
    _record_group(viewer, "provider.group_added", made)
    return made.pk


def remove_group(viewer: Viewer, provider_id: int, group_id: int) -> int:
    """A group of the provider gives this no longer. Raises: NotPermittedError, ProviderNotFoundError, ConflictError."""
    _record_group(viewer, "provider.group_removed", services.remove_group(viewer, provider_id, group_id))
    return group_id


def unlink(viewer: Viewer, provider_id: int, identity_id: int) -> int:
    """A subject of the provider is nobody here any more. Raises: NotPermittedError, ProviderNotFoundError, ConflictError."""
    gone = services.unlink(viewer, provider_id, identity_id)
    details: dict[str, object] = {"provider_id": provider_id, "subject": gone.subject}
    activity.record(viewer, "person.unlinked", object_type="person", object_id=gone.person_id, details=details)
    return gone.person_id


def _facts(provider: "SignInProvider") -> dict[str, object]:
    return {name: getattr(provider, name) for name in _TOLD}


def _record(viewer: Viewer, action: str, provider_id: int, details: dict[str, object]) -> None:
    activity.record(viewer, action, object_type="provider", object_id=provider_id, details=details)


def _record_group(viewer: Viewer, action: str, row: "ProviderGroup") -> None:
    details: dict[str, object] = {
        "group": row.group, "team_id": row.team_id, "role": row.role, "asset_id": row.asset_id,
    }  # fmt: skip
    _record(viewer, action, row.provider_id, details)
