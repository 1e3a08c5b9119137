"""Addresses of SCIM."""

from django.http import HttpRequest
from django.urls import path, re_path

from prodsec.accounts.types import Viewer
from prodsec.accounts.web.scim import discovery, views
from prodsec.accounts.web.scim.door import Answer, door
from prodsec.kit.errors import NotFoundError


def _nothing(viewer: Viewer, request: HttpRequest) -> Answer:
    raise NotFoundError("There is nothing at this address.")


app_name = "scim"
nowhere = door(get=_nothing, post=_nothing, put=_nothing, patch=_nothing, delete=_nothing)
urlpatterns = [
    path("ServiceProviderConfig", discovery.config, name="config"),
    path("ResourceTypes", discovery.types, name="types"),
    path("ResourceTypes/<str:key>", discovery.one_type, name="type"),
    path("Schemas", discovery.schemas, name="schemas"),
    path("Schemas/<str:key>", discovery.one_schema, name="schema"),
    path("Users", views.users, name="users"),
    path("Users/<str:key>", views.one_user, name="user"),
    path("Groups", views.groups, name="groups"),
    path("Groups/<str:key>", views.one_group, name="group"),
    re_path(r"^.*$", nowhere, name="nowhere"),
]
