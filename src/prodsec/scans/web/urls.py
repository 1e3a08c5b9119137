"""Addresses of imports."""

from django.urls import path

from prodsec.scans.web import format_views, views

app_name = "scans"
urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/upload/", views.upload, name="upload"),
    path("imports/<int:scan_id>/", views.show, name="import"),
    path("imports/<int:scan_id>/progress/", views.progress, name="progress"),
    path("imports/<int:scan_id>/cancel/", views.cancel, name="cancel"),
    path("imports/<int:scan_id>/undo/", views.undo, name="undo"),
    path("formats/", format_views.formats, name="formats"),
    path("formats/new/", format_views.new, name="new_format"),
    path("formats/map/", format_views.by_clicking, name="map_format"),
    path("formats/write/", format_views.as_yaml, name="write_format"),
    path("formats/of/<slug:name>/", format_views.show, name="format"),
    path("formats/of/<slug:name>/spec.yaml", format_views.export, name="export_format"),
    path("formats/of/<slug:name>/use/", format_views.use, name="use_format"),
    path("formats/of/<slug:name>/off/", format_views.off, name="switch_format_off"),
]
