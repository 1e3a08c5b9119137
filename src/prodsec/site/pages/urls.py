"""Addresses of the pages that belong to no one context, and the few of allauth's that are open here."""

from allauth.account import views as allauth
from django.urls import path

from prodsec.accounts.web import account_views, invitation_views
from prodsec.accounts.web.account_urls import second_factors
from prodsec.site.pages import choices, closed, demo, documents, home, jobs, search

app_name = "pages"
urlpatterns = [
    path("", home.home, name="home"),
    path("docs/", documents.documentation, name="docs"),
    path("docs/search/", documents.found, name="docs_search"),
    path("docs/<path:name>/", documents.documentation, name="document"),
    path("search/", search.page, name="search"),
    path("search/palette/", search.palette, name="palette"),
    path("admin/demo/", demo.demo, name="demo"),
    path("admin/demo/remove/", demo.remove, name="remove_demo"),
    path("admin/jobs/", jobs.listed, name="jobs"),
    path("choices/theme/", choices.theme, name="theme"),
    path("choices/first-steps/", choices.first_steps, name="first_steps"),
    path("choices/density/", choices.density, name="density"),
    path("choices/language/", choices.language, name="language"),
]

# Named as allauth names them. Sign-up is closed: an admin adds people.
sign_in = [
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account_views.change_password, name="account_change_password"),
    path("accounts/password/set/", account_views.set_password, name="account_set_password"),
    path("accounts/signup/", closed.closed, name="account_signup"),
    path("accounts/password/reset/", invitation_views.lost_password, name="account_reset_password"),
    *second_factors,
]
