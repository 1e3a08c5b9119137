"""XML, streamed: row elements become plain trees, everything else is forgotten as it passes.

The one place that parses XML. Entities are never resolved, no DTD is loaded, nothing is fetched, XInclude and XSLT are not
run (reliability.md T13). A document that declares entities is refused. An element becomes a tree like this: attributes as
`@name`, children by their local name (repeated ones as a list), its text as `#text`, or the bare text when it has nothing else.
"""

from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.types import Limits, ReportError

Tree = Any
_UNBOUND_PREFIX = 201  # XML_NS_ERR_UNDEFINED_NAMESPACE: ugly, but the elements are all there
_BARE_PREFIX_ERRORS = frozenset({_UNBOUND_PREFIX, 202, 203, 204})


def local(tag: str) -> str:
    """An element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]


def xml_rows(file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> Iterator[TreeRow]:
    """Rows of the elements at the given paths (`Report/ReportHost/ReportItem`, from the root's children or with the root's own name).
    Raises: ReportError when the document is not well-formed, declares entities, or goes beyond a limit.
    """
    yield from _Walk(file, paths, limits).rows()


class _Walk:
    def __init__(self, file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> None:
        self._limits = limits
        self._paths = {tuple(path.split("/")): path for path in paths}
        self._context = etree.iterparse(
            file, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
            dtd_validation=False, huge_tree=False, recover=True, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        self._names: list[str] = []
        self._above: list[dict[str, Tree]] = []
        self._counts: list[dict[str, int]] = [{}]
        self._row_depth = 0
        self._seen = 0

    def rows(self) -> Iterator[TreeRow]:
        try:
            for event, element in self._context:
                if event == "start":
                    self._start(element)
                else:
                    row = self._end(element)
                    if row is not None:
                        yield row
        except etree.XMLSyntaxError as error:
            raise ReportError(f"not well-formed XML: {error.msg}", place=f"line {error.lineno}") from None
        self._refuse_broken()

    def _start(self, element: Any) -> None:
        if not self._names:
            _refuse_entities(element)
        name = local(element.tag)
        self._names.append(name)
        if len(self._names) > self._limits.depth:
            raise ReportError(f"nested deeper than {self._limits.depth} levels", place=self._pointer())
        counts = self._counts[-1]
        counts[name] = counts.get(name, 0) + 1
        self._counts.append({})
        if not self._row_depth:
            if self._path() is not None:
                self._row_depth = len(self._names)
            else:
                self._above.append({f"@{local(key)}": value for key, value in element.attrib.items()})

    def _end(self, element: Any) -> TreeRow | None:
        depth = len(self._names)
        row = None
        if self._row_depth == depth:
            path = self._path() or ""
            self._seen += 1
            if self._seen > self._limits.rows:
                raise ReportError(f"more than {self._limits.rows} rows; split the report", place=self._pointer())
            row = TreeRow(tree_of(element), self._pointer(), tuple(self._above), path)
            self._row_depth = 0
            _forget(element)
        elif not self._row_depth:
            own = self._above.pop()
            if self._above and not self._leads_to_rows():
                _add(self._above[-1], local(element.tag), _finish(own, element))
            if self._above or not self._names:
                _forget(element)
        self._names.pop()
        self._counts.pop()
        return row

    def _path(self) -> str | None:
        names = tuple(self._names)
        return self._paths.get(names) or self._paths.get(names[1:])

    def _leads_to_rows(self) -> bool:
        names = tuple(self._names)
        return any(path[: len(names)] == names or path[: len(names) - 1] == names[1:] for path in self._paths)

    def _pointer(self) -> str:
        parts = []
        for name, counts in zip(self._names, self._counts, strict=False):
            parts.append(f"{name}[{counts[name]}]" if counts.get(name, 1) > 1 else name)
        return "/" + "/".join(parts)

    def _refuse_broken(self) -> None:
        for entry in self._context.error_log:
            if entry.level_name == "FATAL" or (entry.level_name == "ERROR" and entry.type not in _BARE_PREFIX_ERRORS):
                raise ReportError(
                    f"not well-formed XML, or cut off: {entry.message.strip()}", place=f"line {entry.line}"
                )


def _refuse_entities(root: Any) -> None:
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise ReportError(
            "the document declares entities (<!ENTITY …>), which no report needs; remove them", place="line 1"
        )


def _forget(element: Any) -> None:
    """Free an element and what came before it, so that memory stays flat."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def tree_of(element: Any) -> Tree:
    """An element as a plain tree."""
    tree = {f"@{local(key)}": value for key, value in element.attrib.items()}
    for child in element:
        if isinstance(child.tag, str):
            _add(tree, local(child.tag), tree_of(child))
    return _finish(tree, element)


def _finish(tree: dict[str, Tree], element: Any) -> Tree:
    text = "".join(element.itertext()) if not len(element) else (element.text or "")
    text = text.strip()
    if not tree:
        return text
    if text:
        tree["#text"] = text
    return tree


def _add(tree: dict[str, Tree], name: str, value: Tree) -> None:
    known = tree.get(name)
    if known is None:
        tree[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        tree[name] = [known, value]


def xml_sniff(head: bytes) -> tuple[str, dict[str, str], list[str]]:
    """Root name, root attributes (with `xmlns` as the namespace) and the first few element names, out of a file's head."""
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    parser.feed(head)
    names: list[str] = []
    attributes: dict[str, str] = {}
    for _, element in parser.read_events():
        if not names:
            attributes = {local(key): value for key, value in element.attrib.items()}
            if element.tag.startswith("{"):
                attributes["xmlns"] = element.tag[1:].split("}")[0]
        names.append(local(element.tag))
        if len(names) > 200:
            break
    return (names[0] if names else ""), attributes, names[1:]
