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
_CHUNK = 1 << 16
_QUIET_BYTES = 1 << 25
# What libxml2 says of a prefix that nobody bound (`xsi:…`): ugly, but the elements are all there.
_BARE_PREFIX_ERRORS = frozenset({201, 202, 203, 204})
_LOCAL: dict[Any, str] = {}


def local(tag: Any) -> str:
    """An element's or attribute's name without its namespace."""
    name = _LOCAL.get(tag)
    if name is None:
        name = str(tag).rsplit("}", 1)[-1]
        if len(_LOCAL) < 10_000:
            _LOCAL[tag] = name
    return name


def xml_rows(file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> Iterator[TreeRow]:
    """Rows of the elements at the given paths (`Report/ReportHost/ReportItem`, from the root's children or with the root's own name).

    Raises: ReportError when the document is not well-formed, declares entities, or goes beyond a limit.
    """
    yield from _Walk(file, paths, limits).rows()


def xml_root(file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> Tree:
    """The root element without what leads to rows: the facts of the whole document, also those behind the rows."""
    walk = _Walk(file, paths, limits, only_root=True)
    for _ in walk.rows():
        pass
    return walk.root


class _Open:
    """An element on the way to rows that has begun and not ended."""

    __slots__ = ("counts", "element", "is_row", "name", "tree")

    def __init__(self, element: Any, name: str, *, is_row: bool) -> None:
        self.element = element
        self.name = name
        self.is_row = is_row
        self.counts: dict[str, int] = {}
        self.tree: dict[str, Tree] = {f"@{local(key)}": value for key, value in element.items()}


class _Walk:
    def __init__(self, file: IO[bytes], paths: tuple[str, ...], limits: Limits, *, only_root: bool = False) -> None:
        self._file = file
        self._limits = limits
        self._only_root = only_root
        self.root: Tree = {}
        root = xml_sniff(file.read(_CHUNK))[0]
        file.seek(0)
        steps = [tuple(path.split("/")) for path in paths if path]
        steps = [path if path[0] == root else (root, *path) for path in steps]
        self._paths = dict(zip(steps, [path for path in paths if path], strict=True))
        self._leading = {path[:length] for path in steps for length in range(1, len(path) + 1)} | {(root,)}
        self._parser = etree.XMLPullParser(
            events=("start", "end"), tag=[f"{{*}}{name}" for name in {root, *(n for path in steps for n in path)}],
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=True,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        self._open: list[_Open] = []
        self._names: tuple[str, ...] = ()
        self._seen = 0
        self._quiet = 0

    def rows(self) -> Iterator[TreeRow]:
        """The rows in the order of the document."""
        try:
            while chunk := self._file.read(_CHUNK):
                self._parser.feed(chunk)
                self._quiet += len(chunk)
                yield from self._events()
                if self._quiet > _QUIET_BYTES:
                    self._prune()
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise ReportError(f"not well-formed XML: {error.msg}", place=f"line {error.lineno}") from None
        yield from self._events()
        self._refuse_broken()

    def _events(self) -> Iterator[TreeRow]:
        for event, element in self._parser.read_events():
            if event == "start":
                self._start(element)
            elif self._open and element is self._open[-1].element:
                row = self._end(self._open[-1])
                if row is not None:
                    yield row

    def _start(self, element: Any) -> None:
        if self._open:
            above = self._open[-1]
            if above.is_row or element.getparent() is not above.element:
                return
        elif element.getparent() is None:
            _refuse_entities(element)
        name = local(element.tag)
        names = (*self._names, name)
        if names not in self._leading:
            return
        if self._open:
            counts = self._open[-1].counts
            counts[name] = counts.get(name, 0) + 1
        self._open.append(_Open(element, name, is_row=names in self._paths))
        self._names = names
        self._quiet = 0

    def _end(self, ended: _Open) -> TreeRow | None:
        row = None
        element = ended.element
        if ended.is_row:
            self._seen += 1
            if self._seen > self._limits.rows:
                raise ReportError(f"more than {self._limits.rows} rows; split the report", place=self._pointer())
            self._absorb()
            if not self._only_root:
                above = tuple(one.tree for one in self._open[:-1])
                row = TreeRow(self._tree(element), self._pointer(), above, self._paths[self._names])
        else:
            self._absorb_children(ended, None)
            if len(self._open) == 1:
                self.root = ended.tree
        self._open.pop()
        self._names = self._names[:-1]
        self._quiet = 0
        element.clear(keep_tail=True)
        return row

    def _tree(self, element: Any) -> Tree:
        try:
            return tree_of(element)
        except RecursionError:
            raise ReportError("nested too deep", place=self._pointer()) from None

    def _absorb(self) -> None:
        """Take up what stood before the row in the elements around it, and free it."""
        for above, inner in zip(self._open, self._open[1:], strict=False):
            self._absorb_children(above, inner.element)

    def _absorb_children(self, above: _Open, before: Any) -> None:
        depth = self._open.index(above) + 1
        names = self._names[:depth]
        children = above.element
        while len(children) and children[0] is not before:
            child = children[0]
            if isinstance(child.tag, str) and (*names, local(child.tag)) not in self._leading:
                _add(above.tree, local(child.tag), self._tree(child))
            if before is None and child.getnext() is None:
                return  # the parser may still be at work behind the last one; it goes with its parent
            del children[0]

    def _prune(self) -> None:
        """Forget what has piled up beside the way to rows, so that memory stays flat."""
        self._quiet = 0
        pruned = False
        for one in self._open:
            while len(one.element) > 2:
                del one.element[0]
                pruned = True
        if not pruned:
            raise ReportError(f"more than {_QUIET_BYTES} bytes of XML without a row", place=self._pointer() or "/")

    def _pointer(self) -> str:
        parts = [self._open[0].name] if self._open else []
        for above, inner in zip(self._open, self._open[1:], strict=False):
            count = above.counts[inner.name]
            parts.append(f"{inner.name}[{count}]" if count > 1 else inner.name)
        return "/" + "/".join(parts)

    def _refuse_broken(self) -> None:
        log = self._parser.feed_error_log
        for entry in log:
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


def tree_of(element: Any) -> Tree:
    """An element as a plain tree."""
    tree: dict[str, Tree] = {}
    for key, value in element.items():
        tree[f"@{local(key)}"] = value
    text = (element.text or "").strip()
    for child in element:
        tag = child.tag
        if isinstance(tag, str):
            _add(tree, local(tag), tree_of(child))
        if child.tail is not None and (tail := child.tail.strip()):
            text = f"{text}\n{tail}" if text else tail
    if not text:
        return tree or ""
    if not tree:
        return text
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
    names: list[str] = []
    attributes: dict[str, str] = {}
    try:
        parser.feed(head)
    except etree.XMLSyntaxError:
        return "", {}, []
    for _, found in parser.read_events():
        element: Any = found
        if not names:
            attributes = {local(key): value for key, value in element.items()}
            if element.tag.startswith("{"):
                attributes["xmlns"] = element.tag[1:].split("}")[0]
        names.append(local(element.tag))
        if len(names) > 200:
            break
    return (names[0] if names else ""), attributes, names[1:]
