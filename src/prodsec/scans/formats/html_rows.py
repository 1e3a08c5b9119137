"""HTML, streamed: the rows of its tables by the names of their columns; the rest of the page is forgotten as it passes.

Nothing of a page is fetched, run or kept as markup: tags are dropped, scripts and styles are skipped, text is text. A table
within a cell is part of the cell's text. A cell is its text; one with links is `{"#text": …, "@href": [addresses]}`.

The page as a whole is `{"title", "facts", "tables"}`: its title, its definition lists (name → text, without signs before the name), and the rows of all tables
that hold no rows of the report, by the names of their columns joined with ", ".
"""

import codecs
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import IO, Any

from prodsec.scans.formats.json_walk import TreeRow
from prodsec.scans.formats.tables import decoding_of
from prodsec.scans.types import Limits, ReportError

Tree = Any
_CHUNK = 1 << 20
# A tag, a comment or a script longer than this is refused: the parser looks at it again with every chunk.
_LONGEST_CONSTRUCT = 1 << 23
_QUIET_BYTES = 1 << 25
_CELL_COST = 64
_SILENT = frozenset({"script", "style"})
BREAKS = frozenset({"p", "br", "div", "li", "tr", "ul", "ol", "pre", "table", "dl", "dt", "dd", "h1", "h2", "h3", "h4",
                     "h5", "h6", "blockquote", "details", "summary"})  # fmt: skip
_CAUGHT = frozenset({"title", "dt", "dd"})
_START = re.compile(rb"(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,4000}?-->\s*)?<(?:!doctype\s+html|html)\b", re.S | re.I)


def is_html(head: bytes) -> bool:
    """Whether a file that begins like this is a page."""
    return _START.match(head) is not None


def html_title(head: bytes) -> str:
    """The title, out of a page's head."""
    page = _Page((), Limits(), only_root=True)
    page.feed(head.decode(decoding_of(head), "replace"))
    return page.title


def html_rows(file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> Iterator[TreeRow]:
    """Rows of the tables that have all the columns a path names (`Rule, Severity, Line`).

    Raises: ReportError when the page is cut off or goes beyond a limit.
    """
    yield from _walk(file, _Page(paths, limits))


def html_root(file: IO[bytes], paths: tuple[str, ...], limits: Limits) -> Tree:
    """The page without the rows of the report. Raises: ReportError as `html_rows` does."""
    page = _Page(paths, limits, only_root=True)
    for _ in _walk(file, page):
        pass
    return {"title": page.title, "facts": page.facts, "tables": page.tables}


def _walk(file: IO[bytes], page: "_Page") -> Iterator[TreeRow]:
    deadline = time.monotonic() + page.limits.seconds
    head = file.read(_CHUNK)
    decoder = codecs.getincrementaldecoder(decoding_of(head))(errors="replace")
    quiet, chunk = 0, head
    while chunk:
        page.feed(decoder.decode(chunk))
        quiet += len(chunk)
        if page.rows:
            quiet = 0
            yield from page.rows
            page.rows.clear()
        if len(page.rawdata) > _LONGEST_CONSTRUCT:
            raise ReportError(f"a tag, comment or script longer than {_LONGEST_CONSTRUCT} characters", place=page.place)
        if time.monotonic() > deadline:  # the first walk hands out no rows between which the clock would be looked at
            seconds = page.limits.seconds
            raise ReportError(f"reading took longer than {seconds} seconds; split the report", place=page.place)
        if quiet > _QUIET_BYTES:
            raise ReportError(f"more than {_QUIET_BYTES} bytes of HTML without a row", place=page.place)
        chunk = file.read(_CHUNK)
    page.refuse_cut_off()


class _Page(HTMLParser):
    """The state of a walk: where in the page it is, and what is finished. Tables nest by a count, so that depth costs nothing."""

    def __init__(self, paths: tuple[str, ...], limits: Limits, *, only_root: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[TreeRow] = []
        self.title = ""
        self.facts: dict[str, str] = {}
        self.tables: dict[str, list[Tree]] = {}
        self._wanted = [(path, {name.strip() for name in path.split(",")}) for path in paths if path]
        self.limits = limits
        self._only_root = only_root
        self._depth = 0
        self._columns: list[str] = []
        self._path = ""
        self._cells: list[Tree] | None = None
        self._is_heading = False
        self._text: list[str] | None = None
        self._links: list[str] = []
        self._catching = ""
        self._name = ""
        self._line = 1
        self._size = 0
        self._kept = 0
        self._count = 0
        self._is_ended = False

    @property
    def place(self) -> str:
        """Where the parser is, for people."""
        return f"line {self.getpos()[0]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Tables, rows and cells open; inside a cell a tag is at most a break."""
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._end_catch()
                self._columns, self._path = [], ""
        if self._depth == 1 and tag == "tr":
            self._end_row()
            self._cells, self._is_heading, self._line, self._size = [], False, self.getpos()[0], 0
        elif self._depth == 1 and tag in ("td", "th") and self._cells is not None:
            self._end_cell()
            self._grow(_CELL_COST)
            self._text, self._links, self._is_heading = [], [], self._is_heading or tag == "th"
        elif tag in _CAUGHT and not self._depth:
            self._end_catch()
            self._catching, self._text, self._size = tag, [], 0
        elif self._text is not None:
            self._within(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Tables, rows and cells close; a cell or row that was left open ends with what holds it."""
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            elif self._text is not None:
                self._text.append("\n")
            self._depth -= 1
        elif self._depth == 1 and tag in ("tr", "thead", "tbody"):
            self._end_row()
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif not self._depth and tag in ("dl", self._catching):
            self._end_catch()
        elif not self._depth and tag in ("body", "html"):
            self._is_ended = True
        elif self._text is not None and tag in (*BREAKS, "td", "th"):
            self._grow(1)
            self._text.append("\n" if tag in BREAKS else " ")

    def handle_data(self, data: str) -> None:
        """Text counts inside a cell, a title and a definition list only."""
        if self._text is not None and self.cdata_elem not in _SILENT:
            self._grow(len(data))
            self._text.append(data)

    def refuse_cut_off(self) -> None:
        """Raise ReportError when the page does not end: what is missing would pass for fixed."""
        if self._depth or not self._is_ended:
            raise ReportError("the page is cut off before its end (</body>)", place=self.place)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """`<![…` is a comment, as browsers take it; the parser itself would fail an assertion."""
        return self.parse_bogus_comment(i, report)

    def _within(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BREAKS:
            self._grow(1)
            (self._text or []).append("\n")
        address = next((value for name, value in attrs if name == "href" and value), "") if tag == "a" else ""
        if address and self._depth:
            self._grow(len(address))
            self._links.append(address)

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self.limits.row_bytes:
            raise ReportError(f"a row larger than {self.limits.row_bytes} characters", place=f"line {self._line}")

    def _end_catch(self) -> None:
        if self._catching and self._text is not None:
            text = tidy(self._text)
            self._keep(len(text))
            if self._catching == "title":
                self.title = self.title or text
            elif self._catching == "dt":
                self._name = re.sub(r"^\W+", "", text)
            elif self._name:
                self.facts.setdefault(self._name, text)
            self._catching, self._text = "", None

    def _end_cell(self) -> None:
        if self._cells is None or self._text is None:
            return
        text = tidy(self._text)
        self._cells.append({"#text": text, "@href": self._links} if self._links else text)
        self._text = None

    def _end_row(self) -> None:
        self._end_cell()
        cells, self._cells = self._cells, None
        if not cells:
            return
        if not self._columns:
            if self._is_heading:
                self._columns = [cell["#text"] if isinstance(cell, dict) else cell for cell in cells]
                self._path = next((path for path, names in self._wanted if names <= set(self._columns)), "")
            return
        tree = {name: cell for name, cell in zip(self._columns, cells, strict=False) if name}
        if self._path:
            self._take(tree)
        elif self._only_root:
            self._keep(self._size)
            self.tables.setdefault(", ".join(self._columns), []).append(tree)

    def _take(self, tree: Tree) -> None:
        self._count += 1
        if self._count > self.limits.rows:
            raise ReportError(f"more than {self.limits.rows} rows; split the report", place=f"line {self._line}")
        self.rows.append(TreeRow(tree, f"line {self._line}", path=self._path))

    def _keep(self, size: int) -> None:
        """Count what stays in memory beside the rows."""
        self._kept += size + _CELL_COST
        if self._kept > _QUIET_BYTES:
            raise ReportError(f"more than {_QUIET_BYTES} characters of HTML beside the rows", place=self.place)


def tidy(parts: list[str]) -> str:
    """Text with its lines kept and the white space of the markup gone."""
    lines = [line.rstrip() for line in "".join(parts).replace("\x00", "").replace("\xa0", " ").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
