"""The documentation, served from the files of docs/."""

import functools
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from prodsec.accounts.queries import viewer_asking
from prodsec.kit import markdown

_PACKAGED = Path(__file__).parent.parent / "docs"
_IN_A_CLONE = Path(__file__).parents[4] / "docs"
_NAME = re.compile(r"(?:[a-z0-9][a-z0-9-]*/)*(?:[A-Za-z0-9][A-Za-z0-9-]*)")

SECTIONS: tuple[tuple[str, Promise], ...] = (
    ("guide", _("Guide")),
    ("how-to", _("How to change Prodsec")),
    ("reference", _("Reference")),
    ("decisions", _("Decisions")),
)
FIRST = ("first-steps", "import-reports", "triage", "ci", "operate", "demo", "README")


@dataclass(frozen=True)
class Document:
    """One file of docs/: its name without the ending, and its heading."""

    name: str
    title: str


@dataclass(frozen=True)
class Section:
    """A folder of docs/."""

    title: Promise
    documents: tuple[Document, ...]


def folder() -> Path:
    """Where docs/ is: inside the installed package, else in the clone it runs from."""
    return _PACKAGED if _PACKAGED.is_dir() else _IN_A_CLONE


@functools.cache
def sections() -> tuple[Section, ...]:
    """What there is to read, in the order to read it."""
    return tuple(Section(title, documents) for name, title in SECTIONS if (documents := _documents_in(folder() / name)))


def documentation(request: HttpRequest, name: str = "README") -> HttpResponse:
    """One document, with the others beside it."""
    viewer_asking(request)
    path = folder() / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Http404
    text = path.read_text(encoding="utf-8")
    context = {
        "title": markdown.title_of(text) or name,
        "html": mark_safe(markdown.render_document(text, lambda link: address_of(link, name))),  # noqa: S308
        "sections": sections(),
        "name": name,
    }
    return render(request, "documentation.html", context)


def address_of(link: str, name: str) -> str:
    """Where a link in a document leads: to another document's page, or as it stands."""
    if re.match(r"[a-z][a-z0-9+.-]*:|/|#", link, re.IGNORECASE):
        return link
    target, mark, anchor = link.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    if target.startswith(".."):
        return "/docs/"
    target = "" if target == "README.md" else f"{target.removesuffix('.md')}/"
    return f"/docs/{target}{mark}{anchor}"


def _documents_in(place: Path) -> tuple[Document, ...]:
    def order(path: Path) -> tuple[int, str]:
        return (FIRST.index(path.stem) if path.stem in FIRST else len(FIRST), path.stem)

    return tuple(
        Document(f"{place.name}/{path.stem}", markdown.title_of(path.read_text(encoding="utf-8")) or path.stem)
        for path in sorted(place.glob("*.md"), key=order)
    )
