"""What can name an asset: a path of parts, from the widest to the narrowest (`gitlab.com/acme/payments/api`)."""

import unicodedata

from prodsec.inventory.types import AssetPathError

LONGEST_PATH, LONGEST_PART, MOST_PARTS = 1000, 255, 40


def checked_path(text: str) -> str:
    """The path without surrounding slashes and spaces.

    Raises: AssetPathError for what would be ambiguous, invisible or endless.
    """
    path = text.strip().strip("/")
    if not path:
        raise AssetPathError("give a path, such as gitlab.com/acme/api", place="path")
    if len(path) > LONGEST_PATH:
        raise AssetPathError(f"a path has at most {LONGEST_PATH} characters; this one has {len(path)}", place="path")
    if path != unicodedata.normalize("NFC", path) or any(unicodedata.category(sign) in _REFUSED for sign in path):
        raise AssetPathError("a path has no control, direction or other invisible characters", place="path")
    parts = path.split("/")
    if len(parts) > MOST_PARTS:
        raise AssetPathError(f"a path has at most {MOST_PARTS} parts", place="path")
    for part in parts:
        if part != part.strip() or part in ("", ".", "..") or len(part) > LONGEST_PART:
            raise AssetPathError(f"the part {part[:40]!r} cannot name anything", place="path")
    return path


def chain_of(path: str) -> list[str]:
    """The paths from the root down to this one: `a`, `a/b`, `a/b/c`."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def is_within(path: str, subtree: str) -> bool:
    """Whether the path is the subtree's root or below it; everything is within the empty subtree."""
    return not subtree or path == subtree or path.startswith(f"{subtree}/")


def is_on_github(path: str) -> bool:
    """Whether the host, the first part of the path, is a GitHub; its CODEOWNERS are read a little differently."""
    return "github" in path.split("/", 1)[0].lower()


# Control, format (direction marks among them), surrogate, private use, line and paragraph separators.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
