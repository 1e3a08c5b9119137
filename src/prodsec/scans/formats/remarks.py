"""Breaches of a standard that do not keep a report from being read: each is told by the rule it breaks, once, with its first place."""


class Remarks:
    """What readers notice while they read leniently. Memory does not grow with the report: a rule counts, it is not listed."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}

    def note(self, rule: str, place: str) -> None:
        """A rule is broken at a place. `rule` names the standard, the section or member, and what is asked for."""
        place, count = self._seen.get(rule, (place, 0))
        self._seen[rule] = (place, count + 1)

    def sentences(self) -> tuple[str, ...]:
        """One sentence a rule, in the order they were first broken."""
        return tuple(
            f"{rule}: {place or '/'}{f' and {count - 1} more' if count > 1 else ''}"
            for rule, (place, count) in self._seen.items()
        )
