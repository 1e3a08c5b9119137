"""Filters of SCIM as a small tree: what equals what, all of these, any of these. Everything else is refused by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim2_models import SCIMException, ScimFilter
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator

from prodsec.accounts.types import ProvisioningRefusedError

LONGEST, MOST_PARTS = 1_000, 20


@dataclass(frozen=True)
class Equals:
    """A field of ours equals a text or a boolean."""

    field: str
    value: str | bool


@dataclass(frozen=True)
class Joined:
    """All of the parts, or any of them."""

    parts: tuple["Filter", ...]
    is_any: bool


Filter = Equals | Joined


def read(text: str, known: Mapping[str, str]) -> Filter | None:
    """A filter; None for an empty text.

    known: attributes in lower case, and the fields of ours that they name.
    Raises: ProvisioningRefusedError.
    """
    if not text.strip():
        return None
    if len(text) > LONGEST or "\x00" in text:
        raise _refused(f"a filter has at most {LONGEST} characters")
    try:
        tree = ScimFilter[Any](text).ast
    except (SCIMException, ValueError, RecursionError):
        raise _refused("this is no filter of SCIM") from None
    return _node(tree, known, [0])


def _node(node: object, known: Mapping[str, str], count: list[int]) -> Filter:
    count[0] += 1
    if count[0] > MOST_PARTS:
        raise _refused(f"a filter has at most {MOST_PARTS} parts")
    if isinstance(node, LogicalExpr):
        parts = tuple(_node(term, known, count) for term in node.terms)
        return Joined(parts, is_any=node.op is LogicalOperator.or_)
    if not isinstance(node, Comparison) or node.op is not CompareOperator.eq:
        raise _refused("only eq, and, or are understood")
    name = node.attr_path.attr + (f".{node.attr_path.sub_attr}" if node.attr_path.sub_attr else "")
    field = known.get(name.lower())
    if field is None:
        raise _refused(f"it cannot be asked for {name[:50]}")
    if isinstance(node.value, bool) and field == "active":
        return Equals(field, node.value)
    if not isinstance(node.value, str) or field == "active" or "\x00" in node.value:
        raise _refused(f"{name} is compared with another kind of value")
    return Equals(field, node.value)


def _refused(sentence: str) -> ProvisioningRefusedError:
    return ProvisioningRefusedError(sentence, word="invalidFilter", place="filter")
