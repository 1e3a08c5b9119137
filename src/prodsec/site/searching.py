"""Search across the product: what the palette offers while somebody types, and the page of it that needs no script."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries as findings
from prodsec.inventory import queries as inventory
from prodsec.site import document_index
from prodsec.site.destinations import DEEDS, PAGES, Destination, offered

LONGEST_TEXT, MOST_OF_A_KIND = 200, 6


@dataclass(frozen=True)
class Found:
    """One thing that answers: its name, what stands beside it, where it is. `sign` is a severity, if it has one."""

    label: str
    note: str
    address: str
    icon: str
    sign: int | None = None


@dataclass(frozen=True)
class Group:
    """What answers of one kind, the best first."""

    name: str
    label: Promise
    found: tuple[Found, ...]


def search(viewer: Viewer, text: str) -> list[Group]:
    """What answers to a few words, of each kind at most 6; without words, where one can go and what one can do.

    Only what the viewer may see and do. Cost: 6 queries, by index or over small tables; none without words.
    """
    text = " ".join(text.replace("\x00", " ").split())[:LONGEST_TEXT]
    groups = [Group(name, label, tuple(find(viewer, text))) for name, label, find in _KINDS]
    return [group for group in groups if group.found]


def _pages(viewer: Viewer, text: str) -> list[Found]:
    return _destinations(offered(viewer, PAGES, text))


def _deeds(viewer: Viewer, text: str) -> list[Found]:
    return _destinations(offered(viewer, DEEDS, text))


def _destinations(places: list[Destination]) -> list[Found]:
    return [Found(str(place.label), "", str(place.address), place.icon) for place in places]


def _views(viewer: Viewer, text: str) -> list[Found]:
    if not text:
        return []
    kept = findings.saved_views(viewer, text=text, most=MOST_OF_A_KIND)
    return [Found(view.name, _("saved view"), findings.address_of(view), "list") for view in kept]


def _findings(viewer: Viewer, text: str) -> list[Found]:
    if not text:
        return []
    rows = findings.quick_findings(viewer, text, most=MOST_OF_A_KIND)
    found = [
        Found(
            row.title,
            f"#{row.id} · {row.asset_path}",
            reverse("findings:finding", args=[row.id]),
            "finding",
            row.severity,
        )
        for row in rows
    ]
    everywhere = f"{reverse('findings:findings')}?{urlencode({'text': text})}"
    return [*found, Found(_("All findings with “{text}”").format(text=text), "", everywhere, "search")]


def _assets(viewer: Viewer, text: str) -> list[Found]:
    if not text:
        return []
    rows = inventory.assets(viewer, text=text)[:MOST_OF_A_KIND]
    return [Found(row.path, "", reverse("inventory:asset", args=[row.pk]), "tree") for row in rows]


def _people(viewer: Viewer, text: str) -> list[Found]:
    if not text:
        return []
    opens = accounts.holds(viewer, Permission.PERSON_READ)
    known = accounts.people(viewer).prefetch_related(None).filter(is_active=True)
    fits = Q(name__icontains=text) | Q(email__istartswith=text) if opens else Q(name__icontains=text)
    theirs = reverse("findings:findings")
    return [
        Found(
            str(one),
            one.email if opens else _("findings assigned to them"),
            reverse("accounts:person", args=[one.pk]) if opens else f"{theirs}?assignee={one.pk}",
            "person",
        )
        for one in known.filter(fits)[:MOST_OF_A_KIND]
    ]


def _teams(viewer: Viewer, text: str) -> list[Found]:
    if not text:
        return []
    fits = accounts.teams(viewer).filter(Q(name__icontains=text) | Q(slug__istartswith=text))[:MOST_OF_A_KIND]
    return [Found(team.name, _("team"), reverse("accounts:team", args=[team.pk]), "people") for team in fits]


def _documents(viewer: Viewer, text: str) -> list[Found]:
    del viewer  # the documentation is everybody's
    hits = document_index.search(text, most=MOST_OF_A_KIND)
    return [Found(" › ".join(filter(None, (hit.title, hit.heading))), "", hit.address, "book") for hit in hits]


_KINDS: tuple[tuple[str, Promise, Callable[[Viewer, str], list[Found]]], ...] = (
    ("pages", gettext_lazy("Pages"), _pages),
    ("views", gettext_lazy("Saved views"), _views),
    ("deeds", gettext_lazy("Do"), _deeds),
    ("findings", gettext_lazy("Findings"), _findings),
    ("assets", gettext_lazy("Assets"), _assets),
    ("people", gettext_lazy("People"), _people),
    ("teams", gettext_lazy("Teams"), _teams),
    ("documents", gettext_lazy("Documentation"), _documents),
)
