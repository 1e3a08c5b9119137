"""The page of due dates: the SLA document in force, its times, its versions."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from prodsec.accounts.queries import viewer_asking
from prodsec.kit.pages import attempt
from prodsec.policies import queries
from prodsec.policies import services as policies
from prodsec.policies.rules.documents import parse_sla
from prodsec.policies.services.documents import default_text
from prodsec.policies.web.forms import SlaForm
from prodsec.vocabulary.severity import Severity


def sla(request: HttpRequest) -> HttpResponse:
    """The times in force; an admin writes a new version here."""
    viewer = viewer_asking(request)
    versions = queries.sla_documents()
    active = next((version for version in versions if version.is_active), None)
    text = active.text if active else default_text()
    form = SlaForm(request.POST or None, initial={"text": text})
    if request.method == "POST" and form.is_valid():
        written = form.cleaned_data["text"].replace("\r\n", "\n")
        made = attempt(form, lambda: policies.activate_sla(viewer, written))
        if made is not None:
            messages.success(request, _("Version {version} is in force.").format(version=made.version))
            return redirect("policies:sla")
    times = parse_sla(text)
    rows = [
        (severity, times.mitigate_hours.get(severity), times.remediate_hours.get(severity))
        for severity in sorted(Severity, reverse=True)
    ]
    context = {"active": active, "versions": versions, "rows": rows, "waits": sorted(times.waits_for_fix), "form": form}
    return render(request, "policies/sla.html", context)
