"""Pages of assets: the tree, one asset, lists of assets."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.flows import own_assets
from prodsec.inventory import queries
from prodsec.inventory import services as inventory
from prodsec.inventory.rules import lists
from prodsec.inventory.types import AssetKind, Outcome
from prodsec.inventory.web import forms, gaps, tree
from prodsec.kit.errors import InvalidError
from prodsec.kit.pages import attempt
from prodsec.metrics import queries as metrics
from prodsec.vocabulary.severity import Severity

# As many rows as a person still reads; a larger tree opens level by level.
MOST_ROWS = 150


def assets(request: HttpRequest) -> HttpResponse:
    """The tree of assets, or those that a search names."""
    viewer = viewer_asking(request)
    text, unowned = request.GET.get("text", "").strip(), request.GET.get("unowned") == "yes"
    owner = request.GET.get("owner", "")
    gap = gaps.gap_in(request.GET)
    narrowed = bool(text or unowned or owner or gap)
    found = queries.assets(viewer, text=text, unowned=unowned, owner_id=int(owner) if owner.isdigit() else None)
    if gap:
        found = found.filter(pk__in=gap.assets(viewer).values("pk"))
    some = list(found[: MOST_ROWS + 1])
    is_whole = len(some) <= MOST_ROWS
    if not is_whole and not narrowed:
        some = [*queries.children(viewer, None)[:MOST_ROWS]]
    context = {
        "rows": tree.rows(viewer, some[:MOST_ROWS], as_tree=not narrowed),
        "is_whole": is_whole,
        "narrowed": narrowed,
        "severities": sorted(Severity, reverse=True),
        "gap": gap,
        "coverage": [] if narrowed else gaps.lines(viewer),
        "recent_days": metrics.RECENT_DAYS,
        "text": text,
        "unowned": unowned,
        "owner": owner,
        "teams": accounts.teams(viewer),
        "most_rows": MOST_ROWS,
    }
    return render(request, "inventory/assets.html", context)


def below(request: HttpRequest, asset_id: int) -> HttpResponse:
    """The rows right below an asset, for a tree that opens level by level."""
    viewer = viewer_asking(request)
    parent = queries.asset(viewer, asset_id)
    rows = tree.rows(viewer, queries.children(viewer, parent)[:MOST_ROWS], as_tree=True)
    return render(
        request,
        "inventory/tree_rows.html",
        {"rows": rows, "is_whole": False, "severities": sorted(Severity, reverse=True)},
    )


def new(request: HttpRequest) -> HttpResponse:
    """A new asset."""
    viewer = viewer_asking(request)
    under = request.GET.get("under", "")
    form = forms.NewAssetForm(request.POST or None, initial={"path": f"{under}/" if under else ""})
    if request.method == "POST" and form.is_valid():
        path, kind = form.cleaned_data["path"], AssetKind(form.cleaned_data["kind"])
        made = attempt(form, lambda: inventory.create_asset(viewer, path, kind=kind))
        if made is not None:
            messages.success(request, _("{path} was made.").format(path=made.path))
            return redirect("inventory:asset", made.pk)
    return render(request, "inventory/new.html", {"form": form})


def import_list(request: HttpRequest) -> HttpResponse:
    """A list of assets: what it would do is shown first, and done when confirmed."""
    viewer = viewer_asking(request)
    form = forms.ListForm(request.POST or None, request.FILES or None)
    outcomes, text = None, ""
    if request.method == "POST" and form.is_valid():
        data = form.content()
        is_deed = "apply" in request.POST
        try:
            rows = lists.read_rows(data)
            outcomes = own_assets.followed(viewer, lambda: inventory.import_assets(viewer, rows, dry_run=not is_deed))
            text = data.decode("utf-8", errors="replace")
        except InvalidError as error:
            form.add_error(None, str(error))
        if outcomes is not None and is_deed:
            made = sum(outcome.result in (Outcome.CREATED, Outcome.CHANGED) for outcome in outcomes)
            told = ngettext("{number} asset was made or changed.", "{number} assets were made or changed.", made)
            messages.success(request, told.format(number=made))
            if all(outcome.result is not Outcome.REJECTED for outcome in outcomes):
                return redirect("inventory:assets")
    context = {
        "form": form,
        "outcomes": outcomes,
        "text": text,
        "applied": "apply" in request.POST,
        "columns": lists.COLUMNS,
    }
    return render(request, "inventory/import.html", context)
