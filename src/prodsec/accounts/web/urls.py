"""Addresses of people, teams, roles and tokens."""

from django.urls import path

from prodsec.accounts.web import role_views, views

app_name = "accounts"
urlpatterns = [
    path("setup/<str:token>/", views.setup, name="setup"),
    path("admin/", views.admin, name="admin"),
    path("admin/people/", views.people, name="people"),
    path("admin/people/<int:person_id>/", views.person, name="person"),
    path("admin/people/<int:person_id>/password/", views.password, name="password"),
    path("admin/teams/", views.teams, name="teams"),
    path("admin/teams/<int:team_id>/", views.team, name="team"),
    path("admin/teams/<int:team_id>/delete/", views.remove_team, name="remove_team"),
    path("admin/teams/<int:team_id>/members/", views.add_member, name="add_member"),
    path("admin/teams/<int:team_id>/members/<int:person_id>/remove/", views.remove_member, name="remove_member"),
    path("admin/roles/", role_views.roles, name="roles"),
    path("admin/roles/<slug:slug>/", role_views.role, name="role"),
    path("admin/roles/<slug:slug>/delete/", role_views.remove_role, name="remove_role"),
    path("admin/grants/<int:grant_id>/take/", role_views.take, name="take_role"),
    path("assets/<int:asset_id>/people/", role_views.of_asset, name="of_asset"),
    path("admin/tokens/", views.tokens, name="tokens"),
    path("admin/tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
