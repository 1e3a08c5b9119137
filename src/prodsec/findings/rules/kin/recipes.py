"""Recipes: each a number and what it does. A changed rule is a new number, so that what it changes can be seen before it is in force."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prodsec.findings.rules.kin import first, lines
from prodsec.findings.rules.kin.roots import Prefixes
from prodsec.findings.rules.kin.rows import Group, Line


@dataclass(frozen=True)
class Recipe:
    """What makes findings one piece of work.

    follows_aliases     whether GHSA-… and CVE-… that a report calls one are one
    names_loosely       whether packages meet by `packages.shared_name`
    aligns_paths        whether tools may start their paths at different folders
    """

    number: int
    follows_aliases: bool
    names_loosely: bool
    aligns_paths: bool
    group_lines: Callable[[Iterable[Line], Prefixes], list[Group]]


RECIPES = {
    recipe.number: recipe
    for recipe in (
        Recipe(1, False, False, False, lambda rows, _: first.groups_of(rows)),
        Recipe(2, True, True, True, lines.groups_of),
    )
}
LATEST = max(RECIPES)
