"""The page of Burp Suite DAST taken apart as it passes: the rows of its tables of issues, and the sections of each issue's details.

A table's row names an issue by a link into the page (`#123`), the details begin with an anchor of that name. Scripts, styles and
images are skipped; text is text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from prodsec.scans.formats.html_rows import BREAKS, tidy
from prodsec.scans.types import Limits, ReportError

LONGEST_CONSTRUCT = 1 << 23
_SILENT = frozenset({"script", "style"})
_HEADINGS = frozenset({"h1", "h2", "h3"})
_SITE = re.compile(r"Issues found on (\S+)")
_COUNT = re.compile(r"\s*\[\d+\]$")

Attributes = list[tuple[str, str | None]]


@dataclass
class Issue:
    """An issue at one address. `sections` and `links` are the details by their headings, in lower case."""

    name: str
    pointer: str
    site: str = ""
    path: str = ""
    severity: str = ""
    confidence: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """The state of a walk."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self._limits = limits
        self._listed: dict[str, Issue] = {}
        self._finished: list[Issue] = []
        self._site = ""
        self._type = ""
        self._table = False
        self._cells: list[str] | None = None
        self._is_type = False
        self._anchor = ""
        self._issue: Issue | None = None
        self._heading = ""
        self._text: list[str] = []
        self._size = 0
        self._ended = False

    @property
    def place(self) -> str:
        """Where the parser is, for people."""
        return f"line {self.getpos()[0]}"

    def taken(self) -> Iterator[Issue]:
        """The issues whose details have passed since the last time."""
        yield from self._finished
        self._finished.clear()

    def rest(self) -> Iterator[Issue]:
        """The last issues, and those that have no details. Raises: ReportError when the page does not end."""
        if not self._ended:
            raise ReportError("the page is cut off before its end (</body>)", place=self.place)
        self._close_issue()
        yield from self.taken()
        yield from self._listed.values()
        self._listed.clear()

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Tables, rows, details and headings begin."""
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        if tag == "table":
            self._table = "issue-table" in classes
        elif self._table and tag == "tr":
            self._cells, self._anchor, self._is_type = [], "", "issue-type-row" in classes
        elif self._cells is not None and tag in ("td", "th"):
            self._text = []
        elif tag == "div" and "issue-container" in classes:
            self._close_issue()
            self._issue = Issue("", self.place)
        elif tag in _HEADINGS:
            self._close_section()
        elif tag in BREAKS:
            self._text.append("\n")
        if tag == "a":
            self._linked(given)

    def handle_endtag(self, tag: str) -> None:
        """Cells, rows, tables and headings end."""
        if self._cells is not None and tag in ("td", "th"):
            self._cells.append(tidy(self._text))
            self._text = []
        elif self._cells is not None and tag == "tr":
            self._close_row(self._cells)
            self._cells = None
        elif tag == "table":
            self._table, self._cells = False, None
        elif tag in _HEADINGS:
            self._named(tag, tidy(self._text))
        elif tag in ("body", "html"):
            self._ended = True

    def handle_data(self, data: str) -> None:
        """Text of cells, headings and sections."""
        if self.cdata_elem in _SILENT:
            return
        self._size += len(data)
        if self._size > self._limits.row_bytes:
            raise ReportError(f"an issue larger than {self._limits.row_bytes} characters", place=self.place)
        self._text.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """`<![…` is a comment, as browsers take it; the parser itself would fail an assertion."""
        return self.parse_bogus_comment(i, report)

    def _linked(self, given: dict[str, str]) -> None:
        address = given.get("href", "")
        if self._cells is not None and address.startswith("#"):
            self._anchor = address[1:]
        elif self._issue is not None and given.get("name"):
            self._anchor = given["name"]
        elif self._issue is not None and self._heading and address:
            self._issue.links.setdefault(self._heading, []).append(address)

    def _named(self, tag: str, name: str) -> None:
        """What a heading says: the site of a table, the issue of details, or the section that follows."""
        self._text, self._size = [], 0
        if tag == "h1" and (site := _SITE.search(name)):
            self._site = site[1]
        elif tag == "h2" and self._issue is not None:
            self._issue = self._listed.pop(self._anchor, self._issue)
            self._issue.name = self._issue.name or name
        elif tag == "h3":
            self._heading = name.rstrip(": ").lower()

    def _close_row(self, cells: list[str]) -> None:
        self._size = 0
        if self._is_type:
            self._type = _COUNT.sub("", " ".join(cells))
        elif self._anchor and len(cells) >= 3:
            if len(self._listed) >= self._limits.rows:
                raise ReportError(f"more than {self._limits.rows} rows; split the report", place=self.place)
            path, severity, confidence = cells[:3]
            issue = Issue(self._type, self.place, self._site, path, severity, confidence)
            self._listed[self._anchor] = issue

    def _close_section(self) -> None:
        if self._issue is not None and self._heading:
            self._issue.sections.setdefault(self._heading, tidy(self._text))
        self._heading, self._text = "", []

    def _close_issue(self) -> None:
        self._close_section()
        if self._issue is not None and self._issue.name:
            self._finished.append(self._issue)
        self._issue, self._size = None, 0
