"""Pages of clusters: where people overruled the recipe, and what each run of a recipe joined and took apart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from prodsec.accounts.queries import viewer_asking
from prodsec.findings import queries
from prodsec.findings.types import ClusterRunKind


def clusters(request: HttpRequest) -> HttpResponse:
    """What people said of clusters, newest first; for admins the recipe in force and its runs too."""
    viewer = viewer_asking(request)
    page = queries.cluster_words(viewer, cursor=request.GET.get("cursor", ""))
    runs = queries.cluster_runs(viewer) if viewer.is_admin else []
    in_force = next((run for run in runs if run.kind is not ClusterRunKind.SHADOW), None)
    context = {"words": page.items, "following": page.next, "runs": runs, "in_force": in_force}
    return render(request, "findings/clusters.html", context)


def drift(request: HttpRequest, run_id: int) -> HttpResponse:
    """What one run joined and took apart, most joins first."""
    viewer = viewer_asking(request)
    run = queries.cluster_run(viewer, run_id)
    return render(request, "findings/drift.html", {"run": run, "drifts": queries.cluster_drift(viewer, run_id)})
