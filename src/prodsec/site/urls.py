"""Addresses: each context mounts its own; `api` holds the routers."""

from django.urls import include, path

from prodsec.site.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
]
