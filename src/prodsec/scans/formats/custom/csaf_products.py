"""The products of a CSAF document by their ids: which package each is, and what it is a part of."""

from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.custom import packages
from prodsec.scans.formats.custom.csaf_document import Branch, FullName, ProductTree
from prodsec.vocabulary.components import Component

_EMPTY = ProductTree()


class Product(msgspec.Struct, frozen=True, gc=False):
    """A product. `range` is the versions meant where it is no single one; `within` names the product it is a part of."""

    component: Component
    name: str
    range: str = ""
    within: str = ""


class Products:
    """The products of one document. Source: CSAF 3.2.2 (2.0), 3.2.3 (2.1)."""

    def __init__(self, tree: ProductTree | None) -> None:
        """Index the tree; a product's component is read when it is asked for."""
        tree = tree or _EMPTY
        self._known: dict[str, Product] = {}
        self._above: dict[str, tuple[Branch, ...]] = {}
        self._names: dict[str, FullName] = {}
        self._parts: dict[str, tuple[str, tuple[str, ...]]] = {}
        for name in tree.full_product_names or ():
            self._names[name.product_id] = name
        for way, name in _leaves(tree.branches or []):
            self._names[name.product_id] = name
            self._above[name.product_id] = way
        for one in tree.relationships or ():
            self._part(one.full_product_name, one.product_reference, [one.relates_to_product_reference])
        for path in tree.product_paths or ():
            steps = [step.next_product_reference for step in path.subpaths or ()]
            self._part(path.full_product_name, path.beginning_product_reference, steps)
        self.groups = {group.group_id: tuple(group.product_ids or ()) for group in tree.product_groups or ()}

    def __contains__(self, product_id: str) -> bool:
        """Whether the tree defines the product."""
        return product_id in self._names

    def __len__(self) -> int:
        """How many products there are that are no combination of others."""
        return len(self._names) - len(self._parts)

    def of(self, product_id: str) -> Product:
        """The product of an id; one that the tree does not define is known by its id alone."""
        found = self._known.get(product_id)
        if found is None:
            found = self._known[product_id] = self._read(product_id)
        return found

    def _part(self, name: FullName, part: str | None, wholes: list[str | None]) -> None:
        self._names[name.product_id] = name
        if part:
            self._parts[name.product_id] = (part, tuple(whole for whole in wholes if whole))

    def _read(self, product_id: str) -> Product:
        name = self._names.get(product_id)
        if name is None:
            return Product(Component(name=product_id), product_id)
        part, wholes = self._parts.get(product_id, ("", ()))
        own = _component(name, self._above.get(product_id, ()))
        title = name.name or product_id
        if not part or part == product_id:
            return Product(own, title, _range(self._above.get(product_id, ())))
        inner = self._plain(part)
        within = " on ".join(self._title(whole) for whole in wholes)
        component = own if own.purl and not inner.component.purl else inner.component
        return Product(component, title, inner.range, within)

    def _plain(self, product_id: str) -> Product:
        """The product a relationship begins at: of a combination of combinations, the innermost."""
        seen: set[str] = set()
        while product_id in self._parts and product_id not in seen:
            seen.add(product_id)
            product_id = self._parts[product_id][0]
        name = self._names.get(product_id)
        if name is None:
            return Product(Component(name=product_id), product_id)
        way = self._above.get(product_id, ())
        return Product(_component(name, way), name.name or product_id, _range(way))

    def _title(self, product_id: str) -> str:
        name = self._names.get(product_id)
        return (name.name if name is not None else None) or product_id


def _leaves(branches: list[Branch]) -> Iterator[tuple[tuple[Branch, ...], FullName]]:
    """The products of the tree, each with the branches that lead to it, in the order of the document."""
    waiting: list[tuple[Branch, tuple[Branch, ...]]] = [(branch, ()) for branch in reversed(branches)]
    while waiting:
        branch, above = waiting.pop()
        way = (*above, branch)
        if branch.product is not None:
            yield way, branch.product
        waiting.extend((inner, way) for inner in reversed(branch.branches or []))


def _component(name: FullName, way: tuple[Branch, ...]) -> Component:
    """A package URL decides; else the branches say product and version; else the full name is all there is."""
    helper = name.product_identification_helper
    purls = [helper.purl or "", *(helper.purls or ())] if helper is not None else []
    version = _named(way, "product_version")
    for purl in purls:
        parsed = packages.component(purl=purl)
        if parsed is not None:
            return parsed if parsed.version or not version else msgspec.structs.replace(parsed, version=version)
    product = _named(way, "product_name")
    if product:
        return Component(name=product, version=version, namespace=_named(way, "vendor"))
    return Component(name=name.name or name.product_id, version="")


def _named(way: tuple[Branch, ...], category: str) -> str:
    """The name of the innermost branch of a category."""
    return next((branch.name for branch in reversed(way) if branch.category == category and branch.name), "")


def _range(way: tuple[Branch, ...]) -> str:
    return _named(way, "product_version_range")
