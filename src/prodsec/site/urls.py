"""Addresses: each context mounts its own; `api` holds the routers."""

from django.db.transaction import non_atomic_requests
from django.urls import URLPattern, include, path

from prodsec.accounts.web.api import router as accounts
from prodsec.accounts.web.provider_api import router as sign_in_providers
from prodsec.accounts.web.provider_urls import ways_in
from prodsec.accounts.web.roles_api import router as roles
from prodsec.accounts.web.sign_in_api import router as sign_in_api
from prodsec.activity.web.api import router as activity
from prodsec.activity.web.forwarding_api import router as forwarding
from prodsec.findings.web.api import router as findings
from prodsec.findings.web.bulk_api import router as bulk_changes
from prodsec.findings.web.comments_api import router as comments
from prodsec.findings.web.kinship_api import router as cluster_words
from prodsec.findings.web.views_api import router as views
from prodsec.inventory.web.api import router as inventory
from prodsec.metrics.web.api import router as metrics
from prodsec.notifications.web.api import router as notifications
from prodsec.scans.web.api import router as scans
from prodsec.scans.web.formats_api import router as formats
from prodsec.site.api import api
from prodsec.site.pages.urls import sign_in

api.add_router("", accounts)
api.add_router("", sign_in_api)
api.add_router("", roles)
api.add_router("/sign-in", sign_in_providers)
api.add_router("/activity", activity)
api.add_router("/activity/destinations", forwarding)
api.add_router("/assets", inventory)
api.add_router("/imports", scans)
api.add_router("/formats", formats)
api.add_router("", findings)
api.add_router("/metrics", metrics)
api.add_router("", comments)
api.add_router("/views", views)
api.add_router("", notifications)
api.add_router("", bulk_changes)
api.add_router("", cluster_words)

addresses = api.urls
for address in addresses[0]:
    # What waits for the network must not hold a transaction; it opens its own where it writes.
    if isinstance(address, URLPattern) and address.name in ("send_report", "try_provider", "test_format"):
        non_atomic_requests(address.callback)

urlpatterns = [
    path("api/v1/", addresses),
    path("", include("prodsec.site.pages.urls")),
    path("scim/v2/", include("prodsec.accounts.web.scim.urls")),
    path("", include("prodsec.accounts.web.urls")),
    path("", include("prodsec.accounts.web.account_urls")),
    path("", include("prodsec.activity.web.urls")),
    path("", include("prodsec.inventory.web.urls")),
    path("", include("prodsec.scans.web.urls")),
    path("", include("prodsec.findings.web.urls")),
    path("", include("prodsec.policies.web.urls")),
    path("", include("prodsec.notifications.web.urls")),
    path("", include("prodsec.metrics.web.urls")),
    *sign_in,
    *ways_in,
]

handler400 = "prodsec.site.pages.errors.bad_request"
handler403 = "prodsec.site.pages.errors.forbidden"
handler404 = "prodsec.site.pages.errors.not_found"
handler429 = "prodsec.site.pages.errors.too_many"
handler500 = "prodsec.site.pages.errors.unforeseen"
