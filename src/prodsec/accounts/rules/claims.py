"""Reading what an identity provider says of somebody: groups, whether an e-mail address can be trusted."""

from collections.abc import Collection, Iterable, Mapping

from prodsec.accounts.types import GroupRule, SignInRefusedError

MOST_GROUPS = 5_000
_LONGEST_GROUP = 500


def groups_in(claims: Mapping[str, object], path: str) -> frozenset[str] | None:
    """The groups under a claim: a list of names, or one name. `realm_access.roles` looks inside; a claim of that very name goes first. None: the claim is not there.

    Raises: SignInRefusedError when the provider says that there are more groups than it can tell, or tells nonsense.
    """
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, Mapping) and path in elsewhere:
        raise SignInRefusedError(
            "The provider has too many groups of yours to name them; an admin can let it send only those that matter."
        )
    found = claims.get(path)
    if found is None and path not in claims:
        found = _inside(claims, path)
    if found is None:
        return None
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SignInRefusedError(f"The claim {path} is not a list of names, so your groups are not known.")
    if len(names) > MOST_GROUPS:
        raise SignInRefusedError(f"The provider names more than {MOST_GROUPS} groups.")
    return frozenset(name[:_LONGEST_GROUP] for name in names if name)


def _inside(claims: Mapping[str, object], path: str) -> object:
    here: object = claims
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def is_true(value: object) -> bool:
    """Whether a claim says yes; some providers send the word instead of the value."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def domain_of(email: str) -> str:
    """The part after the @, in small letters; empty for what is no plain address.

    Letters outside ASCII are refused: some of them become others when made small, and would name somebody else.
    """
    name, at, domain = email.strip().rpartition("@")
    plain = email.isascii() and email.isprintable() and " " not in email.strip()
    return domain.lower() if plain and at and name and "@" not in name and domain else ""


def may_vouch(email: str, *, is_verified: bool, domains: Collection[str]) -> bool:
    """Whether an address may name a person here: the provider verified it, and was told to be trusted for its domain."""
    domain = domain_of(email)
    return is_verified and bool(domain) and domain in domains


def teams_given(rules: Iterable[GroupRule], groups: Collection[str]) -> frozenset[int]:
    """The teams that these groups lead to."""
    return frozenset(rule.team_id for rule in rules if rule.team_id is not None and rule.group in groups)


def roles_given(rules: Iterable[GroupRule], groups: Collection[str]) -> frozenset[tuple[str, int | None]]:
    """The roles that these groups lead to, each with its asset (None: over all)."""
    return frozenset((rule.role, rule.asset_id) for rule in rules if rule.role and rule.group in groups)
