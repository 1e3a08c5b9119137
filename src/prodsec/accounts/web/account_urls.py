"""Addresses of one's own account."""

from django.urls import path

from prodsec.accounts.web import account_views, factor_views

app_name = "account"
urlpatterns = [
    path("account/", account_views.overview, name="overview"),
    path("account/sessions/<int:session_id>/end/", account_views.end_session, name="end_session"),
    path("account/sessions/end-others/", account_views.end_other_sessions, name="end_other_sessions"),
]

# Named as allauth names them, which leads there by itself.
second_factors = [
    path("account/app/add/", factor_views.add_app, name="mfa_activate_totp"),
    path("account/app/remove/", factor_views.remove_app, name="mfa_deactivate_totp"),
    path("account/keys/add/", factor_views.add_key, name="mfa_add_webauthn"),
    path("account/keys/<int:pk>/rename/", factor_views.rename_key, name="mfa_edit_webauthn"),
    path("account/keys/<int:pk>/remove/", factor_views.remove_key, name="mfa_remove_webauthn"),
    path("account/recovery-codes/", factor_views.make_codes, name="mfa_generate_recovery_codes"),
    path("accounts/second-step/", factor_views.second_step, name="mfa_authenticate"),
    path("accounts/reauthenticate/code/", factor_views.confirm_by_code, name="mfa_reauthenticate"),
    path("accounts/reauthenticate/key/", factor_views.confirm_by_key, name="mfa_reauthenticate_webauthn"),
    path("accounts/passkey/", factor_views.sign_in_by_passkey, name="mfa_login_webauthn"),
    # Where allauth sends somebody who is done, or may not.
    path("account/", account_views.overview, name="mfa_index"),
    path("account/", account_views.overview, name="mfa_list_webauthn"),
    path("account/", account_views.overview, name="mfa_view_recovery_codes"),
]
