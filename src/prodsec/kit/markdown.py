"""Markdown from anywhere, made safe for a page: CommonMark without HTML or images, links only to http(s) and mailto.

Two locks on one door: the parser never lets HTML through, and the sanitiser removes whatever is not on its list.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

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


# Not inside of a word (an e-mail address) or a path (a package).
_HANDLE = re.compile(r"(?<![\w@/.])@([\w](?:[\w-]*[\w])?)(?![\w@/])")
_LOOKS_LIKE_A_HOST = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}\b")
# Signs that turn the direction of what follows, so that a text reads otherwise than it is.
_TURNING = dict.fromkeys([0, 0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_ABROAD = re.compile(r"(https?://[^\s/]|mailto:)", re.IGNORECASE)
_AT_HOME = re.compile(r"[/#](?!/)")


def render(text: str) -> str:
    """Text that strangers wrote, as HTML. Line breaks stay; headings sink below those of the page."""
    return _clean(_parser.render(_tame(text)), {"a": {"href"}, "ol": {"start"}}, home=False)


def render_comment(text: str) -> str:
    """As `render`, with the names of people and teams (`@ada`) made strong."""
    return _clean(_comment_parser.render(_tame(text)), {"a": {"href"}, "ol": {"start"}}, home=False)


def handles(text: str) -> list[str]:
    """Who is named with an `@`, each once, in order; not in code, in links, nor in what is quoted of others."""
    found: dict[str, None] = {}
    quotes = 0
    for token in _parser.parse(_tame(text)):
        quotes += token.nesting if token.type.startswith("blockquote") else 0
        links = 0
        for child in [] if quotes else token.children or []:
            links += child.nesting if child.type.startswith("link") else 0
            if child.type == "text" and not links:
                found |= dict.fromkeys(_HANDLE.findall(child.content))
    return list(found)


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


def _tame(text: str) -> str:
    return text[:LONGEST].translate(_TURNING)


def _tell_where_links_lead(tokens: list[Token]) -> None:
    """Behind a link whose text names another place, or whose place looks like another, stands the place itself."""
    for token in tokens:
        if not token.children:
            continue
        told: list[Token] = []
        href, words = "", ""
        for child in token.children:
            told.append(child)
            if child.type == "link_open":
                href, words = str(child.attrGet("href") or ""), ""
            elif child.type == "link_close" and (host := _surprising_host(href, words)):
                told.append(Token("text", "", 0, content=f" ({host})"))
            else:
                words += child.content
        token.children = told


def _surprising_host(href: str, words: str) -> str:
    try:
        parts = urlsplit(href)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if not host:
        return ""
    named = [name.lower().removeprefix("www.") for name in _LOOKS_LIKE_A_HOST.findall(words.partition("/")[0])]
    named += [name.lower().removeprefix("www.") for name in re.findall(r"https?://([^/\s:?#]+)", words)]
    is_strange = "xn--" in host or not host.isascii() or "@" in parts.netloc
    return host if is_strange or any(name != host for name in named) else ""


def _strengthen_handles(tokens: list[Token]) -> None:
    for token in tokens:
        if not token.children:
            continue
        told: list[Token] = []
        links = 0
        for child in token.children:
            links += child.nesting if child.type.startswith("link") else 0
            told += [child] if child.type != "text" or links else _with_strong_handles(child)
        token.children = told


def _with_strong_handles(token: Token) -> list[Token]:
    told, before = [], 0
    for match in _HANDLE.finditer(token.content):
        told.append(Token("text", "", 0, content=token.content[before : match.start()]))
        told.append(Token("strong_open", "strong", 1))
        told.append(Token("text", "", 0, content=match[0]))
        told.append(Token("strong_close", "strong", -1))
        before = match.end()
    return [*told, Token("text", "", 0, content=token.content[before:])]


def _sink_headings(tokens: list[Token]) -> None:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def _make_parser(*, breaks: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": breaks})
    return parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])


_parser = _make_parser(breaks=True)
_parser.core.ruler.push("sink_headings", lambda state: _sink_headings(state.tokens))
_parser.core.ruler.push("tell_where_links_lead", lambda state: _tell_where_links_lead(state.tokens))
_comment_parser = _make_parser(breaks=True)
_comment_parser.core.ruler.push("sink_headings", lambda state: _sink_headings(state.tokens))
_comment_parser.core.ruler.push("tell_where_links_lead", lambda state: _tell_where_links_lead(state.tokens))
_comment_parser.core.ruler.push("strengthen_handles", lambda state: _strengthen_handles(state.tokens))
_document_parser = _make_parser(breaks=False)
