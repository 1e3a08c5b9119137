"""Addresses of the record."""

from django.urls import path

from prodsec.activity.web import views

app_name = "activity"
urlpatterns = [
    path("admin/activity/", views.activity, name="activity"),
    path("admin/activity/check/", views.check, name="check"),
    path("admin/activity/copy/", views.take_copy, name="copy"),
]
