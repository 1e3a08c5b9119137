"""Place: where a finding sits, in code, on the web, on a host, in a cloud or in an image."""

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where something is. Every field is empty (or None) when the report does not say.

    Units: lines and columns count from 1. Paths are relative to the repository root, with `/`, when the reader can tell.
    """

    file: str = ""
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    function: str = ""
    url: str = ""
    method: str = ""
    parameter: str = ""
    host: str = ""
    port: int | None = None
    protocol: str = ""
    resource: str = ""
    region: str = ""
    account: str = ""
    image: str = ""
    layer: str = ""
    commit: str = ""

    def label(self) -> str:
        """One line a person reads: the most telling part of the place."""
        if self.file:
            return f"{self.file}:{self.line}" if self.line else self.file
        if self.url:
            return f"{self.method} {self.url}".strip()
        if self.host:
            return f"{self.host}:{self.port}" if self.port else self.host
        return self.resource or self.image


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One step of a data flow, in the order the data travels."""

    file: str = ""
    line: int | None = None
    text: str = ""
