"""Addresses: each context mounts its own; `api` holds the routers."""

from django.urls import include, path

from prodsec.accounts.web.api import router as accounts
from prodsec.activity.web.api import router as activity
from prodsec.inventory.web.api import router as inventory
from prodsec.site.api import api

api.add_router("", accounts)
api.add_router("/activity", activity)
api.add_router("/assets", inventory)

urlpatterns = [
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
]
