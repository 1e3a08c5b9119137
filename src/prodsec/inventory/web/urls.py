"""Addresses of assets."""

from django.urls import path

from prodsec.inventory.web import asset_views, views

app_name = "inventory"
urlpatterns = [
    path("assets/", views.assets, name="assets"),
    path("assets/new/", views.new, name="new"),
    path("assets/import/", views.import_list, name="import"),
    path("assets/<int:asset_id>/", asset_views.asset, name="asset"),
    path("assets/<int:asset_id>/below/", views.below, name="below"),
    path("assets/<int:asset_id>/edit/", asset_views.edit, name="edit"),
    path("assets/<int:asset_id>/owner/", asset_views.owner, name="owner"),
    path("assets/<int:asset_id>/codeowners/", asset_views.codeowners, name="codeowners"),
    path("assets/<int:asset_id>/archive/", asset_views.archive, name="archive"),
]
