"""Addresses of policy documents."""

from django.urls import path

from prodsec.policies.web import views

app_name = "policies"
urlpatterns = [path("admin/sla/", views.sla, name="sla")]
