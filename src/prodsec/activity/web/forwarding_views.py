"""Pages of forwarding: where the record goes, how far each destination has got, what went wrong."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts.queries import viewer_asking
from prodsec.activity.queries import forwarding as queries
from prodsec.activity.services import forwarding
from prodsec.activity.web import forwarding_forms as forms
from prodsec.kit.pages import attempt

if TYPE_CHECKING:
    from prodsec.activity.models import Destination


def destinations(request: HttpRequest) -> HttpResponse:
    """All destinations; a new one is added here."""
    viewer = viewer_asking(request)
    found = list(queries.destinations(viewer)[:100])
    form = forms.NewDestinationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        from_start = form.cleaned_data["from_start"]
        made = attempt(form, lambda: forwarding.add_destination(viewer, form.facts(), from_start=from_start))
        if made is not None:
            messages.success(request, _("The record is forwarded to {name}.").format(name=made.name))
            return redirect("activity:destinations")
    lags = queries.lags(found)
    context = {"destinations": [(row, lags[row.pk]) for row in found], "form": form}
    return render(request, "activity/destinations.html", context)


def destination(request: HttpRequest, destination_id: int) -> HttpResponse:
    """One destination."""
    viewer = viewer_asking(request)
    found = queries.destination(viewer, destination_id)
    form = forms.ChangeDestinationForm(request.POST or None, initial=_now(found))
    if request.method == "POST" and form.is_valid():
        changed = attempt(form, lambda: forwarding.change_destination(viewer, destination_id, form.facts()))
        if changed is not None:
            messages.success(request, _("Saved."))
            return redirect("activity:destinations")
    lag = queries.lags([found])[found.pk]
    return render(request, "activity/destination.html", {"row": found, "lag": lag, "form": form})


@require_POST
def remove(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Nothing is forwarded there any more."""
    forwarding.remove_destination(viewer_asking(request), destination_id)
    messages.success(request, _("The record is not forwarded there any more."))
    return redirect("activity:destinations")


def _now(row: "Destination") -> dict[str, object]:
    return {name: getattr(row, name) for name in ("name", "address", "layout", "header", "is_active")}
