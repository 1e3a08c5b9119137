"""Addresses of the record."""

from django.urls import path

from prodsec.activity.web import forwarding_views, views

app_name = "activity"
urlpatterns = [
    path("admin/activity/", views.activity, name="activity"),
    path("admin/activity/check/", views.check, name="check"),
    path("admin/activity/copy/", views.take_copy, name="copy"),
    path("admin/activity/forwarding/", forwarding_views.destinations, name="destinations"),
    path("admin/activity/forwarding/<int:destination_id>/", forwarding_views.destination, name="destination"),
    path("admin/activity/forwarding/<int:destination_id>/remove/", forwarding_views.remove, name="remove_destination"),
]
