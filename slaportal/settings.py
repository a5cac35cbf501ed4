"""Settings of the installation, read from the environment; a bad value stops the start with a clear message."""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from slaportal.addresses import parse_redis_url
from slaportal.logs import logging_settings
from slaportal.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# ------------------------------------------------------------------- where we run
PRODUCTION = env.bool("SLAPORTAL_PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("SLAPORTAL_DATA", default="") or BASE_DIR / "var").absolute()
# The address that people type; links in e-mails start with it. `up` sets it to the address that it prints.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
if urlsplit(PUBLIC_URL).scheme not in ("http", "https") or not urlsplit(PUBLIC_URL).hostname:
    raise ImproperlyConfigured(f"PUBLIC_URL is “{PUBLIC_URL}”; example: https://portal.example.com")
# Without a key every process makes its own: sessions then end with the process. The commands of manage.py set one.
SECRET_KEY = env.str("SECRET_KEY", default="") or ("" if PRODUCTION else secrets.token_urlsafe(50))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

if PRODUCTION:
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL"):
        if not env.str(name, default=""):
            raise ImproperlyConfigured(f"{name} is not set, and SLAPORTAL_PRODUCTION asks for it")
    if DEBUG or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("SLAPORTAL_PRODUCTION goes with DEBUG off and a SECRET_KEY of 50 characters or more")

# ------------------------------------------------------------------- parts
INSTALLED_APPS = [
    "slaportal.accounts",
    "slaportal.web",
    "slaportal.audit",
    "slaportal.outbox",
    "agreements",
    "leads",
    "kpis",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "django_structlog",
    "allauth",
    "allauth.account",
    "rest_framework",
    "knox",
    "drf_spectacular",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "slaportal.web.middleware.ResponseHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "slaportal.web.middleware.AddressMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "slaportal.web.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "slaportal.web.policy.PolicyMiddleware",
]
CSRF_FAILURE_VIEW = "slaportal.web.views.csrf_failure"
ROOT_URLCONF = "slaportal.urls"
WSGI_APPLICATION = "slaportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# ------------------------------------------------------------------- PostgreSQL
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
    if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "DATABASE_URL must be a postgres:// address: PostgreSQL is the only database used here"
        )
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "keepalives_idle": 30,
        "application_name": "slaportal",
        **DATABASES["default"].get("OPTIONS", {}),
    }
else:  # commands that need no database work; whatever touches it says that none is set
    DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"}}

# ------------------------------------------------------------------- broker and Celery
try:
    REDIS = parse_redis_url(env.str("REDIS_URL")) if env.str("REDIS_URL", default="") else None
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from error
CELERY_BROKER_URL = REDIS.broker if REDIS else "memory://"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # attempts are counted in the outbox row
CELERY_TASK_ACKS_ON_FAILURE = True
CELERY_TASK_ACKS_ON_TIMEOUT = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KiB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: the default of 100 would give up
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 15,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "retry_on_timeout": True,
    "global_keyprefix": env.str("SLAPORTAL_KEY_PREFIX", default="sla:"),
}
if not REDIS:
    CELERY_BROKER_TRANSPORT_OPTIONS = {}
CELERY_TASK_DEFAULT_QUEUE = "fast"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"fast": {}, "slow": {}}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# ------------------------------------------------------------------- people and sessions
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "slaportal.accounts.adapter.ClosedAdapter"
ACCOUNT_FORMS = {"login": "slaportal.accounts.forms.LogInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an admin invites, and the invitation's link proves the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
DEMO = env.bool("DEMO", default=False)  # log-in buttons of the demo world's people, on this machine only
_PASSWORDS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_PASSWORDS}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["name", "email"]}},
    {"NAME": f"{_PASSWORDS}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_PASSWORDS}.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "__Host-sid" if PRODUCTION else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE, CSRF_COOKIE_SAMESITE = "Lax", "Strict"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
if env.bool("TRUST_PROXY_SSL_HEADER", default=False):  # only behind a proxy that strips the client's own header
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
PASSWORD_RESET_TIMEOUT = 3600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a chapter of an agreement is one form: a rule may hold 1,000 conditions
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # a form sends nine bytes for a Han sign
FILE_UPLOAD_PERMISSIONS = 0o600

# ------------------------------------------------------------------- other systems
HUBSPOT_API = env.str("HUBSPOT_API", default="https://api.hubapi.com").rstrip("/")
if urlsplit(HUBSPOT_API).scheme not in ("http", "https") or not urlsplit(HUBSPOT_API).hostname:
    raise ImproperlyConfigured(f"HUBSPOT_API is “{HUBSPOT_API}”; example: https://api.hubapi.com")

# ------------------------------------------------------------------- mail
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_BACKEND = "slaportal.mail.ConsoleAndFileBackend"
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="SLA Portal <portal@localhost>")

# ------------------------------------------------------------------- words and files
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ja", "日本語"),
    ("ar", "العربية"),
    ("id", "Bahasa Indonesia"),
    ("fr", "Français"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# ------------------------------------------------------------------- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["slaportal.accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["slaportal.web.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "slaportal.web.schema.PortalSchema",
    "EXCEPTION_HANDLER": "slaportal.web.api.answer_exception",
}
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=3_000)  # of each token
API_ROWS_PER_MINUTE = env.int("API_ROWS_PER_MINUTE", default=500_000)  # of each token, in lists
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - a model, no password
MIGRATION_MODULES = {"knox": None}  # its only table is the one that ours replaces
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_TTL": None, "TOKEN_PREFIX": "sla_"}

# ------------------------------------------------------------------- log
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR"):
    raise ImproperlyConfigured(f"LOG_LEVEL is “{LOG_LEVEL}”; known are DEBUG, INFO, WARNING and ERROR")
LOGGING = logging_settings(level=LOG_LEVEL, as_json=PRODUCTION)
