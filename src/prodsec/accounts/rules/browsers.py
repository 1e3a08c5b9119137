"""What a browser says of itself, made short."""

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
LONGEST = 40


def browser_of(user_agent: str) -> str:
    """Such as `Firefox, Linux`; the first words of one that is not known.

    Each of the well-known ones pretends to be an older one too, so the first name of the list that fits counts.
    """
    found = [next((name for sign, name in signs if sign in user_agent), "") for signs in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name) or user_agent[:LONGEST]
