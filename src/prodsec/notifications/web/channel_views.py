"""Pages of channels: where teams hear of things."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.kit.pages import attempt
from prodsec.notifications import queries
from prodsec.notifications import services as notifications
from prodsec.notifications.web import forms


def team_channels(request: HttpRequest, team_id: int) -> HttpResponse:
    """A team's channels; members add more here."""
    viewer = viewer_asking(request)
    channels = queries.team_channels(viewer, team_id)
    form = forms.ChannelForm(request.POST or None, initial=forms.initial(None))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: notifications.add_channel(
                viewer, team_id, name=given["name"], address=given["address"], wishes=form.wishes()
            ),
        )
        if made is not None:
            messages.success(request, _("The channel was added. Send a test message to see whether it gets through."))
            return redirect("notifications:team_channels", team_id)
    context = {
        "team": accounts.team(viewer, team_id),
        "channels": channels,
        "waiting": queries.waiting_in([channel.id for channel in channels]),
        "form": form,
        "has_email": bool(settings.PRODSEC_EMAIL_FROM),
    }
    return render(request, "notifications/team_channels.html", context)


def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """One channel: its name, its address (to write, not to read), what it tells and when."""
    viewer = viewer_asking(request)
    found = queries.channel_facts(queries.channel(viewer, channel_id))
    form = forms.ChannelForm(request.POST or None, initial=forms.initial(found), is_known=True)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        changed = attempt(
            form,
            lambda: notifications.change_channel(
                viewer, channel_id, name=given["name"], address=given["address"], wishes=form.wishes()
            ),
        )
        if changed is not None:
            messages.success(request, _("Saved."))
            return redirect("notifications:team_channels", found.team_id)
    context = {"channel": found, "form": form, "deliveries": queries.deliveries(viewer, channel_id)}
    return render(request, "notifications/channel.html", context)


@require_POST
def test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """A test message goes out; the channel's row tells how it went."""
    found = queries.channel(viewer_asking(request), channel_id)
    notifications.ask_for_test(channel_id)
    messages.success(request, _("A test message is on its way; this page tells how it went when you load it again."))
    return redirect("notifications:team_channels", found.team_id)


@require_POST
def remove(request: HttpRequest, channel_id: int) -> HttpResponse:
    """A channel is gone."""
    viewer = viewer_asking(request)
    team_id = queries.channel(viewer, channel_id).team_id
    notifications.remove_channel(viewer, channel_id)
    messages.success(request, _("The channel was removed."))
    return redirect("notifications:team_channels", team_id)


def all_channels(request: HttpRequest) -> HttpResponse:
    """Every team's channels, those that fail first."""
    channels = queries.all_team_channels(viewer_asking(request))
    waiting = queries.waiting_in([channel.id for channel in channels])
    return render(request, "notifications/all_channels.html", {"channels": channels, "waiting": waiting})
