"""Addresses of notices, channels and watches."""

from django.urls import path

from prodsec.notifications.web import channel_views, views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notices, name="notices"),
    path("notifications/read/", views.read, name="read"),
    path("notifications/settings/", views.settings_page, name="settings"),
    path("notifications/watch/", views.watch, name="watch"),
    path("notifications/teams/<int:team_id>/", channel_views.team_channels, name="team_channels"),
    path("notifications/channels/<int:channel_id>/", channel_views.channel, name="channel"),
    path("notifications/channels/<int:channel_id>/test/", channel_views.test, name="test_channel"),
    path("notifications/channels/<int:channel_id>/remove/", channel_views.remove, name="remove_channel"),
    path("admin/channels/", channel_views.all_channels, name="all_channels"),
]
