"""Writes of `accounts`: people and teams, tokens, the first admin."""

from prodsec.accounts.services.people import (
    add_member,
    change_person,
    create_person,
    create_service_account,
    create_team,
    remove_member,
    remove_team,
    rename_team,
    set_password,
)
from prodsec.accounts.services.roles import (
    add_grant,
    change_role,
    create_role,
    follow_codeowners,
    follow_owners,
    remove_grant,
    remove_role,
    sync_grants,
    sync_memberships,
)
from prodsec.accounts.services.setup import setup_link_if_needed, use_setup_link
from prodsec.accounts.services.tokens import create_token, revoke_token

__all__ = [
    "add_grant",
    "add_member",
    "change_person",
    "change_role",
    "create_person",
    "create_role",
    "create_service_account",
    "create_team",
    "create_token",
    "follow_codeowners",
    "follow_owners",
    "remove_grant",
    "remove_member",
    "remove_role",
    "remove_team",
    "rename_team",
    "revoke_token",
    "set_password",
    "setup_link_if_needed",
    "sync_grants",
    "sync_memberships",
    "use_setup_link",
]
