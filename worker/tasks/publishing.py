"""What editors set in motion: schedules that come due, and edits of many titles at once."""

from __future__ import annotations

import logging

from celery import shared_task

from catalog.embedding import EmbedderUnavailable
from catalog.embedding import refresh_stale as refresh_embeddings
from catalog.scheduling import apply_schedules as publish_and_withdraw
from discovery.retrieval.crowding import refresh_crowding
from discovery.retrieval.keywords import refresh_tag_vectors
from worker.enqueue import APPLY_SCHEDULES, REFRESH_STALE
from worker.tasks.catalogue import reconcile

# What fewer change in how crowded it is around the others waits for the night.
MANY_TITLES = 1000
logger = logging.getLogger(__name__)


@shared_task(name=APPLY_SCHEDULES)
def apply_schedules() -> None:
    """Publish and withdraw what is due. Idempotent; a lost run is made up for by the next."""
    applied = publish_and_withdraw()
    if applied.published or applied.withdrawn:
        logger.info(
            "schedule applied: published=%d withdrawn=%d", applied.published, applied.withdrawn
        )


@shared_task(
    name=REFRESH_STALE,
    acks_late=True,
    autoretry_for=(EmbedderUnavailable,),
    max_retries=5,
    retry_backoff=True,
)
def refresh_stale() -> None:
    """Rebuild what is out of date, then its rows. Idempotent: interrupted, it goes on."""
    titles, tags = refresh_embeddings(), refresh_tag_vectors()
    if titles >= MANY_TITLES:
        refresh_crowding()
    logger.info("refreshed after an edit of many: titles=%d tags=%d", titles, tags)
    reconcile()
