"""The documentation, served from the files of docs/."""

import posixpath
import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from prodsec.accounts.queries import viewer_asking
from prodsec.kit import markdown
from prodsec.site import document_index
from prodsec.site.document_files import folder, sections

_NAME = re.compile(r"(?:[a-z0-9][a-z0-9-]*/)*(?:[A-Za-z0-9][A-Za-z0-9-]*)")


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


def found(request: HttpRequest) -> HttpResponse:
    """What the documentation says about some words."""
    viewer_asking(request)
    query = request.GET.get("text", "").strip()[: document_index.LONGEST_QUERY]
    context = {"query": query, "hits": document_index.search(query), "sections": sections()}
    return render(request, "documentation_search.html", context)


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
