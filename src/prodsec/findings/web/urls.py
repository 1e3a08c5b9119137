"""Addresses of findings."""

from django.urls import path

from prodsec.findings.web import (
    cluster_views,
    columns,
    comment_views,
    export,
    finding_views,
    triage_views,
    view_pages,
    views,
)

app_name = "findings"
urlpatterns = [
    path("findings/", views.findings, name="findings"),
    path("views/", view_pages.views, name="views"),
    path("views/pinned/", view_pages.sidebar, name="pinned"),
    path("views/<int:view_id>/", view_pages.view, name="view"),
    path("views/<int:view_id>/ask/", view_pages.ask, name="ask"),
    path("views/<int:view_id>/pin/", view_pages.pin, name="pin"),
    path("views/<int:view_id>/subscribe/", view_pages.subscribe, name="subscribe"),
    path("views/<int:view_id>/remove/", view_pages.remove, name="remove_view"),
    path("clusters/", cluster_views.clusters, name="clusters"),
    path("clusters/runs/<int:run_id>/", cluster_views.drift, name="drift"),
    path("choices/columns/", columns.choose, name="columns"),
    path("findings/export/", export.export, name="export"),
    path("findings/within/", views.within, name="within"),
    path("findings/completions/", views.completions, name="completions"),
    path("findings/bulk/", triage_views.bulk, name="bulk"),
    path("findings/bulk/new/", triage_views.prepare, name="bulk_new"),
    path("findings/bulk/<int:bulk_id>/", triage_views.show, name="bulk_change"),
    path("findings/bulk/<int:bulk_id>/cancel/", triage_views.cancel, name="bulk_cancel"),
    path("findings/undo/", triage_views.undo, name="undo"),
    path("findings/<int:finding_id>/", finding_views.finding, name="finding"),
    path("findings/<int:finding_id>/panel/", finding_views.panel, name="panel"),
    path("findings/<int:finding_id>/members/", views.members, name="members"),
    path("findings/preview/", comment_views.preview, name="preview_comment"),
    path("findings/<int:finding_id>/comments/<int:comment_id>/", comment_views.comment, name="comment"),
    path("findings/<int:finding_id>/comments/<int:comment_id>/remove/", comment_views.remove, name="remove_comment"),
    path("findings/<int:finding_id>/<str:deed>/", finding_views.act, name="act"),
]
