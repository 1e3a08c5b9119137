"""Component: a package or library inside an asset, as a report names it."""

import msgspec


class Component(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A package in use. `type` is the package URL type (`pypi`, `npm`, `deb`); empty when the report does not say.

    `name` alone is always given. `namespace` is the group, scope or distribution (`org.apache`, `@angular`, `debian`).
    """

    name: str
    version: str = ""
    type: str = ""
    namespace: str = ""
    purl: str = ""
    fixed_versions: tuple[str, ...] = ()
