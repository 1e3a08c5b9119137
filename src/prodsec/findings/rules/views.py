"""What a saved view keeps of an address: the question, without the place in its answer."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

LONGEST_QUERY, MOST_PARAMETERS = 4000, 60
# Where one is in a list, and how one came there, is no part of the question.
_PLACE = frozenset({"cursor", "back", "size", "view"})


def parameters(query: str) -> dict[str, list[str]]:
    """The parameters of an address, several values of one name in their order; what is empty is left out."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.lstrip("?")):
        if value.strip() and name not in _PLACE:
            found.setdefault(name, []).append(value.strip())
    return found


def canonical(query: str) -> str:
    """One way to write a question: names in order, each value once; writing it again changes nothing."""
    pairs: Sequence[tuple[str, str]] = [
        (name, value) for name, values in sorted(parameters(query).items()) for value in dict.fromkeys(values)
    ]
    return urlencode(pairs)
