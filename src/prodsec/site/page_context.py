"""What the frame around every page shows: who is here, where they are, how they like it."""

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import DENSITIES, THEMES, Choices, Viewer
from prodsec.findings.web.pinned import Sidebar, remembered
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.notifications import queries as notifications
from prodsec.site.demo import removal

CHOICES = "choices"
_DEMO, _DEMO_SECONDS = "demo", 600


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation; current on every address that begins with its own."""

    address: str
    label: Promise
    icon: str
    at_end: bool = False


NAVIGATION = (
    Entry("/", _("My work"), "home"),
    Entry("/findings/", _("Findings"), "finding"),
    Entry("/assets/", _("Assets"), "tree"),
    Entry("/imports/", _("Imports"), "import"),
    Entry("/metrics/", _("Metrics"), "chart"),
    Entry("/docs/", _("Documentation"), "book", at_end=True),
    Entry("/admin/", _("Admin"), "gear"),
)


@dataclass(frozen=True)
class Frame:
    """The frame of a page, as templates see it. `unread` is asked when the frame is drawn: a part of a page costs no query."""

    viewer: Viewer | None
    theme: str
    density: str
    navigation: tuple[Entry, ...]
    current: str
    sidebar: Sidebar
    shows_demo: Callable[[], bool]
    unread: Callable[[], int]


def frame(request: HttpRequest) -> dict[str, Frame]:
    """The context processor."""
    viewer = getattr(request, "viewer", None)
    choices = choices_of(request, viewer)
    here = next((entry.address for entry in NAVIGATION[1:] if request.path.startswith(entry.address)), "")
    return {
        "frame": Frame(
            viewer=viewer if isinstance(viewer, Viewer) else None,
            theme=_chosen(request, "theme", THEMES, choices.theme),
            density=_chosen(request, "density", DENSITIES, choices.density),
            navigation=NAVIGATION,
            current="/" if request.path == "/" else here,
            sidebar=remembered(request.session) if isinstance(viewer, Viewer) else Sidebar((), is_stale=False),
            shows_demo=functools.partial(_shows_demo, request, viewer),
            unread=functools.partial(_unread, viewer),
        )
    }


def _shows_demo(request: HttpRequest, viewer: object) -> bool:
    """Whether the demo's data is here. Cost: 1 query, once in ten minutes of a session."""
    if not isinstance(viewer, Viewer):
        return False
    kept = request.session.get(_DEMO)
    now = clock.now().timestamp()
    if not isinstance(kept, dict) or not 0 <= now - kept["at"] < _DEMO_SECONDS:
        note_demo(request, is_here=removal.is_here())
    return bool(request.session[_DEMO]["is_here"])


def note_demo(request: HttpRequest, *, is_here: bool) -> None:
    """Have the pages of this session say so from now on."""
    request.session[_DEMO] = {"is_here": is_here, "at": clock.now().timestamp()}


def _unread(viewer: object) -> int:
    """How many notices wait for the viewer. Cost: 1 query."""
    if not isinstance(viewer, Viewer):
        return 0
    return notifications.unread_count(viewer, inventory.seen_findings(viewer))


def choices_of(request: HttpRequest, viewer: object) -> Choices:
    """How the viewer likes pages, as their session remembers it. Cost: 1 query once a session."""
    if not isinstance(viewer, Viewer):
        return Choices()
    kept = request.session.get(CHOICES)
    if not isinstance(kept, dict):
        kept = request.session[CHOICES] = dataclasses.asdict(accounts.choices(viewer))
    return Choices(**kept)


def _chosen(request: HttpRequest, name: str, known: tuple[str, ...], kept: str) -> str:
    """What this browser was told, else what the person chose on another one, else the usual."""
    value = request.COOKIES.get(name, "")
    if value in known:
        return value
    return kept if kept in known else known[0]


@functools.cache
def built_file(name: str) -> str:
    """The address of a file that `make assets` built, which changes with its content."""
    from django.contrib.staticfiles import finders

    place = finders.find(name)
    if not place:
        return static(name)
    with Path(str(place)).open("rb") as file:
        return f"{static(name)}?{hashlib.file_digest(file, 'sha256').hexdigest()[:10]}"
