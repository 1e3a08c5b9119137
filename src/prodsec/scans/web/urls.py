"""Addresses of imports."""

from django.urls import path

from prodsec.scans.web import views

app_name = "scans"
urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/upload/", views.upload, name="upload"),
    path("imports/<int:scan_id>/", views.show, name="import"),
    path("imports/<int:scan_id>/progress/", views.progress, name="progress"),
    path("imports/<int:scan_id>/cancel/", views.cancel, name="cancel"),
    path("imports/<int:scan_id>/undo/", views.undo, name="undo"),
]
