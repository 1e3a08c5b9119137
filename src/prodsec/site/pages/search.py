"""Search: a page, and the palette's answers while somebody types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from prodsec.accounts.queries import viewer_asking
from prodsec.site import searching


def page(request: HttpRequest) -> HttpResponse:
    """What answers to a few words, as a page of links."""
    return _answer(request, "search.html")


def palette(request: HttpRequest) -> HttpResponse:
    """The same as options of the palette."""
    return _answer(request, "parts/palette_options.html")


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    viewer = viewer_asking(request)
    text = request.GET.get("text", "").strip()[: searching.LONGEST_TEXT]
    groups = searching.search(viewer, text)
    number = sum(len(group.found) for group in groups)
    return render(request, template, {"groups": groups, "text": text, "number": number})
