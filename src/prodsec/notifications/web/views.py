"""Pages of one's own notices: what there is to know, what one wants to hear of, what one watches."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.findings import queries as findings
from prodsec.flows import watch as watching
from prodsec.inventory import queries as inventory
from prodsec.kit import querysets
from prodsec.kit.errors import InvalidError
from prodsec.kit.pages import attempt, way_back
from prodsec.notifications import queries
from prodsec.notifications import services as notifications
from prodsec.notifications.types import NoticeFacts, Subject
from prodsec.notifications.web import forms
from prodsec.notifications.web.words import KINDS


@dataclass(frozen=True)
class Row:
    """A notice with the sign and the word of its kind."""

    notice: NoticeFacts
    icon: str
    word: Promise | str


def notices(request: HttpRequest) -> HttpResponse:
    """What the viewer was told, newest first: what is not read yet, or all."""
    viewer = viewer_asking(request)
    shows_all = request.GET.get("show") == "all"
    found = queries.notices(viewer, inventory.seen_findings(viewer), unread=not shows_all)
    page = querysets.page(found, "-id", cursor=request.GET.get("cursor", ""), size=None)
    rows = [Row(facts, *KINDS[facts.kind]) for facts in map(queries.notice_facts, page.items)]
    context = {"rows": rows, "following": page.next, "shows_all": shows_all}
    return render(request, "notifications/notices.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Notices are read: one, some, or all; or to be read again."""
    viewer, given = viewer_asking(request), request.POST
    chosen = [int(number) for number in given.getlist("notice") if number.isdecimal() and len(number) < 18]
    if given.get("all"):
        changed = notifications.mark_all_read(viewer, inventory.seen_findings(viewer))
        told = ngettext("{number} notice is read.", "{number} notices are read.", changed)
        messages.success(request, told.format(number=changed))
    elif given.get("again"):
        notifications.mark_unread(viewer, chosen)
    else:
        notifications.mark_read(viewer, chosen)
    return redirect(way_back(request, "/notifications/"))


def settings_page(request: HttpRequest) -> HttpResponse:
    """What the viewer wants to hear by e-mail and when, what they watch, and the channels of their teams."""
    viewer = viewer_asking(request)
    form = forms.WishesForm(request.POST or None, initial=forms.initial(queries.own_channel(viewer)))
    if request.method == "POST" and form.is_valid():
        saved = attempt(form, lambda: notifications.set_own_wishes(viewer, form.wishes()))
        if saved is not None:
            messages.success(request, _("Saved."))
            return redirect("notifications:settings")
    watched = list(queries.watches(viewer)[:200])
    ids = {subject: [row.object_id for row in watched if row.object_type == subject] for subject in Subject}
    context = {
        "form": form,
        "teams": [team for team in accounts.teams(viewer) if team.pk in viewer.team_ids],
        "assets": inventory.assets(viewer, archived=True).filter(pk__in=ids[Subject.ASSET]) if watched else [],
        "findings": findings.titles(viewer, ids[Subject.FINDING]) if ids[Subject.FINDING] else {},
        "has_email": bool(settings.PRODSEC_EMAIL_FROM),
        "deliveries": queries.own_deliveries(viewer),
    }
    return render(request, "notifications/settings.html", context)


@require_POST
def watch(request: HttpRequest) -> HttpResponse:
    """The viewer watches a finding or an asset, or does not any more."""
    viewer, given = viewer_asking(request), request.POST
    number = given.get("id", "")
    if given.get("subject") not in [subject.value for subject in Subject] or not number.isdecimal() or len(number) > 17:
        raise InvalidError(_("say what to watch"))
    subject = Subject(given["subject"])
    if given.get("stop"):
        watching.unwatch(viewer, subject, int(number))
    else:
        watching.watch(viewer, subject, int(number))
        messages.success(request, _("You will hear of it: what is said, and what passes its due date."))
    return redirect(way_back(request, "/notifications/settings/"))
