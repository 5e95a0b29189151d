"""Values that everybody reads and that take long to make: one makes them anew, others don't wait.

The shared cache keeps a value for twice as long as it is fresh. When it is fresh no more,
whoever comes first makes it anew and everybody else goes on with the old one; only while there is
no old one do they wait for the first. So a busy moment never makes the same value many times.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.core.cache import cache

Made = TypeVar("Made")

# Whoever makes a value and isn't done by then has died.
MAKING_S = 30
# For a first value, which whoever waited so long in vain makes for itself.
WAIT_S = 5.0
POLL_S = 0.05


def made_once(key: str, make: Callable[[], Made], *, fresh_s: float) -> Made:
    """Return the value of a key: at most `fresh_s` old, or twice that while another makes it anew.

    What `make` raises is raised for who called it: the others have the old value, or try next.
    """
    kept = cache.get(key)
    if _is_fresh(kept):
        return cast(Made, kept[0])
    if not cache.add(_lock(key), 1, timeout=MAKING_S):
        kept = kept or _wait_for(key)
        if kept is not None:
            return cast(Made, kept[0])
    try:
        # Another may have made it between the two looks.
        kept = cache.get(key)
        if _is_fresh(kept):
            return cast(Made, kept[0])
        made = make()
        cache.set(key, (made, time.time() + fresh_s), timeout=2 * fresh_s)
    finally:
        cache.delete(_lock(key))
    return made


def _wait_for(key: str) -> tuple[Any, float] | None:
    """Return the value that another is making; None if it doesn't come, or nobody makes it now."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        time.sleep(POLL_S)
        kept: tuple[Any, float] | None = cache.get(key)
        if kept is not None or cache.get(_lock(key)) is None:
            return kept
    return None


def _is_fresh(kept: tuple[Any, float] | None) -> bool:
    return kept is not None and time.time() < kept[1]


def _lock(key: str) -> str:
    return f"{key}:making"
