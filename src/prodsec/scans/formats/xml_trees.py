"""An XML element as a plain tree: attributes as `@name`, children by their local name, a list where one is repeated."""

from typing import Any

from prodsec.scans.types import ReportError

Tree = Any
MOST_ATTRIBUTES = 1_000
"""More attributes of one element are refused: to look one up takes the longer the more there are."""
NOTHING: frozenset[str] = frozenset()
_LOCAL: dict[Any, str] = {}


def local(tag: Any) -> str:
    """An element's or attribute's name without its namespace."""
    name = _LOCAL.get(tag)
    if name is None:
        name = str(tag).rsplit("}", 1)[-1]
        if len(_LOCAL) < 10_000:
            _LOCAL[tag] = name
    return name


def line_of(element: Any) -> str:
    """Where an element begins, for people."""
    return f"line {element.sourceline}"


def attributes_of(element: Any) -> dict[str, Tree]:
    """Its attributes as members of its tree. Raises: ReportError for too many."""
    names = element.keys()
    if not names:
        return {}
    if len(names) > MOST_ATTRIBUTES:
        raise ReportError(f"an element with more than {MOST_ATTRIBUTES} attributes", place=line_of(element))
    return {f"@{local(key)}": value for key, value in element.items()}


def tree_of(element: Any, left_out: frozenset[str] = NOTHING) -> Tree:
    """An element as a plain tree, without the children of some names.

    Cost: a leaf, which most elements are, is read in place.
    """
    tree = attributes_of(element)
    own = (element.text or "").strip()
    for child in element:
        tail = child.tail
        if tail is not None and (tail := tail.strip()):
            own = f"{own}\n{tail}" if own else tail
        tag = child.tag
        name = _LOCAL.get(tag)
        if name is None:
            if not isinstance(tag, str):
                continue
            name = local(tag)
        if name in left_out:
            continue
        value: Tree
        if len(child) or child.keys():
            value = tree_of(child, left_out)
        else:
            text = child.text
            value = text.strip() if text else ""
        known = tree.get(name)
        if known is None:
            tree[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            tree[name] = [known, value]
    if not own:
        return tree or ""
    if not tree:
        return own
    tree["#text"] = own
    return tree


def size_of(value: Tree) -> int:
    """How many elements and attributes a tree has."""
    if isinstance(value, dict):
        return 1 + sum(map(size_of, value.values()))
    return sum(map(size_of, value)) if isinstance(value, list) else 1


def add(tree: dict[str, Tree], name: str, value: Tree) -> None:
    """Put a child into a tree; one of several by that name into their list."""
    known = tree.get(name)
    if known is None:
        tree[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        tree[name] = [known, value]
