"""Addresses of people, teams, roles and tokens."""

from django.urls import include, path

from prodsec.accounts.web import invitation_views, people_sign_in_views, role_views, views

app_name = "accounts"
urlpatterns = [
    path("setup/<str:token>/", views.setup, name="setup"),
    path("invitation/<str:token>/", invitation_views.invitation, name="invitation"),
    path("admin/sign-in/", people_sign_in_views.sign_in_rules, name="sign_in_rules"),
    path("admin/people/<int:person_id>/sign-in/", people_sign_in_views.sign_in_of, name="sign_in_of"),
    path("admin/people/<int:person_id>/invitation/", people_sign_in_views.invite, name="invite"),
    path("admin/people/<int:person_id>/invitation/send/", people_sign_in_views.send_invitation, name="send_invitation"),
    path("admin/people/<int:person_id>/factors/remove/", people_sign_in_views.remove_factors, name="remove_factors"),
    path("admin/people/<int:person_id>/sessions/end/", people_sign_in_views.end_sessions, name="end_sessions"),
    path("admin/", views.admin, name="admin"),
    path("admin/people/", views.people, name="people"),
    path("admin/people/<int:person_id>/", views.person, name="person"),
    path("admin/people/<int:person_id>/password/", views.password, name="password"),
    path("admin/teams/", views.teams, name="teams"),
    path("admin/teams/<int:team_id>/", views.team, name="team"),
    path("admin/teams/<int:team_id>/delete/", views.remove_team, name="remove_team"),
    path("admin/teams/<int:team_id>/identity-provider/", views.open_team, name="open_team"),
    path("admin/teams/<int:team_id>/members/", views.add_member, name="add_member"),
    path("admin/teams/<int:team_id>/members/<int:person_id>/remove/", views.remove_member, name="remove_member"),
    path("admin/roles/", role_views.roles, name="roles"),
    path("admin/roles/<slug:slug>/", role_views.role, name="role"),
    path("admin/roles/<slug:slug>/delete/", role_views.remove_role, name="remove_role"),
    path("admin/grants/<int:grant_id>/take/", role_views.take, name="take_role"),
    path("assets/<int:asset_id>/people/", role_views.of_asset, name="of_asset"),
    path("admin/tokens/", views.tokens, name="tokens"),
    path("admin/tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
    path("admin/sign-in/providers/", include("prodsec.accounts.web.provider_urls")),
]
