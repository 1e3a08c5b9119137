"""One finding: what, why it matters, how to fix it, by when and why then; and what people do to it."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.types import ChangedSinceError, DeedKind, SomebodysChange, State
from prodsec.findings.web import comment_views, deeds, evidence, history, list_page, triage_views
from prodsec.flows.judge_findings import judged
from prodsec.inventory import queries as inventory
from prodsec.inventory.types import Placed
from prodsec.policies import queries as policies


def finding(request: HttpRequest, finding_id: int) -> HttpResponse:
    """The page of a finding."""
    shown = _whole(viewer_asking(request), finding_id, quotes=request.GET.get("quote", ""))
    return render(request, "findings/finding.html", shown)


def panel(request: HttpRequest, finding_id: int) -> HttpResponse:
    """A finding in short, for the side of a list."""
    viewer = viewer_asking(request)
    found = queries.finding(viewer, finding_id)
    context = {
        "finding": found,
        "code": evidence.code_lines(found.details.snippet, found.place) if found.details.snippet else [],
        "place_facts": evidence.place_facts(found),
        "clocks": policies.clocks_of(viewer, finding_id),
        "is_open": State(found.state).is_open,
    }
    return render(request, "findings/panel.html", context)


def _whole(viewer: Viewer, finding_id: int, *, quotes: str = "") -> dict[str, object]:
    """All that the page of a finding shows. quotes: the number of the comment that one answers."""
    found = queries.finding(viewer, finding_id)
    people, teams = list(accounts.people(viewer).prefetch_related(None)), list(accounts.teams(viewer))
    story = queries.story(found)
    told = history.entries(
        story.events,
        story.comments,
        {person.pk: str(person) for person in people},
        {team.pk: team.name for team in teams},
    )
    return {
        "finding": found,
        "revision": max((event.id for event in story.events), default=0),
        "people": people,
        "teams": teams,
        "history": told,
        "members": queries.others_of_cluster(viewer, found.cluster_id, finding_id) if found.cluster_id else [],
        "word": queries.word_on(finding_id),
        "decisions": story.decisions,
        "clocks": policies.clocks_of(viewer, finding_id),
        "code": evidence.code_lines(found.details.snippet, found.place) if found.details.snippet else [],
        "place_facts": evidence.place_facts(found),
        "weaknesses": evidence.weaknesses(found),
        "links": evidence.safe_links(found.references),
        "severities": triage_views.severities(),
        "dismissal_reasons": list_page.DISMISSAL_REASONS.items(),
        "dismissal_words": list_page.DISMISSAL_REASONS,
        "next_words": {state.word for state in found.next_states},
        "quoted": comment_views.quoted(story.comments, quotes),
        "is_open": State(found.state).is_open,
        **_rights(viewer, found.where),
    }


def _rights(viewer: Viewer, where: Placed) -> dict[str, bool]:
    """What the viewer may do here, as the page asks for it."""
    wanted = {
        "may_comment": Permission.FINDING_COMMENT,
        "may_triage": Permission.FINDING_TRIAGE,
        "may_decide": Permission.FINDING_DECIDE,
    }
    return {name: inventory.may(viewer, permission, where) for name, permission in wanted.items()}


@require_POST
def act(request: HttpRequest, finding_id: int, deed: str) -> HttpResponse:
    """One deed on one finding; back on its page afterwards. Who comes late sees what others did, and keeps their text."""
    viewer = viewer_asking(request)
    if deed not in _TOLD:
        raise Http404
    try:
        with transaction.atomic():
            _do(viewer, finding_id, deed, request.POST)
    except ChangedSinceError as error:
        kept = Kept(deed, deeds.LABELS.get(DeedKind[deed.upper()], ""), error.changes, request.POST)
        return render(request, "findings/finding.html", {**_whole(viewer, finding_id), "kept": kept})
    messages.success(request, str(_TOLD[deed]))
    return redirect("findings:finding", finding_id)


@dataclass(frozen=True)
class Kept:
    """A deed that came after somebody else's, with what was typed, to be sent again."""

    word: str
    label: str | Promise
    changes: tuple[SomebodysChange, ...]
    given: QueryDict

    @property
    def sentences(self) -> list[str]:
        """What the others did."""
        return [deeds.told_change(change) for change in self.changes]

    @property
    def text(self) -> str:
        """What was typed."""
        return self.given.get("dismiss_reason", "") or self.given.get("reason", "")


def _do(viewer: Viewer, finding_id: int, word: str, given: QueryDict) -> None:
    if word == "comment":
        findings.comment(viewer, finding_id, given.get("body", ""))
    elif word == "owner":
        findings.set_owner(viewer, [finding_id], deeds.number(given, "team"), reason=given.get("reason", "").strip())
    elif word == "part":
        findings.part(viewer, finding_id, reason=given.get("reason", ""))
    elif word == "join":
        findings.join(viewer, finding_id, deeds.number(given, "other") or 0, reason=given.get("reason", ""))
    elif word == "withdraw":
        findings.withdraw(viewer, deeds.number(given, "word") or 0)
    else:
        revision = deeds.number(given, "revision")
        seen = {} if revision is None else {finding_id: revision}
        deed = deeds.deed_in(given, word)
        judged(lambda: findings.do_all(viewer, [finding_id], deed, seen=seen))


_TOLD: dict[str, Promise] = {
    "confirm": _("Confirmed."),
    "start": _("In remediation."),
    "mitigate": _("Mitigated. The clock of remediation goes on."),
    "dismiss": _("Dismissed. Later imports respect this; reopen takes it back."),
    "reopen": _("Reopened."),
    "severity": _("The severity was set, and the dates with it."),
    "assign": _("Assigned."),
    "owner": _("The owner was set."),
    "comment": _("Said."),
    "part": _("It stands apart now, on later imports too."),
    "join": _("They are one piece of work now, on later imports too."),
    "withdraw": _("Taken back; what tools say counts again."),
}
