"""Markdown from anywhere, made safe for a page: CommonMark without HTML or images, links only to http(s) and mailto.

Two locks on one door: the parser never lets HTML through, and the sanitiser removes whatever is not on its list.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 64_000

_TAGS = {
    *(
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
    ),
    *("s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}


@dataclass(frozen=True)
class Part:
    """What stands below one heading of a document, as plain text; `anchor` is where the page of the document has it."""

    heading: str
    anchor: str
    text: str


_ABROAD = re.compile(r"(https?://[^\s/]|mailto:)", re.IGNORECASE)
_AT_HOME = re.compile(r"[/#](?!/)")


def render(text: str) -> str:
    """Text that strangers wrote, as HTML. Line breaks stay; headings sink below those of the page."""
    return _clean(_parser.render(text[:LONGEST].replace("\x00", "")), {"a": {"href"}, "ol": {"start"}}, home=False)


def render_document(text: str, link: Callable[[str], str]) -> str:
    """A document of our own, as HTML: headings can be linked to, and `link` says where each link leads."""
    tokens = _document_parser.parse(text)
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                child.attrSet("href", link(str(child.attrGet("href"))))
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", heading_id(inline.content))
    headings: dict[str, set[str]] = {f"h{level}": {"id"} for level in range(1, 7)}
    html = _document_parser.renderer.render(tokens, _document_parser.options, {})
    return _clean(html, {"a": {"href"}, "ol": {"start"}, **headings}, home=True)


def heading_id(text: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    return re.sub(r"[^\w -]", "", text.lower()).strip().replace(" ", "-")


def title_of(text: str) -> str:
    """The first heading of a document, as plain text; empty when there is none."""
    found = re.search(r"^#\s+(.+)$", text, re.MULTILINE)
    return re.sub(r"[`*_]", "", found[1]).strip() if found else ""


def parts_of(text: str) -> list[Part]:
    """A document of our own in the parts its headings make, in order; what stands before the first has no heading."""
    parts: list[tuple[str, str, list[str]]] = [("", "", [])]
    heads = False
    for token in _document_parser.parse(text):
        if token.type == "heading_open":
            heads = True
        elif token.type == "inline" and heads:
            heads = False
            parts.append((_words(token), heading_id(token.content), []))
        elif token.type in ("inline", "fence", "code_block"):
            parts[-1][2].append(_words(token) if token.type == "inline" else token.content)
    return [Part(heading, anchor, " ".join(" ".join(words).split())) for heading, anchor, words in parts]


def _words(inline: Token) -> str:
    """The words of a line, without its marks."""
    breaks = ("softbreak", "hardbreak")
    return "".join(" " if child.type in breaks else child.content for child in inline.children or [])


def _clean(html: str, attributes: dict[str, set[str]], *, home: bool) -> str:
    def keep(tag: str, name: str, value: str) -> str | None:
        if (tag, name) != ("a", "href"):
            return value
        return value if _ABROAD.match(value) or (home and _AT_HOME.match(value)) else None

    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=attributes,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _sink_headings(tokens: list[Token]) -> None:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def _make_parser(*, breaks: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": breaks})
    return parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])


_parser = _make_parser(breaks=True)
_parser.core.ruler.push("sink_headings", lambda state: _sink_headings(state.tokens))
_document_parser = _make_parser(breaks=False)
