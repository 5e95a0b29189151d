"""Take GenRec from one version to another, step by step."""

from __future__ import annotations

import secrets

from celery import shared_task
from django.core.cache import cache

from discovery.versions.switching import advance
from worker.enqueue import ADVANCE_SWITCH

LOCK = "worker:advance-switch"
# Longer than giving a new server a whole catalogue takes; a worker that dies with the lock holds
# a switch up for as long, and nothing else.
LOCK_S = 180


@shared_task(name=ADVANCE_SWITCH)
def advance_switch() -> None:
    """Take the steps that can be taken now, unless another worker is at it."""
    ours = secrets.token_hex(8)
    if not cache.add(LOCK, ours, timeout=LOCK_S):
        return
    try:
        advance()
    finally:
        # After a longer trial the lock is another worker's.
        if cache.get(LOCK) == ours:
            cache.delete(LOCK)
