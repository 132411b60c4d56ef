"""Django settings. Nothing here depends on the machine; the environment says what differs."""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF

from acquit.config import env

PACKAGE = Path(__file__).resolve().parent.parent
DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY") or "only-for-tests-and-commands-that-serve-nothing"
ALLOWED_HOSTS = env.text("HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
ADDRESS = env.text("ADDRESS", "http://127.0.0.1:8400")
DATA = Path(env.text("DATA", str(Path.home() / ".acquit")))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",  # the second factor's pages of allauth count with it
    "procrastinate.contrib.django",
    "pgtrigger",
    "django_cotton.apps.SimpleAppConfig",  # the loaders below are ours
    "django_htmx",
    "django_vite",
    "csp",
    "acquit.entrypoints.ui",  # before allauth: its pages take our templates
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "acquit.history",
    "acquit.policy",
    "acquit.access",
    "acquit.intake",
    "acquit.channels.webhook",
    "acquit.stages.masterdata",
    "acquit.stages.orders",
    "acquit.stages.invoices",
    "acquit.stages.dispatch",
    "acquit.stages.receipts",
    "acquit.stages.receivables",
    "acquit.stages.matching",
    "acquit.stages.ledger",
    "acquit.stages.insight",
    "acquit.config.apps.WiringConfig",
]

MIDDLEWARE = [
    "acquit.entrypoints.request_id.RequestId",
    # The headers of safety stand before all that may answer by itself.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "acquit.entrypoints.content_policy.ContentPolicy",
    "acquit.entrypoints.api.edge.ApiEdge",
    "acquit.entrypoints.ui.assets.Assets",
    "acquit.entrypoints.gate.Gate",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "acquit.entrypoints.person.Person",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "acquit.entrypoints.ui.plain_text.PlainText",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "acquit.config.urls"
WSGI_APPLICATION = "acquit.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "acquit.entrypoints.ui.quick.loader.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
            # Takes the place of Django's own: fixed texts are looked up once per language.
            "libraries": {"i18n": "acquit.entrypoints.ui.fast_i18n"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "acquit.entrypoints.ui.shell.shell",
            ],
        },
    }
]
SILENCED_SYSTEM_CHECKS = ["templates.W003"]  # i18n is replaced on purpose, see above

DATABASES = {
    "default": env.database(
        os.environ.get("DATABASE_URL", "postgres:///acquit?host=/var/run/postgresql")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "acquit.entrypoints.ui.accounts.ClosedAdapter"
# Only sign-in asks it. A memory of each web process would let a used code in once more, and give
# who guesses as many attempts again as there are processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "access_remembered",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
LOGIN_URL = "/signin"
LOGIN_REDIRECT_URL = "/"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
SESSION_ENGINE = "acquit.access.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADDRESS.startswith("https://")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "acquit.entrypoints.ui.views.errors.stale_form"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("de", "Deutsch"), ("ro", "Română")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STATIC_ROOT = env.text("STATIC_ROOT") or None  # files are found in the package
WHITENOISE_USE_FINDERS = True
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "static_url_prefix": "built",
        "manifest_path": PACKAGE / "static" / "built" / "manifest.json",
    }
}

EMAIL_HOST = env.text("SMTP_HOST", "127.0.0.1")
EMAIL_PORT = int(env.text("SMTP_PORT", "8425"))
EMAIL_HOST_USER = env.text("SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("SMTP_TLS")
EMAIL_TIMEOUT = 20

DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024**2  # a batch of the API; files stream to the disk

# Requests of one API key in a minute of the clock; 0 counts nothing and allows all.
API_PER_MINUTE = int(env.text("API_PER_MINUTE", "1200"))

# For development: webhooks may call this machine itself, also by http.
WEBHOOK_LOOPBACK = DEBUG or env.flag("WEBHOOK_LOOPBACK")

PROCRASTINATE_IMPORT_PATHS = [
    "acquit.stages.dispatch.jobs",
    "acquit.stages.matching.jobs",
    "acquit.channels.webhook.jobs",
]
PGTRIGGER_MIGRATIONS = True
TEST_RUNNER = "django.test.runner.DiscoverRunner"
LOGGING_CONFIG = None
