"""What each role may do. Roles of the installation itself (custom ones) are rows; these are part of the program."""

from collections.abc import Iterable
from dataclasses import dataclass

from prodsec.accounts.types import Permission

VIEWER = frozenset({Permission.ASSET_READ, Permission.FINDING_READ, Permission.SCAN_READ, Permission.FINDING_COMMENT})
DEVELOPER = VIEWER | {Permission.FINDING_TRIAGE, Permission.SCAN_IMPORT}
MAINTAINER = DEVELOPER | {
    Permission.ASSET_CREATE, Permission.ASSET_EDIT, Permission.ASSET_SHARE, Permission.FINDING_DECIDE,
}  # fmt: skip
AUDITOR = frozenset(permission for permission in Permission if permission.action == "read")
SECURITY = MAINTAINER | AUDITOR | {
    Permission.POLICY_EDIT, Permission.VIEW_SHARE, Permission.CHANNEL_MANAGE, Permission.FORMAT_MANAGE,
}  # fmt: skip

# What has a place in the tree; everything else only means something over all.
OF_ASSETS = MAINTAINER
# Whoever owns an asset maintains it; whoever a CODEOWNERS file names works on it.
OWNER, FILE_OWNER = "maintainer", "developer"


@dataclass(frozen=True)
class BuiltIn:
    """A role that every installation has. `is_over_all`: it is given for everything or not at all."""

    slug: str
    permissions: frozenset[Permission]
    is_over_all: bool = False


BUILT_IN = {
    role.slug: role
    for role in (
        BuiltIn("viewer", VIEWER),
        BuiltIn("developer", DEVELOPER),
        BuiltIn("maintainer", MAINTAINER),
        BuiltIn("security", SECURITY, is_over_all=True),
        BuiltIn("auditor", AUDITOR, is_over_all=True),
    )
}


def known(words: Iterable[str]) -> frozenset[Permission]:
    """The permissions among these words; one that the program no longer has gives nothing."""
    values = {permission.value: permission for permission in Permission}
    return frozenset(values[word] for word in words if word in values)
