"""The page of the demo: what of it is here, and one button that takes it out again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from prodsec.accounts.queries import require, viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.kit import jobs
from prodsec.kit.pages import is_fragment
from prodsec.site import page_context
from prodsec.site.demo import organisation, removal


def demo(request: HttpRequest) -> HttpResponse:
    """What would go, or how far that is."""
    _admin_asking(request)
    contents = removal.contents()
    page_context.note_demo(request, is_here=contents.assets > 0)
    context = {"contents": contents, "is_going": jobs.is_under_way(removal.JOB), "root": organisation.ROOT}
    return render(request, "parts/demo_state.html" if is_fragment(request) else "demo.html", context)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take the demo out; everything else stays. Asked for twice, it is done once."""
    viewer = _admin_asking(request)
    removal.check()
    if not jobs.is_under_way(removal.JOB):
        jobs.enqueue_named(removal.JOB, lock=removal.JOB)
        activity.record(viewer, "demo.removal_asked", object_type="demo", object_id=organisation.ROOT)
    return redirect("pages:demo")


def _admin_asking(request: HttpRequest) -> Viewer:
    viewer = viewer_asking(request)
    require(viewer, Permission.PERSON_MANAGE)
    return viewer
