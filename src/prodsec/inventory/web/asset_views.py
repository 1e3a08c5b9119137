"""Pages of one asset: what it is, who owns it, what is wrong with it, when it was scanned."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.flows import own_assets
from prodsec.inventory import queries
from prodsec.inventory import services as inventory
from prodsec.inventory.types import Lifecycle
from prodsec.inventory.web import forms, gaps, tree
from prodsec.inventory.web.trend import trend_of
from prodsec.kit.pages import attempt
from prodsec.metrics import queries as metrics
from prodsec.notifications import queries as notifications
from prodsec.notifications.types import Subject
from prodsec.scans import queries as scans
from prodsec.vocabulary.severity import Severity

if TYPE_CHECKING:
    from prodsec.inventory.models import Asset

MOST_CHILDREN = 100
MOST_IMPORTS = 5


def asset(request: HttpRequest, asset_id: int) -> HttpResponse:
    """One asset."""
    viewer = viewer_asking(request)
    found = queries.asset(viewer, asset_id)
    chain = queries.ancestors(viewer, found)
    shown = [found, *queries.children(viewer, found)[:MOST_CHILDREN]]
    own, *children = tree.rows(viewer, shown, as_tree=False, with_below=frozenset({found.pk}), stands=len(shown) > 1)
    given_by = next((above for above in reversed(chain) if above.owner_team_id), None)
    context = {
        "asset": found,
        "row": own,
        "trend": trend_of(viewer, found.path),
        "coverage": gaps.lines(viewer, under=found.path) if children else [],
        "recent_days": metrics.RECENT_DAYS,
        "severities": sorted(Severity, reverse=True),
        "chain": chain,
        "children": children,
        "owner_from": None if found.owner_team_id else given_by,
        "scopes": [] if own.is_group else scans.scopes_with_last_scan(viewer, found.pk),
        "imports": [] if own.is_group else scans.scans(viewer, asset_path=found.path, size=MOST_IMPORTS).items,
        "has_codeowners": not own.is_group and queries.has_codeowners(found),
        "may_edit": queries.may(viewer, Permission.ASSET_EDIT, found),
        "may_import": queries.may(viewer, Permission.SCAN_IMPORT, found),
        "is_watching": notifications.is_watching(viewer, Subject.ASSET, asset_id),
        "is_archived": found.lifecycle == Lifecycle.ARCHIVED,
    }
    return render(request, "inventory/asset.html", context)


def edit(request: HttpRequest, asset_id: int) -> HttpResponse:
    """What is said of an asset, its owner, its CODEOWNERS: one page with a form for each."""
    viewer = viewer_asking(request)
    found = queries.asset(viewer, asset_id)
    inventory.require_editable(viewer, found)
    form = forms.FactsForm(request.POST or None, initial=_now(found))
    if request.method == "POST" and form.is_valid():
        changed = attempt(form, lambda: inventory.change_asset(viewer, asset_id, form.facts()))
        if changed is not None:
            messages.success(request, _("Saved."))
            return redirect("inventory:asset", asset_id)
    return _edit_page(request, viewer, found, form=form)


@require_POST
def owner(request: HttpRequest, asset_id: int) -> HttpResponse:
    """Another owner, for this and all below that name none."""
    viewer = viewer_asking(request)
    team = request.POST.get("team", "")
    own_assets.followed(viewer, lambda: inventory.set_owner(viewer, asset_id, int(team) if team.isdigit() else None))
    messages.success(request, _("The owner was set, here and for everything below that names none of its own."))
    return redirect("inventory:asset", asset_id)


@require_POST
def codeowners(request: HttpRequest, asset_id: int) -> HttpResponse:
    """A CODEOWNERS file: owners by path inside this asset."""
    viewer = viewer_asking(request)
    form = forms.CodeownersForm(request.POST, request.FILES)
    if form.is_valid():
        problems = attempt(form, lambda: own_assets.give_codeowners(viewer, asset_id, form.codeowners()))
        if problems is not None:
            for problem in problems[:5]:
                messages.warning(request, problem)
            messages.success(
                request, _("The CODEOWNERS file was kept, and the findings in its files have their owners.")
            )
            return redirect("inventory:asset", asset_id)
    return _edit_page(request, viewer, queries.asset(viewer, asset_id), codeowners_form=form)


@require_POST
def archive(request: HttpRequest, asset_id: int) -> HttpResponse:
    """Stop looking after an asset and all below it, or begin again."""
    viewer = viewer_asking(request)
    if "restore" in request.POST:
        inventory.restore_asset(viewer, asset_id)
        messages.success(request, _("The asset is looked after again."))
    else:
        inventory.archive_asset(viewer, asset_id)
        messages.success(request, _("The asset was archived with all below it; nothing was deleted."))
    return redirect("inventory:asset", asset_id)


def _edit_page(
    request: HttpRequest,
    viewer: Viewer,
    found: "Asset",
    *,
    form: forms.FactsForm | None = None,
    codeowners_form: forms.CodeownersForm | None = None,
) -> HttpResponse:
    teams = [(team.pk, team.name) for team in accounts.teams(viewer)]
    text, problems = queries.codeowners_of(viewer, found.pk)
    context = {
        "asset": found,
        "chain": queries.ancestors(viewer, found),
        "form": form or forms.FactsForm(initial=_now(found)),
        "owner_form": forms.OwnerForm(teams, initial={"team": found.owner_team_id or ""}),
        "codeowners_form": codeowners_form or forms.CodeownersForm(initial={"text": text}),
        "problems": problems,
        "is_archived": found.lifecycle == Lifecycle.ARCHIVED,
    }
    return render(request, "inventory/edit.html", context)


def _now(found: "Asset") -> dict[str, object]:
    return {
        "kind": found.kind,
        "tier": found.tier or "",
        "data_class": found.data_class,
        "boundary": found.boundary,
        "default_ref": found.default_ref,
        "categories": found.categories,
        "urls": "\n".join(found.urls),
    }
