"""Settings of Moodreel: one file, read from the environment (docs/settings.md lists all).

`bin/up` sets everything for one machine. In production set the variables yourself: nothing
secret has a default, and the process refuses to start when a value makes no sense.
"""

from pathlib import Path
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.env import (
    env_bool,
    env_database,
    env_float,
    env_int,
    env_list,
    env_secret,
    env_str,
)

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env_secret("MOODREEL_SECRET_KEY")
DEBUG = env_bool("MOODREEL_DEBUG", False)
ALLOWED_HOSTS = env_list("MOODREEL_ALLOWED_HOSTS", "127.0.0.1,localhost")
if "*" in ALLOWED_HOSTS and not DEBUG:
    # With "*" the WebSocket origin check would accept every site.
    raise ImproperlyConfigured("MOODREEL_ALLOWED_HOSTS must name the hosts; '*' is refused.")

# Full origins, scheme included: a bare host would accept http and every port.
ORIGINS = env_list("MOODREEL_ORIGINS", "http://127.0.0.1:8000,http://localhost:8000")
if any("://" not in origin or "*" in origin for origin in ORIGINS):
    raise ImproperlyConfigured("MOODREEL_ORIGINS must be full origins, as in https://example.com.")
CSRF_TRUSTED_ORIGINS = ORIGINS

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "csp",
    "django_htmx",
    "catalog",
    "discovery",
    "chat",
    "worker",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Above what answers for static files: an SVG is a document, too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": env_database("DATABASE_URL")}
if pool_size := env_int("MOODREEL_DATABASE_POOL", 0):
    # A turn visits the database about ten times and holds no connection between: without a pool
    # each visit connects anew. For the web process: tasks and commands are long visits.
    DATABASES["default"]["OPTIONS"] |= {
        "pool": {"min_size": min(2, pool_size), "max_size": pool_size}
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "moodreel",
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # The default capacity of 100 drops tokens silently when several cards stream.
        "CONFIG": {
            # Consumers wait for messages 5 s at a time, which is also redis-py's default time
            # limit of a read: without a longer one, quiet sockets break now and then.
            "hosts": [{"address": REDIS_URL, "socket_timeout": 30}],
            "prefix": "moodreel",
            "capacity": 5000,
            "expiry": 60,
        },
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "worker.write_reason": {"queue": "explain"},
    "worker.refresh_title": {"queue": "embed"},
    "worker.reconcile_rows": {"queue": "embed"},
    "worker.refresh_stale": {"queue": "embed"},
}
# Longer than the longest task, or Redis hands a running task to a second worker.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "global_keyprefix": "moodreel:"}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # New and edited titles become rankable, and a restarted GenRec gets its rows back.
    "reconcile-rows": {
        "task": "worker.reconcile_rows",
        "schedule": 10.0,
        "options": {"expires": 9},
    },
    # What editors scheduled is published and withdrawn.
    "apply-schedules": {
        "task": "worker.apply_schedules",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    # What viewers know together, and how rare words are: learned anew before the day begins.
    "refresh-neighbours": {
        "task": "worker.refresh_neighbours",
        "schedule": crontab(hour=3, minute=40),
    },
    # What nobody could read: forgotten after a while, clustered for editors until then.
    "cluster-unread": {
        "task": "worker.cluster_unread",
        "schedule": crontab(hour=3, minute=55),
    },
    # Sessions that have ended, and guests who only looked.
    "forget-visits": {
        "task": "worker.forget_visits",
        "schedule": crontab(hour=4, minute=10),
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploads of staff: artwork and catalogue files. Never served as they are: views answer for them.
MEDIA_ROOT = Path(env_str("MOODREEL_MEDIA", str(BASE_DIR / "var" / "media")))
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Security -------------------------------------------------------------------------------
# 0 only for plain HTTP on loopback, which is what `bin/up` serves.
SECURE = env_bool("MOODREEL_SECURE", True)
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if env_bool("MOODREEL_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# What each of so many proxies adds to X-Forwarded-For is believed (`chat.addresses`).
TRUSTED_PROXIES = env_int("MOODREEL_TRUSTED_PROXIES", 0)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90  # guests keep their taste for three months
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Django admin's icons are data: URLs in its own CSS
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Moodreel -------------------------------------------------------------------------------
MODELS_DIR = Path(env_str("MOODREEL_MODELS", str(BASE_DIR / "var" / "models")))
REPORTS_DIR = Path(env_str("MOODREEL_REPORTS", str(BASE_DIR / "var" / "reports")))
# Batches that the text embedder runs side by side, one core each; 0 takes every core.
EMBEDDER_THREADS = env_int("MOODREEL_EMBEDDER_THREADS", 0)

GENREC_URL = env_str("GENREC_URL", "http://127.0.0.1:8009")
# Servers that operators run, to choose from in the admin; GENREC_URL is the default among them.
GENREC_URLS = env_list("GENREC_URLS", GENREC_URL)
if GENREC_URL not in GENREC_URLS:
    raise ImproperlyConfigured("GENREC_URLS must name GENREC_URL, too.")
# Set by `bin/up` if it runs GenRec itself: where it is asked for another version.
_control = env_str("MOODREEL_GENREC_CONTROL", "")
GENREC_CONTROL = Path(_control) if _control else None
ARTEFACTS_DIR = Path(env_str("MOODREEL_ARTEFACTS", str(BASE_DIR / "var" / "artefacts")))
if GENREC_CONTROL or len(GENREC_URLS) > 1:
    # The next step from one version of GenRec to another, when an operator has asked for it.
    CELERY_BEAT_SCHEDULE["advance-switch"] = {
        "task": "worker.advance_switch",
        "schedule": 2.0,
        "options": {"expires": 2},
    }
GENREC_API_KEY = env_secret("GENREC_API_KEY")
# Over this the slate keeps its retrieval order and says so.
GENREC_RANK_TIMEOUT_S = env_float("MOODREEL_RANK_TIMEOUT_S", 2.0)
GENREC_PARSE_TIMEOUT_S = env_float("MOODREEL_PARSE_TIMEOUT_S", 12.0)
GENREC_REASON_TIMEOUT_S = env_float("MOODREEL_REASON_TIMEOUT_S", 60.0)

MESSAGE_MAX_CHARS = 2000
SLATE_SIZE = env_int("MOODREEL_SLATE_SIZE", 6, minimum=1)
# The last card of a slate may go to one of the next best, to learn what viewers think of it.
EXPLORE = env_bool("MOODREEL_EXPLORE", True)
# How far titles step back that were shown often lately, or that all know; 0 leaves it out.
EXPOSURE_WEIGHT = env_float("MOODREEL_EXPOSURE_WEIGHT", 0.8)
# Messages a minute; a guest gets half of what an account gets.
RATE_LIMIT_PER_MINUTE = env_int("MOODREEL_RATE_LIMIT_PER_MINUTE", 20, minimum=1)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env_str("MOODREEL_LOG_LEVEL", "INFO")},
    # Three lines for each reconciliation, every ten seconds, would drown what matters.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("httpx", "celery.beat", "celery.worker.strategy", "celery.app.trace")
    },
}
