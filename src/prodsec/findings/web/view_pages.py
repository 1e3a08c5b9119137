"""Pages of saved views: all that one may open, one of them, and the sidebar's."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Viewer
from prodsec.findings import queries, services
from prodsec.findings.rules.filtering.addresses import params_of
from prodsec.findings.types import SavedViewFacts
from prodsec.findings.web import pinned
from prodsec.findings.web.view_forms import ViewForm
from prodsec.kit.pages import attempt, way_back


def views(request: HttpRequest) -> HttpResponse:
    """The views that the viewer may open; what is posted here becomes a new one."""
    viewer = viewer_asking(request)
    if request.method == "POST":
        return _save(request, viewer)
    return render(request, "findings/views.html", {"views": _told(queries.saved_views(viewer))})


def view(request: HttpRequest, view_id: int) -> HttpResponse:
    """One view: its name, who sees it, what it asks."""
    viewer = viewer_asking(request)
    found = queries.saved_view(viewer, view_id)
    form = _form(viewer, request, found)
    if request.method == "POST" and form.is_valid():
        done = attempt(
            form,
            lambda: services.change_view(
                viewer,
                view_id,
                name=form.cleaned_data["name"],
                team_id=form.team_id,
                is_for_everybody=form.is_for_everybody,
            ),
        )
        if done is not None:
            pinned.note_change(request, viewer)
            messages.success(request, _("Saved."))
            return redirect("findings:views")
    asked = queries.question(found.query)
    context = {
        "view": found,
        "address": queries.address_of(found),
        "form": form,
        "asked": params_of(asked.filters),
        "ignored": asked.ignored,
    }
    return render(request, "findings/view.html", context)


@require_POST
def ask(request: HttpRequest, view_id: int) -> HttpResponse:
    """A view asks from now on what the list shows."""
    viewer = viewer_asking(request)
    services.change_view(viewer, view_id, query=request.POST.get("query", ""))
    pinned.note_change(request, viewer)
    messages.success(request, _("The view shows from now on what you see here."))
    return redirect(queries.address_of(queries.saved_view(viewer, view_id)))


@require_POST
def remove(request: HttpRequest, view_id: int) -> HttpResponse:
    """A view goes, for all who saw it."""
    viewer = viewer_asking(request)
    name = queries.saved_view(viewer, view_id).name
    services.remove_view(viewer, view_id)
    pinned.note_change(request, viewer)
    messages.success(request, _("{name} was deleted. The findings are as they were.").format(name=name))
    return redirect("findings:views")


@require_POST
def pin(request: HttpRequest, view_id: int) -> HttpResponse:
    """A view comes into the viewer's sidebar, or goes out of it."""
    viewer = viewer_asking(request)
    services.pin_view(viewer, view_id, pinned=request.POST.get("pinned") == "yes")
    pinned.note_change(request, viewer)
    return redirect(way_back(request, "/views/"))


@require_POST
def subscribe(request: HttpRequest, view_id: int) -> HttpResponse:
    """The viewer hears of what enters a view, or no more."""
    viewer = viewer_asking(request)
    wanted = request.POST.get("subscribed") == "yes"
    services.subscribe(viewer, view_id, subscribed=wanted)
    told = _("You hear of findings that enter it.") if wanted else _("You hear no more of it.")
    messages.success(request, told)
    return redirect(way_back(request, "/views/"))


def sidebar(request: HttpRequest) -> HttpResponse:
    """The views of the sidebar, counted now; a page asks for it when what it remembers is old."""
    found = pinned.count_again(request, viewer_asking(request))
    return render(request, "parts/pinned_views.html", {"sidebar": found})


def _save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    form = _form(viewer, request)
    if form.is_valid():
        made = attempt(form, lambda: _make(viewer, request, form))
        if made is not None:
            pinned.note_change(request, viewer)
            messages.success(request, _("{name} was saved.").format(name=form.cleaned_data["name"]))
            return redirect(queries.address_of(queries.saved_view(viewer, made)))
    context = {"form": form, "query": request.POST.get("query", ""), "pin": request.POST.get("pin") == "yes"}
    return render(request, "findings/view_new.html", context, status=422)


def _make(viewer: Viewer, request: HttpRequest, form: ViewForm) -> int:
    made = services.save_view(
        viewer,
        name=form.cleaned_data["name"],
        query=request.POST.get("query", ""),
        team_id=form.team_id,
        is_for_everybody=form.is_for_everybody,
        columns=request.POST.getlist("column") if request.POST.get("with_columns") == "yes" else (),
    )
    if request.POST.get("pin") == "yes":
        services.pin_view(viewer, made, pinned=True)
    return made


def _form(viewer: Viewer, request: HttpRequest, view: SavedViewFacts | None = None) -> ViewForm:
    return ViewForm(teams_of(viewer), request.POST or None, may_share=queries.may_share(viewer), view=view)


def teams_of(viewer: Viewer) -> list[tuple[int, str]]:
    """The viewer's own teams, with whom they may share. Cost: 1 query; none for who is in none."""
    if not viewer.team_ids:
        return []
    return [(team.pk, team.name) for team in accounts.teams(viewer).filter(pk__in=viewer.team_ids)]


def _told(found: list[SavedViewFacts]) -> list[tuple[SavedViewFacts, str]]:
    return [(one, queries.address_of(one)) for one in found]
