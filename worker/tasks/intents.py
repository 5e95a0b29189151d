"""Every night: forget old messages that nobody could read, and cluster the rest."""

from __future__ import annotations

import logging

from celery import shared_task
from django.core.cache import cache

from catalog.embedding import EmbedderUnavailable
from discovery.intents.unread import cluster_unread, purge_unread
from worker.enqueue import CLUSTER_UNREAD

logger = logging.getLogger(__name__)

LOCK = "worker:cluster-unread"
LOCK_S = 30 * 60


@shared_task(name=CLUSTER_UNREAD)
def cluster_unread_messages() -> None:
    """Purge, then cluster. Idempotent; one at a time."""
    if not cache.add(LOCK, 1, timeout=LOCK_S):
        logger.info("not clustering: another worker is at it")
        return
    try:
        purged = purge_unread()
        logger.info("unread messages: purged=%d unnamed clusters=%d", purged, cluster_unread())
    except EmbedderUnavailable as error:
        logger.warning("unread messages are not clustered: %s", error)
    finally:
        cache.delete(LOCK)
