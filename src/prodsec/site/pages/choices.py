"""How a person likes the pages: colours, density, language, first steps. Kept in a cookie of the browser, which works
before signing in too, and for the person, so that another browser begins with the same.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from prodsec.accounts import services
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import DENSITIES, THEMES, Viewer
from prodsec.kit.pages import way_back
from prodsec.site.page_context import CHOICES

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


@require_POST
def first_steps(request: HttpRequest) -> HttpResponse:
    """Have the first steps on one's home page, or not."""
    _keep_for(request, viewer_asking(request), hides_first_steps=request.POST.get("first_steps") != "show")
    return HttpResponseRedirect("/")


def _keep(request: HttpRequest, name: str, known: tuple[str, ...], cookie: str = "") -> HttpResponse:
    answer = HttpResponseRedirect(way_back(request, "/"))
    value = request.POST.get(name, "")
    if value not in known:
        return answer
    answer.set_cookie(
        cookie or name, value, max_age=_YEAR_SECONDS, samesite="Lax", secure=request.is_secure(), httponly=True
    )
    viewer = getattr(request, "viewer", None)
    if isinstance(viewer, Viewer) and name in ("theme", "density"):
        theme, density = (value if name == wanted else None for wanted in ("theme", "density"))
        _keep_for(request, viewer, theme=theme, density=density)
    return answer


def _keep_for(
    request: HttpRequest,
    viewer: Viewer,
    *,
    theme: str | None = None,
    density: str | None = None,
    hides_first_steps: bool | None = None,
) -> None:
    """Keep it for the person, and have the session ask again."""
    services.choose(viewer, theme=theme, density=density, hides_first_steps=hides_first_steps)
    request.session.pop(CHOICES, None)
