"""Addresses of identity providers: of their pages, below `/admin/sign-in/providers/`, and of the ways in."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from prodsec.accounts.web import oidc, provider_views, saml
from prodsec.accounts.web.arrivals import door

urlpatterns = [
    path("", provider_views.providers, name="providers"),
    path("add/<str:kind>/", provider_views.add, name="add_provider"),
    path("<int:provider_id>/", provider_views.provider, name="provider"),
    path("<int:provider_id>/try/", provider_views.try_it, name="try_provider"),
    path("<int:provider_id>/delete/", provider_views.remove, name="remove_provider"),
    path("<int:provider_id>/groups/", provider_views.add_group, name="add_provider_group"),
    path(
        "<int:provider_id>/groups/<int:group_id>/remove/",
        provider_views.remove_group,
        name="remove_provider_group",
    ),
    path(
        "<int:provider_id>/people/<int:identity_id>/unlink/",
        provider_views.unlink,
        name="unlink_identity",
    ),
]

# Named as allauth names them.
ways_in = [
    path("accounts/oidc/<slug:provider_id>/login/", door(oidc.login), name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", door(oidc.callback), name="openid_connect_callback"),
    path("accounts/saml/<slug:organization_slug>/login/", door(saml.login), name="saml_login"),
    path("accounts/saml/<slug:organization_slug>/acs/", csrf_exempt(door(saml.acs)), name="saml_acs"),
    path("accounts/saml/<slug:organization_slug>/acs/finish/", door(saml.finish), name="saml_finish_acs"),
    path("accounts/saml/<slug:organization_slug>/metadata/", door(saml.metadata), name="saml_metadata"),
]
