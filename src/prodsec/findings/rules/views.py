"""What a saved view keeps of an address: the question, without the place in its answer."""

from urllib.parse import parse_qsl, urlencode

from prodsec.findings.rules.filtering import addresses

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
    """One way to write a question: as lists write it, then what they do not know; writing it again changes nothing."""
    given = parameters(query)
    wrong = {one.place for one in addresses.read(given).ignored}
    if not wrong <= given.keys():
        wrong.add("q")
    asked = addresses.written(
        addresses.read({name: values for name, values in given.items() if name not in wrong}).filters
    )
    pairs = [(name, value) for name in sorted(wrong & given.keys()) for value in dict.fromkeys(given[name])]
    return "&".join(part for part in (asked, urlencode(pairs)) if part)
