"""Accounts: people, teams, roles, API tokens, and who is asking.

Words: a Person signs in (a service account never does); a Team owns assets; a Role is a set of permissions, a Grant gives
one to a person, a team or everybody, on an asset and below or over all; a Token acts for its person within scopes and a
subtree; a Viewer is whoever asks, resolved once a request. Invariants: an e-mail belongs to one person, in any case of
letters; a token is stored as a hash and shown once; there is always an active admin once there was one; nobody gives more
than they have; who owns an asset has the owner's role on it, as a Grant that follows the inventory.
It never decides what somebody may see of the inventory; that is `inventory.queries.visible_to`. It never writes the
activity record, which stands above it; `flows.manage_accounts` does both in one transaction.
"""
