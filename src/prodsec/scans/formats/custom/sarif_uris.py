"""Where a SARIF artifact is: its address resolved against the run's bases, as a path in the repository."""

import re
from urllib.parse import unquote

from prodsec.scans.formats.custom.sarif_document import ArtifactLocation, Run

_PLAIN = re.compile(r"\w[\w./ -]*")  # a relative path that needs no resolving
_MOST_BASES = 20  # a chain of bases this long is a loop


class Paths:
    """The paths of one run. Each distinct address is resolved once. Source: SARIF §3.4 and §3.14.14."""

    def __init__(self, run: Run) -> None:
        """Read the run's artifacts and bases."""
        self._artifacts = run.artifacts or []
        self._bases = run.original_uri_base_ids or {}
        self._known: dict[tuple[str, str], str] = {}
        self._roots = self._absolute_roots(run)

    def of(self, location: ArtifactLocation | None) -> str:
        """The path (or web address) of an artifact; empty when nothing names it."""
        if location is None:
            return ""
        uri = location.uri
        base = location.uri_base_id or ""
        if not uri:
            index = location.index
            if index is None or not 0 <= index < len(self._artifacts):
                return ""
            named = self._artifacts[index].location
            if named is None or not named.uri:
                return ""
            uri, base = named.uri, named.uri_base_id or base
        path = self._known.get((uri, base))
        if path is None:
            path = self._known[uri, base] = self._resolve(uri, base)
        return path

    def _resolve(self, uri: str, base: str) -> str:
        if base not in self._bases and _PLAIN.fullmatch(uri):
            return uri
        if uri.startswith(("http://", "https://")):
            return uri
        if uri.lower().startswith("file:"):
            return self._below_root(_path_of_file_uri(uri))
        path = unquote(uri.strip())
        if path.startswith("/") or path[1:3] == ":\\":
            return self._below_root(path.replace("\\", "/"))
        return _tidy(self._relative_base(base) + path)

    def _relative_base(self, base: str) -> str:
        """The relative part of a chain of bases; an absolute base is the root itself and adds nothing."""
        parts: list[str] = []
        for _ in range(_MOST_BASES):
            location = self._bases.get(base)
            if location is None or not location.uri:
                break
            uri = location.uri.strip()
            if ":" in uri.split("/", 1)[0] or uri.startswith("/"):
                break
            parts.append(unquote(uri) if uri.endswith("/") else unquote(uri) + "/")
            base = location.uri_base_id or ""
        return "".join(reversed(parts))

    def _absolute_roots(self, run: Run) -> tuple[str, ...]:
        uris = [location.uri for location in self._bases.values() if location.uri and not location.uri_base_id]
        uris += [
            invocation.working_directory.uri
            for invocation in run.invocations or []
            if invocation.working_directory is not None and invocation.working_directory.uri
        ]
        roots = {_path_of_file_uri(uri).rstrip("/") + "/" for uri in uris if uri.lower().startswith("file:")}
        return tuple(sorted(roots - {"/"}, key=len, reverse=True))

    def _below_root(self, path: str) -> str:
        for root in self._roots:
            if path.startswith(root):
                return _tidy(path.removeprefix(root))
        return path


def _path_of_file_uri(uri: str) -> str:
    """`file:///C:/x` is `C:/x`, `file:///x` and `file://host/x` are `/x`."""
    rest = unquote(uri[5:])
    if rest.startswith("//"):
        rest = rest[2:]
        if not rest.startswith("/"):
            _, slash, tail = rest.partition("/")
            rest = slash + tail
    rest = "/" + rest.lstrip("/")
    return rest[1:] if rest[2:3] == ":" else rest


def _tidy(path: str) -> str:
    path = path.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path
