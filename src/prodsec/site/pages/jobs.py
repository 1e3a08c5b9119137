"""The page of background jobs: what waits, what runs, what failed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from prodsec.accounts.queries import require, viewer_asking
from prodsec.accounts.types import Permission
from prodsec.kit import jobs

MOST_JOBS = 100


def listed(request: HttpRequest) -> HttpResponse:
    """Jobs, newest first; those that succeeded are gone from the queue."""
    require(viewer_asking(request), Permission.JOB_READ)
    context = {"jobs": jobs.newest(MOST_JOBS), "workers": jobs.living_workers()}
    return render(request, "jobs.html", context)
