"""Addresses of findings."""

from django.urls import path

from prodsec.findings.web import finding_views, views

app_name = "findings"
urlpatterns = [
    path("findings/", views.findings, name="findings"),
    path("findings/bulk/", views.bulk, name="bulk"),
    path("findings/<int:finding_id>/", finding_views.finding, name="finding"),
    path("findings/<int:finding_id>/members/", views.members, name="members"),
    path("findings/<int:finding_id>/<str:deed>/", finding_views.act, name="act"),
]
