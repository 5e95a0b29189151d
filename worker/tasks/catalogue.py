"""Keep what is ranked in step with the catalogue, within seconds of an edit."""

from __future__ import annotations

import logging

from celery import shared_task
from django.core.cache import cache

from catalog.embedding import EmbedderUnavailable
from catalog.embedding import refresh_title as refresh_embedding
from catalog.models import Title
from catalog.slots import assign_slots
from discovery.catalog_rows import reconcile_rows as push_rows
from worker.enqueue import RECONCILE_ROWS, REFRESH_TITLE

logger = logging.getLogger(__name__)

LOCK = "worker:reconcile-rows"
# A full catalogue takes seconds; a worker that dies with the lock must not hold it for long.
LOCK_S = 120


@shared_task(
    name=REFRESH_TITLE,
    acks_late=True,
    autoretry_for=(EmbedderUnavailable,),
    max_retries=5,
    retry_backoff=True,
)
def refresh_title(title_id: int) -> None:
    """Rebuild one title's search vector and embedding, then its row. Idempotent."""
    title = Title.objects.filter(pk=title_id).first()
    if title is None:
        logger.info("title deleted before its refresh: title=%d", title_id)
    else:
        refresh_embedding(title)
    # Also for a deleted or withdrawn title: its row has to go.
    reconcile()


@shared_task(name=RECONCILE_ROWS)
def reconcile_rows() -> None:
    """Push what GenRec lacks; the schedule makes up for restarts of it, and for lost messages."""
    reconcile()


def reconcile() -> None:
    """Assign slots and bring GenRec's rows up to date, unless another worker is at it.

    Who comes while it runs may leave: the schedule comes back within seconds.
    """
    assign_slots()
    if not cache.add(LOCK, 1, timeout=LOCK_S):
        return
    try:
        push_rows()
    finally:
        cache.delete(LOCK)
