"""Typed readers of environment variables that fail loudly, naming the variable and the fix."""

import math
import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def env_str(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None or value == "":
        if default is not None:
            return default
        raise ImproperlyConfigured(f"{name} is not set. `bin/up` and `bin/manage` set it for you.")
    return value


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def env_int(name: str, default: int, *, minimum: int = 0) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or int(value) < minimum:
        raise ImproperlyConfigured(f"{name} must be a whole number >= {minimum}, not {value!r}.")
    return int(value)


def env_float(name: str, default: float) -> float:
    """Read a number that is 0 or more: a limit of time, or a weight."""
    value = os.environ.get(name) or str(default)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise ImproperlyConfigured(f"{name} must be a number >= 0, not {value!r}.")
    return number


def env_list(name: str, default: str = "") -> list[str]:
    value = os.environ.get(name) or default
    return [part.strip() for part in value.split(",") if part.strip()]


def env_secret(name: str, *, min_chars: int = 32) -> str:
    """Read a secret. There is no default: a secret that everybody knows is none."""
    value = env_str(name)
    if len(value) < min_chars:
        raise ImproperlyConfigured(f"{name} must have at least {min_chars} characters.")
    return value


def env_database(name: str) -> dict[str, Any]:
    """Read a PostgreSQL URL; a socket directory goes in `?host=/path`."""
    url = urlsplit(env_str(name))
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} must look like postgresql://user:password@host:5432/database."
        )
    query = parse_qs(url.query)
    host = query.pop("host", [unquote(url.hostname or "")])[0]
    port = query.pop("port", [str(url.port or "")])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": {key: values[0] for key, values in query.items()},
    }
