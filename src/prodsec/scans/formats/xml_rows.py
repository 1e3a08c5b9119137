"""XML, streamed: row elements become plain trees, everything else is forgotten as it passes.

The one place that parses XML. Entities are never resolved, no DTD is loaded, nothing is fetched, XInclude and XSLT are not
run (reliability.md T13). A document that declares entities is refused. An element becomes a tree like this: attributes as
`@name`, children by their local name (repeated ones as a list), its text as `#text`, or the bare text when it has nothing else.
"""

from collections.abc import Iterator
from typing import IO, Any, Protocol

from lxml import etree

from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.formats.xml_trees import (
    MOST_ATTRIBUTES,
    NOTHING,
    add,
    attributes_of,
    line_of,
    local,
    size_of,
    tree_of,
)
from prodsec.scans.types import Limits, ReportError

Tree = Any
_CHUNK = 1 << 16
# What may pile up without a row: bytes, and for each tag and each attribute about as much as libxml2 takes for it.
_MOST_QUIET, _TAG_COST, _ATTRIBUTE_COST = 256_000_000, 200, 200
_MOST_BESIDE = 400_000
_MOST_REMARKS = 50_000
# What libxml2 says of a prefix that nobody bound (`xsi:…`): ugly, but the elements are all there.
_BARE_PREFIX_ERRORS = frozenset({201, 202, 203, 204})
_TOO_LARGE = (
    f"larger than {_MOST_QUIET} bytes, each tag counted as {_TAG_COST} more, each attribute as {_ATTRIBUTE_COST}"
)
_TOO_QUIET = f"a stretch without rows {_TOO_LARGE}"


def xml_rows(
    file: IO[bytes], paths: tuple[str, ...], limits: Limits, left_out: frozenset[str] = NOTHING
) -> Iterator[TreeRow]:
    """Rows of the elements at the given paths (`Report/ReportHost/ReportItem`, from the root's children or with the root's own name).

    Elements whose name is `left_out` are not looked into: what nobody reads costs little.

    Raises: ReportError when the document is not well-formed, declares entities, or goes beyond a limit.
    """
    yield from _Walk(file, paths, limits, left_out=left_out).rows()


def xml_root(file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> Tree:
    """The root element without what leads to rows: the facts of the whole document, also those behind the rows."""
    walk = _Walk(file, paths, limits, only_root=True)
    for _ in walk.rows():
        pass
    return walk.root


class Bytes(Protocol):
    """What XML is read from, piece by piece."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end."""
        ...


def xml_anywhere(file: Bytes, names: frozenset[str], kept: frozenset[str], limits: Limits) -> Iterator[TreeRow]:
    """Elements of the given names wherever they stand, inner ones before those around them, as trees of their `kept` children.

    A row's key is the name of what it stands in. Everything else is forgotten as it passes, so memory stays flat however elements are nested in each other (RDF).
    Raises: ReportError when the document is not well-formed, declares entities, or goes beyond a limit.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"), tag=[f"{{*}}{name}" for name in names], resolve_entities=False, no_network=True,
        load_dtd=False, dtd_validation=False, huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    walk = _Anywhere(kept, limits)
    quiet = 0
    try:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
            quiet += _cost(chunk)
            for row in walk.rows(parser.read_events()):
                quiet = 0
                yield row
            if quiet > _MOST_QUIET:
                raise ReportError(_TOO_QUIET, place="/")
        parser.close()
    except etree.XMLSyntaxError as error:
        raise ReportError(f"not well-formed XML, or cut off: {error.msg}", place=f"line {error.lineno}") from None
    yield from walk.rows(parser.read_events())


class _Anywhere:
    """The wanted elements that are open, outermost first."""

    def __init__(self, kept: frozenset[str], limits: Limits) -> None:
        self._kept = kept
        self._limits = limits
        self._open: list[Any] = []
        self._seen = 0

    def rows(self, events: Any) -> Iterator[TreeRow]:
        """The rows among some events."""
        for event, element in events:
            if event == "start":
                if not self._seen and not self._open:
                    _refuse_entities(element)
                self._open.append(element)
                if len(self._open) > self._limits.depth:
                    raise ReportError(f"nested deeper than {self._limits.depth} levels", place=line_of(element))
                continue
            self._open.pop()
            self._seen += 1
            if self._seen > self._limits.rows:
                raise ReportError(f"more than {self._limits.rows} rows; split the report", place=line_of(element))
            for child in element:
                if local(child.tag) not in self._kept:
                    child.clear()
            around = element.getparent()
            key = "" if around is None else local(around.tag)
            yield TreeRow(tree_of(element), line_of(element), path=local(element.tag), key=key)
            element.clear(keep_tail=True)
            self._forget_before(element)

    def _forget_before(self, element: Any) -> None:
        """Free what stands before an element on each level, but for what an open element around it keeps."""
        inner = element
        while (parent := inner.getparent()) is not None:
            is_wanted = parent in self._open
            before = inner.getprevious()
            while before is not None:
                further = before.getprevious()
                if not is_wanted or local(before.tag) not in self._kept:
                    parent.remove(before)
                elif is_wanted:
                    break  # what was there before was looked at when the one before came to its end
                before = further
            inner = parent


class _Open:
    """An element on the way to rows that has begun and not ended."""

    __slots__ = ("counts", "element", "is_row", "names", "pointer", "tree", "trees")

    def __init__(self, element: Any, names: tuple[str, ...], above: "_Open | None", *, is_row: bool) -> None:
        """`names` are those from the root on, its own last; `above` is the open element around it."""
        self.element = element
        self.names = names
        self.is_row = is_row
        self.pointer: str = f"{above.pointer}/{names[-1]}{above.counted(names[-1])}" if above else f"/{names[-1]}"
        self.counts: dict[str, int] = {}
        # A row is read when it has ended; until then it has no tree.
        self.tree: dict[str, Tree] = {} if is_row else attributes_of(element)
        self.trees: tuple[Tree, ...] = above.trees if above else ()
        if not is_row:
            self.trees = (*self.trees, self.tree)

    def counted(self, name: str) -> str:
        """Which child of a name comes now, as a place says it: nothing for the first."""
        count = self.counts[name] = self.counts.get(name, 0) + 1
        return f"[{count}]" if count > 1 else ""


class _Walk:
    def __init__(
        self, file: IO[bytes], paths: tuple[str, ...], limits: Limits, *, only_root: bool = False,
        left_out: frozenset[str] = NOTHING,
    ) -> None:  # fmt: skip
        self._file = file
        self._left_out = left_out
        self._limits = limits
        self._only_root = only_root
        self.root: Tree = {}
        root = xml_sniff(file.read(_CHUNK))[0]
        if not root:
            raise ReportError("not well-formed XML: there is no element at its beginning", place="line 1")
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
        self._seen = 0
        self._quiet = 0
        self._beside = 0

    def rows(self) -> Iterator[TreeRow]:
        """The rows in the order of the document."""
        try:
            while chunk := self._file.read(_CHUNK):
                self._parser.feed(chunk)
                self._quiet += _cost(chunk)
                yield from self._events()
                self._refuse_broken()
                if self._quiet > _MOST_QUIET:
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
        above = self._open[-1] if self._open else None
        if above is not None:
            if above.is_row or element.getparent() is not above.element:
                return
        elif element.getparent() is None:
            _refuse_entities(element)
        names = (*(above.names if above else ()), local(element.tag))
        if names not in self._leading:
            return
        if above is not None:
            self._absorb(above, element)
        self._open.append(_Open(element, names, above, is_row=names in self._paths))
        self._quiet = 0

    def _end(self, ended: _Open) -> TreeRow | None:
        row = None
        element = ended.element
        if ended.is_row:
            self._seen += 1
            if self._seen > self._limits.rows:
                raise ReportError(f"more than {self._limits.rows} rows; split the report", place=ended.pointer)
            if not self._only_root:
                row = TreeRow(self._tree(element), ended.pointer, ended.trees, self._paths[ended.names])
        else:
            self._absorb(ended, None)
            if len(self._open) == 1:
                self.root = ended.tree
        self._open.pop()
        self._quiet = 0
        element.clear(keep_tail=True)
        return row

    def _tree(self, element: Any) -> Tree:
        try:
            return tree_of(element, self._left_out)
        except RecursionError:
            raise ReportError("nested too deep", place=self._pointer()) from None

    def _absorb(self, above: _Open, before: Any) -> None:
        """Take up what stands in an element before a child that is a row or leads to some, and free it."""
        children = above.element
        while (child := next(children.iterchildren(), None)) is not None and child is not before:
            if isinstance(child.tag, str) and (*above.names, local(child.tag)) not in self._leading:
                value = self._tree(child)
                self._beside += size_of(value)
                if self._beside > _MOST_BESIDE:
                    raise ReportError(f"more than {_MOST_BESIDE} elements beside the rows", place=self._pointer())
                add(above.tree, local(child.tag), value)
            if before is None and child.getnext() is None:
                return  # the parser may still be at work behind the last one; it goes with its parent
            del children[0]

    def _prune(self) -> None:
        """Forget what has piled up beside the way to rows, so that memory stays flat."""
        self._quiet = 0
        if self._open and self._open[-1].is_row:
            raise ReportError(f"a row {_TOO_LARGE}", place=self._pointer())
        pruned = False
        for one in self._open:
            if len(one.element) > 2:
                del one.element[:-2]
                pruned = True
        if not pruned:
            raise ReportError(_TOO_QUIET, place=self._pointer())

    def _pointer(self) -> str:
        return self._open[-1].pointer if self._open else "/"

    def _refuse_broken(self) -> None:
        log = self._parser.feed_error_log
        if len(log) > _MOST_REMARKS:
            raise ReportError(f"more than {_MOST_REMARKS} prefixes that nobody bound", place=f"line {log[-1].line}")
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


def _cost(chunk: bytes) -> int:
    return len(chunk) + _TAG_COST * chunk.count(b"<") + _ATTRIBUTE_COST * chunk.count(b"=")


def xml_sniff(head: bytes) -> tuple[str, dict[str, str], list[str]]:
    """Root name, attributes and the first few element names, out of a file's head.

    Attributes are the root's, with `xmlns` as its namespace, and as `name@key` the first of each element within it.
    """
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
        if len(element.keys()) > MOST_ATTRIBUTES:
            break
        if not names:
            attributes = {local(key): value for key, value in element.items()}
            attributes |= {f"xmlns:{prefix}": uri for prefix, uri in element.nsmap.items() if prefix}
            if element.tag.startswith("{"):
                attributes["xmlns"] = element.tag[1:].split("}")[0]
        else:
            for key, value in element.items():  # of each element the first
                attributes.setdefault(f"{local(element.tag)}@{local(key)}", value)
        names.append(local(element.tag))
        if len(names) > 200:
            break
    return (names[0] if names else ""), attributes, names[1:]
