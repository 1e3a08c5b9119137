"""Django's settings, from one typed reading of the environment. No files per stage, no second place."""

import hashlib
import sys
from pathlib import Path
from typing import Any

import structlog
from psycopg.conninfo import conninfo_to_dict

from prodsec.kit.embedded_postgres import connection_of
from prodsec.site.env import read_env

ENV = read_env()
SITE = Path(__file__).parent

PRODSEC_HOME = ENV.home
PRODSEC_KEY = ENV.key
SECRET_KEY = hashlib.blake2b(b"django", key=ENV.key[:64], digest_size=32).hexdigest()
DEBUG = False
ALLOWED_HOSTS = list(ENV.hosts)
PRODSEC_ALLOW_HOSTS = ENV.allow_hosts
PRODSEC_PROXIES = ENV.proxies

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "procrastinate.contrib.django",
    "prodsec.kit",
    "prodsec.accounts",
    "prodsec.activity",
    "prodsec.notifications",
    "prodsec.inventory",
    "prodsec.scans",
    "prodsec.findings",
    "prodsec.policies",
    "prodsec.metrics",
]
PROCRASTINATE_IMPORT_PATHS = ["prodsec.kit.jobs", "prodsec.kit.idempotency", "prodsec.site.demo.tasks"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "prodsec.site.csp.ContentSecurityPolicyMiddleware",
    "prodsec.site.api_problems.ApiProblemsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pads its answers at random, so that their length tells nothing (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "prodsec.accounts.web.provider_sessions.ProviderSessionMiddleware",
    "prodsec.site.query_time.QueryTimeMiddleware",
    "prodsec.site.viewer.ViewerMiddleware",
    "prodsec.site.second_factor.SecondFactorMiddleware",
    "prodsec.site.pages.errors.PageErrorsMiddleware",
]

ROOT_URLCONF = "prodsec.site.urls"
WSGI_APPLICATION = "prodsec.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SITE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "prodsec.site.templates_of.ContextLoader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "prodsec.site.page_context.frame",
            ],
            "builtins": ["prodsec.site.page_words", "prodsec.site.page_tables"],
        },
    },
]


def _database() -> dict[str, Any]:
    """Django's view of the database: the one named by DATABASE_URL, else the embedded one of this home."""
    given = conninfo_to_dict(ENV.database_url) if ENV.database_url else connection_of(ENV.home)
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    database: dict[str, Any] = {known[key]: str(value) for key, value in given.items() if key in known and value}
    options = {key: value for key, value in given.items() if key not in known and value}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": True,
        "OPTIONS": options,
        **database,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# In the database, so that tries of all processes are counted together. More entries than anybody makes in five minutes,
# the longest of the limits below: an early eviction would forget tries.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "site_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "prodsec.accounts.services.breached_passwords.BreachedPasswordValidator"},
]
ACCOUNT_ADAPTER = "prodsec.accounts.web.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Failures count per address and per person; `token` and `link` are counted by `accounts.web.limits`.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "reset_password": "10/m/ip,3/5m/key",
    "token": "60/m/ip",
    "link": "20/m/ip",
    "provider": "60/m/ip",
    "scim": "600/m/key",
}
ACCOUNT_PREVENT_ENUMERATION = True
MFA_ADAPTER = "prodsec.accounts.web.mfa_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
# Addresses are not confirmed by mail here; an admin wrote them down.
MFA_ALLOW_UNVERIFIED_EMAIL = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
SOCIALACCOUNT_ADAPTER = "prodsec.accounts.web.provider_adapter.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "prodsec.accounts.web.oidc.OidcProvider"},
    "saml": {"provider_class": "prodsec.accounts.web.saml.SamlProvider"},
}
# A link, since the policy of our pages lets no form lead to another site; the state guards the way back.
SOCIALACCOUNT_LOGIN_ON_GET = True
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
PRODSEC_URL = ENV.url
# Without a mail server nothing is sent; whoever wants to send asks whether there is a sender.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENV.email else 'dummy'}.EmailBackend"
EMAIL_TIMEOUT = 20
PRODSEC_EMAIL_FROM = DEFAULT_FROM_EMAIL = ENV.email.sender if ENV.email else ""
if ENV.email:
    EMAIL_HOST, EMAIL_PORT = ENV.email.host, ENV.email.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.email.user, ENV.email.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = ENV.email.starts_tls, ENV.email.is_tls

# What a session holds for a moment, such as the secret of an app that is being set up, is sealed like what is stored for good.
SESSION_SERIALIZER = "prodsec.site.sessions.SealedSerializer"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "prodsec.site.pages.errors.stale_form"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
if ENV.https:
    # Browsers take such a cookie from this very host over TLS only, not from a neighbour below the same domain.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Reports are streamed from the request, never through these limits; forms stay small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [SITE / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = ENV.https
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
FORMAT_MODULE_PATH = ["prodsec.site.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [SITE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# A page that asks too much is told so (budgets.md §2); imports set their own limits.
PRODSEC_PAGE_TIMEOUT_SECONDS = 2
PRODSEC_WRITE_TIMEOUT_SECONDS = 30

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "prodsec.site.log_masks.MaskSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["secrets"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
