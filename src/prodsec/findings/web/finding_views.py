"""One finding: what, why it matters, how to fix it, by when and why then; and what people do to it."""

from collections.abc import Callable

from django.contrib import messages
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
from prodsec.findings.types import State
from prodsec.findings.web import evidence, history, list_page
from prodsec.flows.judge_findings import judged
from prodsec.inventory import queries as inventory
from prodsec.kit.errors import InvalidError
from prodsec.policies import queries as policies
from prodsec.vocabulary.severity import Severity


def finding(request: HttpRequest, finding_id: int) -> HttpResponse:
    """The page of a finding."""
    viewer = viewer_asking(request)
    found = queries.finding(viewer, finding_id)
    asset = inventory.asset(viewer, found.asset_id)
    people, teams = list(accounts.people(viewer).prefetch_related(None)), list(accounts.teams(viewer))
    story = queries.story(found)
    told = history.entries(
        story.events,
        story.comments,
        {person.pk: str(person) for person in people},
        {team.pk: team.name for team in teams},
    )
    context = {
        "finding": found,
        "asset": asset,
        "people": people,
        "teams": teams,
        "history": told,
        "members": queries.others_of_cluster(viewer, found.cluster_id, finding_id) if found.cluster_id else [],
        "decisions": story.decisions,
        "clocks": policies.clocks_of(viewer, finding_id),
        "code": evidence.code_lines(found.details.snippet, found.place) if found.details.snippet else [],
        "place_facts": evidence.place_facts(found),
        "weaknesses": evidence.weaknesses(found),
        "links": evidence.safe_links(found.references),
        "severities": [(severity.value, list_page.SEVERITIES[severity.word]) for severity in reversed(Severity)],
        "dismissal_reasons": list_page.DISMISSAL_REASONS.items(),
        "dismissal_words": list_page.DISMISSAL_REASONS,
        "next_words": {state.word for state in found.next_states},
        "may_triage": inventory.may(viewer, Permission.FINDING_TRIAGE, asset),
        "may_decide": inventory.may(viewer, Permission.FINDING_DECIDE, asset),
        "is_open": State(found.state).is_open,
    }
    return render(request, "findings/finding.html", context)


@require_POST
def act(request: HttpRequest, finding_id: int, deed: str) -> HttpResponse:
    """One deed on one finding; back on its page afterwards."""
    viewer = viewer_asking(request)
    if deed not in _DEEDS:
        raise Http404
    do, told = _DEEDS[deed]
    do(viewer, finding_id, request.POST)
    messages.success(request, str(told))
    return redirect("findings:finding", finding_id)


def _reason(given: QueryDict) -> str:
    return given.get("reason", "").strip()


def _confirm(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    judged(lambda: findings.confirm(viewer, [finding_id], reason=_reason(given)))


def _start(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    judged(lambda: findings.start_remediation(viewer, [finding_id], reason=_reason(given)))


def _mitigate(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    judged(lambda: findings.mitigate(viewer, [finding_id], reason=_reason(given)))


def _dismiss(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    kind = list_page.dismissal_reason(given)
    judged(lambda: findings.dismiss(viewer, [finding_id], kind=kind, reason=given.get("dismiss_reason", "")))


def _reopen(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    judged(lambda: findings.reopen(viewer, [finding_id], reason=_reason(given)))


def _set_severity(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    number = _number(given, "severity")
    if number is not None and number not in set(Severity):
        raise InvalidError(str(_("choose a severity")), place="severity")
    severity = None if number is None else Severity(number)
    judged(lambda: findings.set_severity(viewer, [finding_id], severity, reason=_reason(given)))


def _assign(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    findings.assign(viewer, [finding_id], _number(given, "person"), reason=_reason(given))


def _set_owner(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    findings.set_owner(viewer, [finding_id], _number(given, "team"), reason=_reason(given))


def _comment(viewer: Viewer, finding_id: int, given: QueryDict) -> None:
    findings.comment(viewer, finding_id, given.get("body", ""))


def _number(given: QueryDict, name: str) -> int | None:
    """A number of a form; None for a field left empty."""
    text = given.get(name, "")
    return int(text) if text.isdigit() and len(text) < 18 else None


_Deed = Callable[[Viewer, int, QueryDict], None]
_DEEDS: dict[str, tuple[_Deed, Promise]] = {
    "confirm": (_confirm, _("Confirmed.")),
    "start": (_start, _("In remediation.")),
    "mitigate": (_mitigate, _("Mitigated. The clock of remediation goes on.")),
    "dismiss": (_dismiss, _("Dismissed. Later imports respect this; reopen takes it back.")),
    "reopen": (_reopen, _("Reopened.")),
    "severity": (_set_severity, _("The severity was set, and the dates with it.")),
    "assign": (_assign, _("Assigned.")),
    "owner": (_set_owner, _("The owner was set.")),
    "comment": (_comment, _("Said.")),
}
