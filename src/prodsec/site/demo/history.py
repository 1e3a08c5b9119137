"""Which flaw shows up where, from which week to which: the twelve weeks of every asset, made once from its path."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from prodsec.site.demo.flaws import (
    CHECKS,
    ECOSYSTEM_OF,
    ENDING_OF,
    FOLDERS,
    KNOWN,
    MANIFEST_OF,
    NOUNS,
    RULES,
    CodeRule,
    KnownFlaw,
)
from prodsec.site.demo.organisation import Thing

WEEKS = 12
# How many flaws a scan of one asset has at most over the twelve weeks.
_SIZES = {"semgrep": 34, "gitlab-sast": 26, "trivy": 7, "trivy-image": 6, "gitleaks": 5, "checkov": 16}


@dataclass(frozen=True)
class Flaw:
    """One flaw in one place. It shows in weeks `first` to `last`, and again from `back` on."""

    what: CodeRule | KnownFlaw | tuple[str, ...]
    file: str
    line: int
    name: str
    first: int
    last: int
    back: int
    moves: frozenset[int]

    def shows(self, week: int) -> bool:
        """Whether a scan of that week sees it."""
        return self.first <= week <= self.last or week >= self.back

    def line_in(self, week: int) -> int:
        """Where it is by then: code above it was added in some weeks."""
        return self.line + sum(6 + move for move in self.moves if move <= week)


def flaws_of(thing: Thing, tool: str) -> tuple[Flaw, ...]:
    """Everything a tool sees in an asset over the twelve weeks."""
    chance = random.Random(f"{thing.path} {tool}")  # noqa: S311 - the same demo every time is the point
    whats = list(_whats(thing, tool, chance))
    flaws = tuple(_flaw(what, thing, number, chance) for number, what in enumerate(whats))
    return flaws + _story(thing, tool)


def weeks_of(thing: Thing, tool: str) -> Iterator[int]:
    """The weeks in which a tool scans: important things weekly, others every second or third week."""
    step = {1: 1, 2: 2}.get(thing.tier or 4, 3)
    if tool not in ("semgrep", "gitlab-sast"):
        step = max(step, 2)
    return iter(range((len(thing.path) + len(tool)) % step, WEEKS, step))


def _whats(thing: Thing, tool: str, chance: random.Random) -> Iterator[CodeRule | KnownFlaw | tuple[str, ...]]:
    count = _SIZES[tool] if thing.tier in (1, 2) else _SIZES[tool] // 2
    match tool:
        case "semgrep" | "gitlab-sast":
            # Minor complaints are more frequent than grave ones.
            weights = [round(12 - rule.score) for rule in RULES]
            yield from chance.choices(RULES, weights, k=count)
        case "trivy":
            fitting = [flaw for flaw in KNOWN if flaw.ecosystem == ECOSYSTEM_OF.get(thing.language)]
            yield from chance.sample(fitting, min(count, len(fitting)))
        case "trivy-image":
            yield from chance.sample([flaw for flaw in KNOWN if flaw.ecosystem == "debian"], count)
        case "checkov":
            yield from chance.choices(CHECKS, k=count)
        case "gitleaks":
            yield from [("aws-access-token",), ("generic-api-key",), ("private-key",), ("slack-bot-token",)][
                : count - 1
            ]


def _flaw(what: CodeRule | KnownFlaw | tuple[str, ...], thing: Thing, number: int, chance: random.Random) -> Flaw:
    noun = chance.choice(NOUNS)
    first = 0 if chance.random() < 0.55 else chance.randrange(1, WEEKS)
    last = first + chance.randrange(1, 9) if chance.random() < 0.5 else WEEKS
    back = last + 2 if last < WEEKS - 3 and chance.random() < 0.15 else WEEKS + 1
    moves = frozenset(chance.sample(range(1, WEEKS), chance.choice((0, 0, 1, 2))))
    return Flaw(
        what=what,
        file=_file(what, thing, noun, chance),
        line=chance.randrange(8, 60) + 70 * number,
        name=f"{noun}_{number}",
        first=first,
        last=last,
        back=back,
        moves=moves,
    )


def _file(what: CodeRule | KnownFlaw | tuple[str, ...], thing: Thing, noun: str, chance: random.Random) -> str:
    if isinstance(what, KnownFlaw):
        return MANIFEST_OF.get(what.ecosystem, "")
    if thing.language == "terraform":
        return f"environments/{chance.choice(('production', 'staging'))}/{noun}.tf"
    if isinstance(what, tuple):
        return f"deploy/{noun}.env"
    return f"{chance.choice(FOLDERS)}/{noun}s.{ENDING_OF.get(thing.language, 'py')}"


def _story(thing: Thing, tool: str) -> tuple[Flaw, ...]:
    """The findings that docs/guide/demo.md follows."""
    if (thing.path, tool) == ("payments/api", "semgrep"):
        file, name = "src/billing/refunds.py", "refund_reference"
        return (Flaw(RULES[0], file, 118, name, first=2, last=8, back=10, moves=frozenset({4, 6})),)
    if (thing.path, tool) == ("platform/deploy", "gitleaks"):
        return (Flaw(("stripe-access-token",), "scripts/reconcile.sh", 12, "stripe", 3, 5, WEEKS + 1, frozenset()),)
    return ()
