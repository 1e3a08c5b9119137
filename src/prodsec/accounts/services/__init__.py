"""Writes of `accounts`: people and teams, how they sign in, tokens, the first admin."""

from prodsec.accounts.services.choices import choose
from prodsec.accounts.services.password_links import ask_for_link, invite, make_link, send_invitation
from prodsec.accounts.services.password_links import use_link as use_password_link
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
from prodsec.accounts.services.sign_in import (
    demand_second_factor,
    end_all_sessions,
    end_other_sessions,
    end_session,
    end_sessions_of,
    note_session,
    remove_factors,
    rename_oneself,
)
from prodsec.accounts.services.tokens import create_token, revoke_token

__all__ = [
    "add_grant",
    "add_member",
    "ask_for_link",
    "change_person",
    "change_role",
    "choose",
    "create_person",
    "create_role",
    "create_service_account",
    "create_team",
    "create_token",
    "demand_second_factor",
    "end_all_sessions",
    "end_other_sessions",
    "end_session",
    "end_sessions_of",
    "follow_codeowners",
    "follow_owners",
    "invite",
    "make_link",
    "note_session",
    "remove_factors",
    "remove_grant",
    "remove_member",
    "remove_role",
    "remove_team",
    "rename_oneself",
    "rename_team",
    "revoke_token",
    "send_invitation",
    "set_password",
    "setup_link_if_needed",
    "sync_grants",
    "sync_memberships",
    "use_password_link",
    "use_setup_link",
]
