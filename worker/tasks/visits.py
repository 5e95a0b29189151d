"""Every night: forget sessions that have ended, and guests who never did anything."""

from __future__ import annotations

import logging

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from discovery.guests import forget_idle_guests
from worker.enqueue import FORGET_VISITS

logger = logging.getLogger(__name__)


@shared_task(name=FORGET_VISITS)
def forget_visits() -> None:
    """Idempotent; two at once delete what is there once."""
    SessionStore.clear_expired()
    logger.info("visits: idle guests forgotten=%d", forget_idle_guests())
