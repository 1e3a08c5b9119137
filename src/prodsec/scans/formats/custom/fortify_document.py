"""What a Fortify project says around its findings: rules, texts, snippets, steps that several findings share."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from prodsec.scans.formats import facts
from prodsec.scans.formats.dates import date
from prodsec.scans.types import Status

Tree = Any


@dataclass(frozen=True)
class Rule:
    """The numbers that a rule's severity is made of, and its weakness as Fortify writes it."""

    impact: float | None = None
    accuracy: float | None = None
    probability: float | None = None
    weakness: str = ""


@dataclass(frozen=True)
class Document:
    """A project without its findings. `texts` by class, `snippets` and `nodes` by their ids, `judged` by finding."""

    engine: str
    build: str
    created_at: datetime.datetime | None
    rules: dict[str, Rule]
    texts: dict[str, Tree]
    snippets: dict[str, str]
    nodes: dict[str, Tree]
    judged: dict[str, tuple[Status, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Tree, judged: dict[str, tuple[Status, str]]) -> "Document":
        """Out of the root of an `audit.fvdl`."""
        created = nested(root, "CreatedTS")
        return cls(
            engine=word(nested(root, "EngineData"), "EngineVersion"),
            build=word(nested(root, "Build"), "BuildID") or word(nested(root, "Build"), "Project"),
            created_at=date(f"{word(created, '@date')}T{word(created, '@time')}Z"),
            rules={word(rule, "@id"): _rule(rule) for rule in listed(root, "EngineData", "RuleInfo", "Rule")},
            texts={word(text, "@classID"): text for text in listed(root, "Description")},
            snippets={word(one, "@id"): word(one, "Text") for one in listed(root, "Snippets", "Snippet")},
            nodes={word(node, "@id"): node for node in listed(root, "UnifiedNodePool", "Node")},
            judged=judged,
        )


def _rule(rule: Tree) -> Rule:
    groups = {word(group, "@name"): word(group, "#text") for group in listed(rule, "MetaInfo", "Group")}
    impact, accuracy, probability = (
        facts.number(groups.get(name, "")) for name in ("Impact", "Accuracy", "Probability")
    )
    return Rule(impact, accuracy, probability, groups.get("altcategoryCWE", ""))


def nested(tree: Tree, *names: str) -> Tree:
    """The element these names lead to, the first of several; empty when there is none."""
    for name in names:
        tree = tree.get(name) if isinstance(tree, dict) else None
        if isinstance(tree, list):
            tree = tree[0] if tree else None
    return tree if isinstance(tree, dict) else {}


def listed(tree: Tree, *names: str) -> list[Tree]:
    """All elements that the last name stands for, in the element that the others lead to."""
    owner = nested(tree, *names[:-1]) if len(names) > 1 else tree
    found = owner.get(names[-1]) if isinstance(owner, dict) else None
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def word(tree: Tree, name: str) -> str:
    """The text of an attribute or of an element within."""
    value = tree.get(name) if isinstance(tree, dict) else None
    if isinstance(value, dict):
        value = value.get("#text")
    return facts.text(value)


def numbered(tree: Tree, name: str) -> float | None:
    """The number in an attribute or in an element within."""
    return facts.number(word(tree, name))
