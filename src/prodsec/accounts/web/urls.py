"""Addresses of people, teams and tokens."""

from django.urls import path

from prodsec.accounts.web import views

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
    path("admin/tokens/", views.tokens, name="tokens"),
    path("admin/tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
