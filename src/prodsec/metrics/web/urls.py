"""Addresses of numbers."""

from django.urls import path

from prodsec.metrics.web import views

app_name = "metrics"
urlpatterns = [
    path("metrics/", views.metrics, name="metrics"),
    path("metrics/findings/", views.counted, name="counted"),
    path("metrics/charts/<slug:name>.csv", views.chart_file, name="chart_file"),
]
