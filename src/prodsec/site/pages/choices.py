"""How a person likes the pages: colours, density and language, kept in a cookie of their browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from prodsec.kit.pages import way_back
from prodsec.site.page_context import DENSITIES, THEMES

_YEAR_SECONDS = 31_536_000


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Choose light, dark, or as the system has it."""
    return _keep(request, "theme", THEMES)


@require_POST
def density(request: HttpRequest) -> HttpResponse:
    """Choose how close rows stand."""
    return _keep(request, "density", DENSITIES)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages; without a choice it is the browser's."""
    return _keep(request, "language", tuple(code for code, _ in settings.LANGUAGES), settings.LANGUAGE_COOKIE_NAME)


def _keep(request: HttpRequest, name: str, known: tuple[str, ...], cookie: str = "") -> HttpResponse:
    answer = HttpResponseRedirect(way_back(request, "/"))
    value = request.POST.get(name, "")
    if value in known:
        answer.set_cookie(
            cookie or name, value, max_age=_YEAR_SECONDS, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return answer
